import { createRequire } from 'node:module';

/** The client of each service that a fake imitates, by the name that requests are signed with. */
export const CLIENTS: Readonly<Record<string, string>> = {
  'cloudformation': '@aws-sdk/client-cloudformation',
  'ecr': '@aws-sdk/client-ecr',
  'ecr-public': '@aws-sdk/client-ecr-public',
  'ecs': '@aws-sdk/client-ecs',
  'events': '@aws-sdk/client-eventbridge',
  'lambda': '@aws-sdk/client-lambda',
  'organizations': '@aws-sdk/client-organizations',
  's3': '@aws-sdk/client-s3',
  'secretsmanager': '@aws-sdk/client-secrets-manager',
  'ssm': '@aws-sdk/client-ssm',
  'sts': '@aws-sdk/client-sts',
  'tagging': '@aws-sdk/client-resource-groups-tagging-api',
};

/**
 * `require` of Node.js. In a test, the `require` of Jest would load the SDK again for each test file, even if only another process uses it.
 * Node.js loads it once for each worker.
 */
const nodeModules = process.getBuiltinModule('node:module') as { createRequire: typeof createRequire };
export const requireOnce = nodeModules.createRequire(__filename);
