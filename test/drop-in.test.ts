import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  App, Aspects, CfnOutput, CfnParameter, Duration, Fn, NestedStack, PropertyInjectors, RemovalPolicies, RemovalPolicy, Size, Stack, Stage,
  Tags,
} from 'aws-cdk-lib';
import * as apprunner from 'aws-cdk-lib/aws-apprunner';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as codebuild from 'aws-cdk-lib/aws-codebuild';
import * as codepipeline from 'aws-cdk-lib/aws-codepipeline';
import * as actions from 'aws-cdk-lib/aws-codepipeline-actions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { DockerImageAsset } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as patterns from 'aws-cdk-lib/aws-ecs-patterns';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sagemaker from 'aws-cdk-lib/aws-sagemaker';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as stepfunctions from 'aws-cdk-lib/aws-stepfunctions';
import * as tasks from 'aws-cdk-lib/aws-stepfunctions-tasks';
import * as pipelines from 'aws-cdk-lib/pipelines';
import { Construct, IConstruct } from 'constructs';
import { Repository } from '../src';

/** aws-ecr's class, or ours: an app is written once, for either. */
type RepositoryClass = typeof ecr.Repository;
type Build = (stack: Stack, Class: RepositoryClass, app: App) => unknown;

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string[];
  readonly Properties?: Record<string, unknown>;
}
type Template = { readonly Resources?: Record<string, Resource>; readonly Outputs?: unknown };

const ENV = { account: '111111111111', region: 'eu-west-1' };
const OTHER_ENV = { account: '222222222222', region: 'us-east-1' };
const ARN = 'arn:aws:ecr:eu-west-1:111111111111:repository/team/shared';
const FOREIGN_ARN = 'arn:aws:ecr:us-east-1:222222222222:repository/team/shared';

// The newest aws-cdk-lib checks each template against the schemas of CloudFormation, which is not asked here and takes most of the time.
const validation = process.env.CDK_VALIDATION;
beforeAll(() => { process.env.CDK_VALIDATION = 'false'; });
afterAll(() => {
  if (validation === undefined) delete process.env.CDK_VALIDATION;
  else process.env.CDK_VALIDATION = validation;
});

/** All templates of an app, those of nested stacks and of stages too, by their paths. Hashes of assets depend on the repositories. */
function templatesOf(build: Build, Class: RepositoryClass, env: typeof ENV | undefined): Record<string, Template> {
  const app = new App();
  build(new Stack(app, 'Stack', { env }), Class, app);
  const assemblies = [app.synth()];
  const templates: Record<string, Template> = {};
  for (const assembly of assemblies) {
    assemblies.push(...assembly.nestedAssemblies.map(({ nestedAssembly }) => nestedAssembly));
    for (const { hierarchicalId, templateFullPath } of assembly.stacks) {
      const files = [templateFullPath, ...nestedTemplates(templateFullPath)];
      for (const [at, file] of files.entries()) {
        templates[`${hierarchicalId} ${at}`] = JSON.parse(readFileSync(file, 'utf8').replace(/[0-9a-f]{64}/g, '<hash>'));
      }
    }
  }
  return templates;
}

/** Files that a template of a stack has as metadata of its nested stacks. */
function nestedTemplates(path: string): string[] {
  const paths = [...readFileSync(path, 'utf8').matchAll(/"aws:asset:path": "([^"]+\.nested\.template\.json)"/g)];
  return paths.map(([, file]) => join(path, '..', file)).flatMap(file => [file, ...nestedTemplates(file)]);
}

/** The two safety defaults, where the app says nothing. */
function withDefaults(templates: Record<string, Template>): Record<string, Template> {
  for (const { Resources = {} } of Object.values(templates)) {
    for (const [id, resource] of Object.entries(Resources)) {
      if (resource.Type !== 'AWS::ECR::Repository') continue;
      const defaults = { ImageScanningConfiguration: { ScanOnPush: true }, ImageTagMutability: 'IMMUTABLE' };
      Resources[id] = { ...resource, Properties: { ...defaults, ...resource.Properties } };
    }
  }
  return templates;
}

const vpcOf = (scope: Construct) => new ec2.Vpc(scope, 'Vpc', { maxAzs: 2, natGateways: 0 });
const roleOf = (scope: Construct, id = 'Role') => new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
const topicOf = (scope: Construct) => new targets.SnsTopic(new sns.Topic(scope, 'Topic'));
const nativeOf = (repository: IConstruct) => repository.node.defaultChild as ecr.CfnRepository;
const pipelineOf = (scope: Construct, action: actions.EcrSourceAction) => new codepipeline.Pipeline(scope, 'Pipeline', {
  stages: [
    { stageName: 'Source', actions: [action] },
    { stageName: 'Approve', actions: [new actions.ManualApprovalAction({ actionName: 'Approve' })] },
  ],
});

function importByArn(stack: Stack, Class: RepositoryClass, arn: string, at: number): void {
  const repository = Class.fromRepositoryArn(stack, `Shared${at}`, arn);
  repository.grantPull(roleOf(stack, `Role${at}`));
  new ecs.FargateTaskDefinition(stack, `Task${at}`).addContainer('app', { image: ecs.ContainerImage.fromEcrRepository(repository, 'v1') });
}

/** The template with each resource changed, without those for which nothing is returned. */
function withResources(template: Template, change: (resource: Resource, id: string) => Resource | undefined): Template {
  const changed = Object.entries(template.Resources ?? {}).map(([id, resource]) => [id, change(resource, id)] as const);
  return { ...template, Resources: Object.fromEntries(changed.filter((entry): entry is [string, Resource] => entry[1] !== undefined)) };
}

/** Whether a resource writes statements into the policies of repositories, or is needed for it. */
function isPolicyFunction(id: string): boolean {
  return /^CdkEcrKeeper|^EcrPolicy/.test(id);
}

/** Kinds of apps, as they are written for aws-ecr. */
const FRAGMENTS: Record<string, Build> = {
  'a repository without properties': (stack, Class) => new Class(stack, 'App'),
  'a repository with every property': (stack, Class) => new Class(stack, 'App', {
    repositoryName: 'team/app',
    imageScanOnPush: false,
    imageTagMutability: ecr.TagMutability.MUTABLE,
    removalPolicy: RemovalPolicy.DESTROY,
    emptyOnDelete: true,
    encryption: ecr.RepositoryEncryption.KMS,
    lifecycleRegistryId: ENV.account,
    lifecycleRules: [{ maxImageCount: 10 }],
  }),
  'exclusion filters with their mutability': (stack, Class) => new Class(stack, 'App', {
    imageTagMutability: ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION,
    imageTagMutabilityExclusionFilters: [ecr.ImageTagMutabilityExclusionFilter.wildcard('latest')],
  }),
  'a name from a parameter': (stack, Class) => new Class(stack, 'App', {
    repositoryName: new CfnParameter(stack, 'Name').valueAsString,
  }),
  'lifecycle rules of every kind': (stack, Class) => {
    const repository = new Class(stack, 'App', {
      lifecycleRules: [
        { rulePriority: 1, description: 'builds', tagStatus: ecr.TagStatus.TAGGED, tagPrefixList: ['build-'], maxImageCount: 50 },
        { rulePriority: 2, tagStatus: ecr.TagStatus.TAGGED, tagPatternList: ['dev-*'], maxImageAge: Duration.days(30) },
      ],
    });
    repository.addLifecycleRule({ tagStatus: ecr.TagStatus.UNTAGGED, maxImageAge: Duration.days(7) });
    repository.addLifecycleRule({ tagStatus: ecr.TagStatus.ANY, maxImageCount: 500 });
  },
  'autoDeleteImages': (stack, Class) => new Class(stack, 'App', { removalPolicy: RemovalPolicy.DESTROY, autoDeleteImages: true }),
  'emptyOnDelete': (stack, Class) => new Class(stack, 'App', { removalPolicy: RemovalPolicy.DESTROY, emptyOnDelete: true }),
  'encryption with a key': (stack, Class) => new Class(stack, 'App', { encryptionKey: new kms.Key(stack, 'Key') }),
  'a removal policy that is applied': (stack, Class) => new Class(stack, 'App').applyRemovalPolicy(RemovalPolicy.DESTROY),
  'removal policies of a whole stack': (stack, Class) => {
    new Class(stack, 'App');
    RemovalPolicies.of(stack).destroy();
  },
  'tags of the app, and an aspect': (stack, Class, app) => {
    new Class(stack, 'App');
    Tags.of(app).add('team', 'build');
    Aspects.of(stack).add({
      visit: node => node instanceof ecr.CfnRepository && node.addPropertyOverride('ImageScanningConfiguration.ScanOnPush', true),
    });
  },
  'overrides of the native resource': (stack, Class) => {
    const native = nativeOf(new Class(stack, 'App', { lifecycleRules: [{ maxImageCount: 9 }] }));
    native.overrideLogicalId('Legacy');
    native.addPropertyOverride('RepositoryName', 'team/legacy');
    native.addPropertyDeletionOverride('LifecyclePolicy');
    native.addDeletionOverride('UpdateReplacePolicy');
    native.addOverride('Metadata.owner', 'build');
    native.cfnOptions.condition = undefined;
  },
  'an injector of properties': (_stack, Class, app) => {
    const blueprint = new Stack(app, 'Blueprint');
    PropertyInjectors.of(blueprint).add({
      constructUniqueId: ecr.Repository.PROPERTY_INJECTION_ID,
      inject: props => ({ imageTagMutability: ecr.TagMutability.MUTABLE, repositoryName: 'team/injected', ...props }),
    });
    new Class(blueprint, 'App', { removalPolicy: RemovalPolicy.DESTROY });
  },
  'statements of its own policy': (stack, Class) => new Class(stack, 'App').addToResourcePolicy(new iam.PolicyStatement({
    sid: 'Pull from elsewhere',
    principals: [new iam.AccountPrincipal(OTHER_ENV.account), new iam.ArnPrincipal('arn:aws:iam::333333333333:role/deploy')],
    actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
    conditions: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
  })),
  'grants to roles, users and groups': (stack, Class) => {
    const repository = new Class(stack, 'App');
    repository.grantPull(roleOf(stack));
    repository.grantPush(new iam.User(stack, 'User'));
    repository.grantPullPush(new iam.Group(stack, 'Group'));
    repository.grantRead(roleOf(stack, 'Reader'));
    repository.grant(roleOf(stack, 'Admin'), 'ecr:DeleteRepository', 'ecr:PutImage');
    ecr.AuthorizationToken.grantRead(roleOf(stack, 'Login'));
  },
  'grants to accounts, services and organizations': (stack, Class) => {
    const repository = new Class(stack, 'App');
    repository.grantPull(new iam.AccountPrincipal(OTHER_ENV.account));
    repository.grantPush(new iam.ServicePrincipal('codebuild.amazonaws.com'));
    repository.grantRead(new iam.OrganizationPrincipal('o-a1b2c3d4e5'));
    repository.grantPullPush(new iam.CompositePrincipal(new iam.AccountRootPrincipal(), new iam.AccountPrincipal('333333333333')));
  },
  'a grant to an imported role of another account': (stack, Class) =>
    new Class(stack, 'App').grantPull(iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::222222222222:role/deploy')),
  'a grant to a role of another stack and account': (_stack, Class, app) => {
    const theirs = new Stack(app, 'Theirs', { env: OTHER_ENV });
    const role = new iam.Role(theirs, 'Role', { assumedBy: new iam.AccountRootPrincipal(), roleName: 'deploy' });
    new Class(new Stack(app, 'Ours', { env: ENV }), 'App', { repositoryName: 'team/app' }).grantPull(role);
  },
  'a Fargate service': (stack, Class) => {
    const repository = new Class(stack, 'App');
    const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Task');
    taskDefinition.addContainer('app', {
      image: ecs.ContainerImage.fromEcrRepository(repository, 'v1'), logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'app' }),
    });
    taskDefinition.addContainer('sidecar', { image: ecs.ContainerImage.fromEcrRepository(repository), essential: false });
    new ecs.FargateService(stack, 'Service', { cluster: new ecs.Cluster(stack, 'Cluster', { vpc: vpcOf(stack) }), taskDefinition });
  },
  'a load-balanced service': (stack, Class) => new patterns.ApplicationLoadBalancedFargateService(stack, 'Service', {
    vpc: vpcOf(stack), taskImageOptions: { image: ecs.ContainerImage.fromEcrRepository(new Class(stack, 'App'), 'v1') },
  }),
  'a service for a queue, whose image is imported': (stack, Class) => {
    const image = ecs.ContainerImage.fromEcrRepository(Class.fromRepositoryName(stack, 'Shared', 'team/shared'), 'v1');
    new patterns.QueueProcessingFargateService(stack, 'Queue', { vpc: vpcOf(stack), image });
  },
  'a project whose image is in it': (stack, Class) => new codebuild.Project(stack, 'Project', {
    environment: { buildImage: codebuild.LinuxBuildImage.fromEcrRepository(new Class(stack, 'App'), 'v1'), privileged: true },
    buildSpec: codebuild.BuildSpec.fromObject({ version: '0.2' }),
  }),
  'a project that pushes to it': (stack, Class) => {
    const repository = new Class(stack, 'App');
    const project = new codebuild.PipelineProject(stack, 'Project', {
      environmentVariables: { REPOSITORY_URI: { value: repository.repositoryUri }, REGISTRY: { value: repository.registryUri } },
    });
    repository.grantPullPush(project);
  },
  'a pipeline that begins with it': (stack, Class) => pipelineOf(stack, new actions.EcrSourceAction({
    actionName: 'Image', repository: new Class(stack, 'App'), imageTag: 'v1', output: new codepipeline.Artifact(),
  })),
  'a pipeline that begins with an import': (stack, Class) => pipelineOf(stack, new actions.EcrSourceAction({
    actionName: 'Image', repository: Class.fromRepositoryName(stack, 'Shared', 'team/shared'), output: new codepipeline.Artifact(),
  })),
  'rules for its events': (stack, Class) => {
    const repository = new Class(stack, 'App');
    const target = topicOf(stack);
    repository.onImageScanCompleted('Scanned', { target, imageTags: ['v1', 'v2'] });
    repository.onCloudTrailImagePushed('Pushed', { target, imageTag: 'v1' });
    repository.onCloudTrailEvent('Call', { target });
    repository.onEvent('Any', { target, description: 'all of them' });
  },
  'rules for the events of an import': (stack, Class) => {
    const repository = Class.fromRepositoryName(stack, 'Shared', 'team/shared');
    repository.onImageScanCompleted('Scanned', { target: topicOf(stack) });
    repository.onCloudTrailImagePushed('Pushed');
  },
  'exports and a consumer in another stack': (stack, Class, app) => {
    const repository = new Class(stack, 'App');
    new CfnOutput(stack, 'Uri', { value: repository.repositoryUriForTag('v1'), exportName: 'app-uri' });
    new CfnOutput(stack, 'Digest', { value: repository.repositoryUriForDigest('sha256:1') });
    stack.exportValue(repository.repositoryArn);
    const consumer = new Stack(app, 'Consumer', { env: stack.environment === 'aws://unknown-account/unknown-region' ? undefined : ENV });
    new ecs.FargateTaskDefinition(consumer, 'Task').addContainer('app', { image: ecs.ContainerImage.fromEcrRepository(repository, 'v1') });
  },
  'a consumer in another Region, by its name': (_stack, Class, app) => {
    const repository = new Class(new Stack(app, 'Ours', { env: ENV }), 'App', { repositoryName: 'team/app' });
    const consumer = new Stack(app, 'Consumer', { env: { ...ENV, region: 'us-east-1' } });
    repository.grantPull(roleOf(consumer));
    new CfnOutput(consumer, 'Uri', { value: repository.repositoryUri });
  },
  'imports by name, ARN and attributes': (stack, Class) => {
    const imports = [
      Class.fromRepositoryName(stack, 'Name', 'team/shared'),
      Class.fromRepositoryAttributes(stack, 'Attributes', {
        repositoryName: 'team/other',
        repositoryArn: stack.formatArn({ service: 'ecr', resource: 'repository', resourceName: 'team/other' }),
      }),
      Class.fromRepositoryAttributes(stack, 'Late', {
        repositoryName: Fn.importValue('name'), repositoryArn: Class.arnForLocalRepository(Fn.importValue('name'), stack),
      }),
    ];
    for (const [at, repository] of imports.entries()) {
      repository.grantPull(roleOf(stack, `Role${at}`));
      new CfnOutput(stack, `Uri${at}`, { value: repository.repositoryUriForTag('v1') });
    }
  },
  'imports by ARN, of this account and of another': (_stack, Class, app) => {
    const stack = new Stack(app, 'Known', { env: ENV });
    for (const [at, arn] of [ARN, FOREIGN_ARN].entries()) importByArn(stack, Class, arn, at);
  },
  'a lookup': (stack, Class, app) => {
    const scratch = new Stack(new App(), 'Scratch', { env: ENV });
    Class.fromLookup(scratch, 'Shared', { repositoryName: 'team/shared' });
    const [{ key }] = (scratch.node.root as App).synth().manifest.missing!;
    const known = new Stack(app, 'Known', { env: ENV });
    known.node.setContext(key, [{ Arn: ARN, Identifier: 'team/shared' }]);
    Class.fromLookup(known, 'Shared', { repositoryName: 'team/shared' }).grantPull(roleOf(known));
    roleOf(stack);
  },
  'a nested stack': (stack, Class) => {
    const nested = new NestedStack(stack, 'Nested');
    const repository = new Class(nested, 'App');
    repository.grantPull(roleOf(stack));
    new ecs.FargateTaskDefinition(new NestedStack(stack, 'Other'), 'Task')
      .addContainer('app', { image: ecs.ContainerImage.fromEcrRepository(repository, 'v1') });
  },
  'stages of a pipeline that deploys itself': (_stack, Class, app) => {
    const connection = 'arn:aws:codestar-connections:eu-west-1:111111111111:connection/1';
    const pipeline = new pipelines.CodePipeline(new Stack(app, 'Delivery', { env: ENV }), 'Pipeline', {
      synth: new pipelines.ShellStep('Synth', {
        input: pipelines.CodePipelineSource.connection('team/app', 'main', { connectionArn: connection }), commands: ['npx cdk synth'],
      }),
    });
    for (const name of ['Test', 'Live']) {
      const stage = new Stage(app, name, { env: ENV });
      new Class(new Stack(stage, 'Images'), 'App').grantPull(new iam.AccountPrincipal(OTHER_ENV.account));
      pipeline.addStage(stage);
    }
  },
  'a service of App Runner': (stack, Class) => {
    const repository = new Class(stack, 'App');
    const accessRole = new iam.Role(stack, 'Access', { assumedBy: new iam.ServicePrincipal('build.apprunner.amazonaws.com') });
    repository.grantPull(accessRole);
    new apprunner.CfnService(stack, 'Service', {
      sourceConfiguration: {
        authenticationConfiguration: { accessRoleArn: accessRole.roleArn },
        imageRepository: { imageIdentifier: repository.repositoryUriForTag('v1'), imageRepositoryType: 'ECR' },
      },
    });
  },
  'a model of SageMaker, and a training job': (stack, Class) => {
    const repository = new Class(stack, 'App');
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('sagemaker.amazonaws.com') });
    repository.grantPull(role);
    new sagemaker.CfnModel(stack, 'Model', {
      executionRoleArn: role.roleArn, primaryContainer: { image: repository.repositoryUriForTag('v1') },
    });
    new stepfunctions.StateMachine(stack, 'Machine', {
      definitionBody: stepfunctions.DefinitionBody.fromChainable(new tasks.SageMakerCreateModel(stack, 'Create', {
        modelName: 'model',
        primaryContainer: new tasks.ContainerDefinition({
          image: tasks.DockerImage.fromEcrRepository(repository, 'v1'), mode: tasks.Mode.SINGLE_MODEL,
        }),
      })),
    });
  },
  'a job of Batch': (stack, Class) => new batch.EcsJobDefinition(stack, 'Job', {
    container: new batch.EcsFargateContainerDefinition(stack, 'Container', {
      image: ecs.ContainerImage.fromEcrRepository(new Class(stack, 'App'), 'v1'),
      cpu: 1,
      memory: Size.mebibytes(2048),
    }),
  }),
  'the repository of the bootstrap beside it': (stack, Class) => {
    const assets = Class.fromRepositoryName(stack, 'Assets', `cdk-hnb659fds-container-assets-${stack.account}-${stack.region}`);
    new lambda.DockerImageFunction(stack, 'Function', { code: lambda.DockerImageCode.fromEcr(assets, { tagOrDigest: 'v1' }) });
    new Class(stack, 'App').grantPull(roleOf(stack));
  },
  'an image asset beside it': (stack, Class) => {
    const asset = new DockerImageAsset(stack, 'Asset', { directory: join(__dirname, 'synthesis'), file: 'a-day.ts' });
    asset.repository.grantPull(roleOf(stack));
    new Class(stack, 'App').grantPush(roleOf(stack, 'Pusher'));
  },
};

interface Difference {
  /** Where docs/guides/migration.md has the difference with its reason. */
  readonly row: string;
  readonly build: Build;
  /** Takes the difference out of a template. */
  without(template: Template): Template;
}

const DOCUMENTED: Record<string, Difference> = {
  'a function whose image is in it limits AWS Lambda in the policy of the repository': {
    row: '| `grantPull` to AWS Lambda |',
    build: (stack, Class) => new lambda.DockerImageFunction(stack, 'Function', {
      code: lambda.DockerImageCode.fromEcr(new Class(stack, 'App'), { tagOrDigest: 'v1' }),
    }),
    without: template => withResources(template, resource => resource.Type !== 'AWS::ECR::Repository' ? resource : {
      ...resource, Properties: { ...resource.Properties, RepositoryPolicyText: undefined },
    }),
  },
  'a function whose image is in an import brings a function that writes its policy': {
    row: '### Imports for AWS Lambda',
    build: (stack, Class) => new lambda.DockerImageFunction(stack, 'Function', {
      code: lambda.DockerImageCode.fromEcr(Class.fromRepositoryName(stack, 'Shared', 'team/shared'), { tagOrDigest: 'v1' }),
    }),
    without: template => withResources(template, (resource, id) => isPolicyFunction(id) ? undefined : {
      ...resource, DependsOn: (resource.DependsOn ?? []).filter(other => !isPolicyFunction(other)),
    }),
  },
  'a role of an unknown account that is granted an import gets no tag, which only a statement would need': {
    row: '| a grant on an import, to a role of a stack whose account is not known |',
    build: (_stack, Class, app) => importByArn(new Stack(app, 'Unknown'), Class, FOREIGN_ARN, 0),
    without: template => withResources(template, resource => ({
      ...resource, Properties: { ...resource.Properties, Tags: undefined },
    })),
  },
  'a lookup without context has the name that is looked up, and no dummy': {
    row: '| the name of a repository in `fromLookup`, before the context has it |',
    build: (_stack, Class, app) => {
      const known = new Stack(app, 'Known', { env: ENV });
      new CfnOutput(known, 'Uri', { value: Class.fromLookup(known, 'Shared', { repositoryName: 'team/shared' }).repositoryUri });
    },
    without: template => ({ ...template, Outputs: undefined }),
  },
};

describe.each<[string, typeof ENV | undefined]>([['whose environment is known', ENV], ['for any environment', undefined]])(
  'in an app %s', (_environment, env) => {
    test.each(Object.entries(FRAGMENTS))('%s has the template of aws-ecr with the two safety defaults', (_name, build) => {
      expect(templatesOf(build, Repository, env)).toEqual(withDefaults(templatesOf(build, ecr.Repository, env)));
    });
  });

test.each(Object.entries(DOCUMENTED))('but %s', (_name, { row, build, without }) => {
  expect(readFileSync(join(__dirname, '..', 'docs', 'guides', 'migration.md'), 'utf8')).toContain(`\n${row}`);
  const [ours, theirs] = [templatesOf(build, Repository, ENV), withDefaults(templatesOf(build, ecr.Repository, ENV))];
  expect(ours).not.toEqual(theirs);
  const rest = (templates: Record<string, Template>) => Object.values(templates).map(without);
  expect(rest(ours)).toEqual(rest(theirs));
});
