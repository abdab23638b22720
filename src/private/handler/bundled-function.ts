import * as path from 'path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** Properties of a function of this library, which are the same in every stack. */
export interface FunctionDescriptor {
  /** Folder under `lambda/`. */
  readonly handler: string;
  readonly description: string;
  /** Memory in MiB, from which Lambda derives the share of a processor. @default 256 */
  readonly memorySize?: number;
}

/** A function of this library, with the parts that every function has. */
export interface BundledFunction {
  readonly function: lambda.Function;
  readonly role: iam.Role;
  /** Policy that allows writing to the log group. */
  readonly policy: iam.Policy;
  readonly logGroup: logs.LogGroup;
}

/** Retention of a log group, unless the app changes it. */
export const LOG_RETENTION = logs.RetentionDays.ONE_MONTH;

/** Creates a function from its bundle, with its role and its log group. */
export function createFunction(
  scope: Construct, descriptor: FunctionDescriptor, options: Pick<lambda.FunctionOptions, 'retryAttempts'> & { readonly timeout: Duration },
): BundledFunction {
  const logGroup = new logs.LogGroup(scope, 'Logs', { retention: LOG_RETENTION, removalPolicy: RemovalPolicy.DESTROY });
  const role = new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const policy = new iam.Policy(scope, 'Policy', {
    roles: [role],
    statements: [new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] })],
  });
  const fn = new lambda.Function(scope, 'Function', {
    description: descriptor.description,
    code: lambda.Code.fromAsset(path.join(__dirname, '..', '..', '..', 'assets', 'lambda', descriptor.handler)),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    memorySize: descriptor.memorySize ?? 256,
    role,
    logGroup,
    ...options,
  });
  return { function: fn, role, policy, logGroup };
}
