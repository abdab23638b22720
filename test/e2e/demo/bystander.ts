import {
  App, CliCredentialsStackSynthesizer, RemovalPolicy, Stack, aws_ecr as ecr, aws_iam as iam, aws_lambda as lambda, aws_logs as logs,
} from 'aws-cdk-lib';
import { StackArtifact } from '../stacks';

export const BYSTANDER = 'Bystander';
export const BYSTANDER_REPOSITORY = 'bystander/app';

/** The stack of another owner in the same account, with one resource of each kind that our teardown deletes. */
export function bystanderStack(outdir: string): StackArtifact {
  const app = new App({ outdir });
  const stack = new Stack(app, BYSTANDER, { synthesizer: new CliCredentialsStackSynthesizer() });
  new ecr.CfnRepository(stack, 'Repository', { repositoryName: BYSTANDER_REPOSITORY, tags: [{ key: 'stage', value: 'test' }] });
  const logGroup = new logs.LogGroup(stack, 'Logs', { logGroupName: '/bystander', removalPolicy: RemovalPolicy.DESTROY });
  new lambda.Function(stack, 'Function', {
    code: lambda.Code.fromInline('exports.handler = async () => {};'),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_22_X,
    role: new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') }),
    logGroup,
  });
  return app.synth().getStackByName(BYSTANDER);
}
