import { DescribeServiceRevisionsCommand } from '@aws-sdk/client-ecs';
import { GetFunctionCommand } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { answerOf, missingRole, Probe } from './probe';

const FUNCTION = 'ecr-keeper-probe-missing';

/** What handlers read where images run, how they get there, and where they write what they removed. */
export const WORKLOADS = [
  {
    id: 'ecs-revision-missing',
    fact: 'DescribeServiceRevisions returns a failure for a revision that does not exist, not an error',
    assumed: 'MISSING',
    other: 'ServiceNotFoundException',
    fake: 'local-ecs/operations.ts',
    rests: ['lambda/shared/in-use/ecs.ts'],
    otherwise: 'test/lambda/lifecycle-guard/pinned.test.ts',
    async ask({ account, region, clients: { ecs } }) {
      const serviceRevisionArns = [`arn:aws:ecs:${region}:${account}:service-revision/ecr-keeper-probe/missing/1234567890123456789`];
      return ecs.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns }))
        .then(({ failures = [] }) => failures[0]?.reason ?? 'no failure', (error: Error) => error.name);
    },
  },
  {
    id: 'lambda-qualified-arn',
    fact: 'GetFunction of a version needs a permission on the ARN with the version',
    assumed: 'denied',
    other: 'allowed',
    fake: 'local-lambda/local-lambda.ts',
    rests: ['src/private/lifecycle/guard-permissions.ts', 'src/fleet/image-use-role.ts'],
    otherwise: 'test/lambda/lifecycle-guard/function-versions.test.ts',
    async ask(world) {
      const { account, region } = world;
      const Resource = `arn:aws:lambda:${region}:${account}:function:${FUNCTION}`;
      const { lambda } = await world.role([{ Effect: 'Allow', Action: 'lambda:GetFunction', Resource }]);
      return lambda.send(new GetFunctionCommand({ FunctionName: FUNCTION, Qualifier: '1' }))
        .then(() => 'allowed', (error: Error) => error.name === 'AccessDeniedException' ? 'denied' : 'allowed');
    },
  },
  {
    id: 'assume-missing-role',
    fact: 'A role that does not exist cannot be told from a role that does not trust the caller',
    assumed: 'AccessDenied',
    other: 'NoSuchEntity',
    fake: 'local-sts/local-sts.ts',
    rests: ['lambda/shared/aws/ecr-clients.ts'],
    otherwise: 'test/lambda/teardown/elsewhere.test.ts',
    ask: ({ account, clients: { sts } }) =>
      answerOf(sts.send(new AssumeRoleCommand({ RoleArn: missingRole(account), RoleSessionName: 'probe' }))),
  },
  {
    id: 'missing-bucket-denied',
    fact: 'A caller without a permission on a bucket is denied if the bucket does not exist',
    assumed: 'AccessDenied',
    other: 'NoSuchBucket',
    fake: 'local-s3/local-s3.ts',
    rests: ['lambda/shared/teardown/audit.ts'],
    otherwise: 'test/lambda/teardown/audit.test.ts',
    async ask(world) {
      const { s3 } = await world.role([{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }]);
      const Bucket = world.name('missing').replaceAll('/', '-');
      return answerOf(s3.send(new PutObjectCommand({ Bucket, Key: 'probe', Body: '' })));
    },
  },
] as const satisfies readonly Probe[];
