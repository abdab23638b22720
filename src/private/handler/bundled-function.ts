import * as path from 'path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { BundledCode } from './bundled-code';

/** Properties of a function of this library, which are the same in every stack. */
export interface FunctionDescriptor {
  /** Folder under `lambda/`. */
  readonly handler: string;
  readonly description: string;
  /** Memory in MiB, from which Lambda derives the share of a processor. @default 256 */
  readonly memorySize?: number;
}

/** Returns the memory of a function in MiB, unless the app specifies another. */
export function memoryOf({ memorySize = 256 }: FunctionDescriptor): number {
  return memorySize;
}

/** A function of this library, with the parts that every function has. */
export interface BundledFunction {
  readonly function: lambda.Function;
  readonly role: iam.IRole;
  /** Policy that allows writing to the log group. */
  readonly policy: iam.Policy;
  readonly logGroup: logs.LogGroup;
}

/** Retention of a log group, unless the app changes it. */
export const LOG_RETENTION = logs.RetentionDays.ONE_MONTH;

/** Properties of a function that differ between functions of a stack. */
export interface FunctionSettings extends Pick<lambda.FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups' | 'memorySize'> {
  /** @default - a new role */
  readonly role?: iam.IRole;
}

type FixedOptions = Pick<lambda.FunctionOptions, 'retryAttempts'> & { readonly timeout: Duration };

/** Creates a function from its bundle, with its role and its log group. */
export function createFunction(
  scope: Construct, descriptor: FunctionDescriptor, options: FixedOptions, settings: FunctionSettings = {},
): BundledFunction {
  const logGroup = new logs.LogGroup(scope, 'Logs', { retention: LOG_RETENTION, removalPolicy: RemovalPolicy.DESTROY });
  const role = settings.role ?? new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const policy = attachPolicy(scope, 'Policy', role, [
    new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
  ]);
  const fn = new lambda.Function(scope, 'Function', {
    description: descriptor.description,
    code: new BundledCode(path.join(__dirname, '..', '..', '..', 'assets', 'lambda', descriptor.handler)),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    memorySize: settings.memorySize ?? memoryOf(descriptor),
    role,
    logGroup,
    vpc: settings.vpc,
    vpcSubnets: settings.vpcSubnets,
    securityGroups: settings.securityGroups,
    ...options,
  });
  return { function: fn, role, policy, logGroup };
}

/** Attaches a policy to a role. A role that was imported as immutable ignores it, and the policy is not part of the template. */
export function attachPolicy(scope: Construct, id: string, role: iam.IRole, statements: iam.PolicyStatement[]): iam.Policy {
  const policy = new iam.Policy(scope, id, { statements });
  role.attachInlinePolicy(policy);
  return policy;
}
