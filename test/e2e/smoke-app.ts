import {
  App, CliCredentialsStackSynthesizer, CustomResource, Duration, Fn, RemovalPolicy, Stack, aws_ecr as ecr, aws_iam as iam,
  aws_lambda as lambda, aws_logs as logs,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';

export const MARK = 'cdk-ecr-keeper:teardown-by';

export interface SmokeProps {
  /** The directory of the bundled smoke handler. */
  readonly code: string;
  /** Whether the role may delete repositories with the mark of this stack. If not, it may delete only repositories of another stack. */
  readonly permitted: boolean;
  /** Whether the creation of the custom resource fails. */
  readonly broken?: boolean;
  /** Whether the function waits before it responds. */
  readonly slow?: boolean;
}

class SmokeStack extends Stack {
  constructor(scope: Construct, id: string, props: SmokeProps) {
    // While it enforces IAM, MiniStack denies the roles of the CDK bootstrap to its CloudFormation.
    super(scope, id, { synthesizer: new CliCredentialsStackSynthesizer() });
    const uuid = Fn.select(2, Fn.split('/', this.stackId));
    const repository = new ecr.CfnRepository(this, 'Repository', {
      repositoryName: id.toLowerCase(),
      // "Teardown" is also the logical id, because the logical id of a construct directly below the stack has no hash.
      tags: [{ key: MARK, value: Fn.join(':', [uuid, 'Teardown']) }],
    });
    repository.applyRemovalPolicy(RemovalPolicy.DESTROY);
    const logGroup = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/smoke/${id}`,
      retention: logs.RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const repositories = this.formatArn({ service: 'ecr', resource: 'repository', resourceName: '*' });
    const marked = { [`aws:ResourceTag/${MARK}`]: props.permitted ? `${uuid}:*` : 'the-stack-of-another:*' };
    const policy = new iam.Policy(this, 'Policy', {
      roles: [role],
      statements: [
        new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
        new iam.PolicyStatement({
          actions: ['cloudformation:DescribeStacks', 'cloudformation:DescribeStackEvents', 'cloudformation:DescribeStackResource'],
          resources: [this.stackId],
        }),
        new iam.PolicyStatement({
          actions: ['ecr:DescribeRepositories', 'ecr:ListTagsForResource', 'ecr:ListImages'], resources: [repositories],
        }),
        new iam.PolicyStatement({ actions: ['ecr:DeleteRepository'], resources: [repositories], conditions: { StringLike: marked } }),
        new iam.PolicyStatement({
          actions: ['ecr:UntagResource'],
          resources: [repositories],
          conditions: { 'StringLike': marked, 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['no-such-tag'] } },
        }),
      ],
    });
    const handler = new lambda.Function(this, 'Handler', {
      code: lambda.Code.fromAsset(props.code),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      timeout: Duration.seconds(30),
      role: role.withoutPolicyUpdates(),
      retryAttempts: 0,
      logGroup,
    });
    handler.node.addDependency(policy);
    const custom = new CustomResource(this, 'Teardown', {
      resourceType: 'Custom::Smoke',
      serviceToken: handler.functionArn,
      serviceTimeout: Duration.seconds(90),
      properties: {
        RepositoryName: repository.ref, RepositoryArn: repository.attrArn, Broken: props.broken ?? false, Slow: props.slow ?? false,
      },
    });
    custom.node.addDependency(policy);
  }
}

/** Creates the app of the smoke test, for app.synth() and, in the last lines, for the CDK CLI. */
export function smokeApp(code: string, outdir?: string): App {
  const app = new App({ outdir });
  new SmokeStack(app, 'Smoke', { code, permitted: true });
  new SmokeStack(app, 'SmokeDenied', { code, permitted: false });
  new SmokeStack(app, 'SmokeBroken', { code, permitted: true, broken: true });
  new SmokeStack(app, 'SmokeSlow', { code, permitted: true, slow: true });
  return app;
}

if (require.main === module) {
  smokeApp(process.env.SMOKE_CODE!).synth();
}
