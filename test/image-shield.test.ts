import { App, Aws, Duration, Lazy, Stack, StackProps } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { app, imported, newStackForEachTest, stack } from './construct-scene';
import { fleet, ImageUse, LifecyclePolicy, LifecycleRule, Repository, RepositoryLifecycle } from '../src';

const { ImageShield, RepositorySelection } = fleet;
const ENVIRONMENT = { account: '111111111111', region: 'eu-west-1' };
const GAP = 'cdk-ecr-keeper:shield-policy-does-not-keep';

newStackForEachTest({ env: ENVIRONMENT });

interface ShieldOptions extends Partial<fleet.ImageShieldProps> {
  readonly id?: string;
  readonly of?: Stack;
}

function add({ id = 'Shield', of = stack, ...props }: ShieldOptions = {}): fleet.ImageShield {
  return new ImageShield(of, id, {
    repositories: RepositorySelection.prefixes('team/'), usedBy: [ImageUse.ecs(), ImageUse.lambdaFunctions()], ...props,
  });
}

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** Statements of the policies whose logical id begins with the id of a function, as text without intrinsic functions. */
function statementsOf(id: string, of = stack): Statement[] {
  const template = Template.fromStack(of);
  const policies = { ...template.findResources('AWS::IAM::Policy'), ...template.findResources('AWS::IAM::ManagedPolicy') };
  return Object.entries(policies).filter(([logicalId]) => logicalId.startsWith(`Shield${id}`))
    .flatMap(([, { Properties }]) => JSON.parse(plain(Properties.PolicyDocument.Statement)) as Statement[]);
}

/** Replaces references by `<logical id>` or the name of the attribute, and joins texts. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_, each) => {
    if (typeof each !== 'object' || each === null) return each;
    if ('Ref' in each) return `<${each.Ref}>`;
    if ('Fn::GetAtt' in each) return `<${each['Fn::GetAtt'][0]}>`;
    if ('Fn::Join' in each) {
      return (each['Fn::Join'][1] as unknown[]).map(part => typeof part === 'string' ? part : JSON.parse(plain(part))).join('');
    }
    return each;
  }).replace(/<ShieldStateBucket\w+>/g, '<bucket>').replace(/<AWS::Partition>/g, 'aws');
}

/** Resources on which a function may perform an action. */
function resourcesOf(id: string, action: string): unknown {
  const found = statementsOf(id).filter(({ Action }) => [Action].flat().includes(action));
  return found.flatMap(({ Resource }) => Resource);
}

function definitionOf(machine: 'Run' | 'Events', of = stack): any {
  const [text] = Object.entries(Template.fromStack(of).findResources('AWS::StepFunctions::StateMachine'))
    .filter(([id]) => id.startsWith(`Shield${machine}`))
    .map(([, { Properties }]) => JSON.parse(plain(Properties.DefinitionString)) as string);
  return JSON.parse(text);
}

describe('a run', () => {
  test('passes through its states in this order, and ends at once if the shield is stopped', () => {
    add();
    const { StartAt, States } = definitionOf('Run');
    const path = ['Settings', 'Begin', 'IsStopped', 'SearchEnvironments', 'ProtectImages', 'End'];
    expect(StartAt).toBe(path[0]);
    expect(Object.keys(States).sort()).toEqual([...path, 'Stopped'].sort());
    expect(path.map(state => States[state].Next ?? States[state].Default)).toEqual([...path.slice(1), undefined]);
    expect(States.IsStopped.Choices).toEqual([{ Variable: '$.begin.stopped', BooleanEquals: true, Next: 'Stopped' }]);
    expect([States.Stopped.Type, States.End.End]).toEqual(['Succeed', true]);
  });

  test('begins with the settings of the shield, and the account and Region of the stack with the services to search', () => {
    add({ usedBy: [ImageUse.ecs({ clusters: ['main'] })], keepAfterUse: Duration.days(3), tagPrefix: 'runs-' });
    expect(definitionOf('Run').States.Settings.Result).toEqual({
      settings: {
        shield: 'Stack/Shield', bucket: '<bucket>', tagPrefix: 'runs-', keepAfterUse: 3 * 86_400, selection: { prefixes: ['team/'] },
      },
      environments: { own: ENVIRONMENT, usedBy: [{ service: 'ecs', clusters: ['main'] }], listed: [] },
    });
  });

  test('protects by default for 14 days after the last use, with tags that begin with in-use-', () => {
    add();
    expect(definitionOf('Run').States.Settings.Result.settings).toMatchObject({ tagPrefix: 'in-use-', keepAfterUse: 14 * 86_400 });
  });

  test('calls the function that reports at its beginning and end', () => {
    add();
    const { Begin, End } = definitionOf('Run').States;
    expect(Begin).toMatchObject({
      ResultSelector: {
        'stopped.$': '$.Payload.stopped', 'startedAt.$': '$.Payload.startedAt', 'environments.$': '$.Payload.environments',
      },
      ResultPath: '$.begin',
      Parameters: {
        FunctionName: expect.stringMatching(/^<ShieldReport/),
        Payload: { 'action': 'begin', 'settings.$': '$.settings', 'environments.$': '$.environments', 'run.$': '$$.Execution.Name' },
      },
    });
    expect(End).toMatchObject({
      OutputPath: '$.Payload',
      Parameters: {
        FunctionName: expect.stringMatching(/^<ShieldReport/),
        Payload: { 'action': 'end', 'settings.$': '$.settings', 'run.$': '$$.Execution.Name', 'startedAt.$': '$.begin.startedAt' },
      },
    });
  });

  test('searches each environment that its beginning has listed in the bucket, in a child that reports its failure', () => {
    add();
    const { ItemProcessor: { ProcessorConfig, StartAt, States }, ...map } = definitionOf('Run').States.SearchEnvironments;
    expect(map).toMatchObject({
      Type: 'Map',
      ItemReader: {
        Resource: 'arn:aws:states:::s3:getObject',
        ReaderConfig: { InputType: 'JSON' },
        Parameters: { 'Bucket': '<bucket>', 'Key.$': 'States.Format(\'runs/{}/environments.json\', $$.Execution.Name)' },
      },
      MaxConcurrency: 40,
      ToleratedFailurePercentage: 100,
      ResultPath: null,
      ItemSelector: {
        'settings.$': '$.settings',
        'run.$': '$$.Execution.Name',
        'startedAt.$': '$.begin.startedAt',
        'environment.$': '$$.Map.Item.Value',
      },
    });
    expect(ProcessorConfig).toEqual({ Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' });
    expect(StartAt).toBe('Collect');
    expect(States.Collect).toMatchObject({
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'ReportFailedEnvironment' }],
      Parameters: {
        FunctionName: expect.stringMatching(/^<ShieldCollect/),
        Payload: { 'settings.$': '$.settings', 'run.$': '$.run', 'startedAt.$': '$.startedAt', 'environment.$': '$.environment' },
      },
    });
    expect(States.ReportFailedEnvironment.Parameters.Payload).toEqual({
      'action': 'failed',
      'settings.$': '$.settings',
      'run.$': '$.run',
      'environment.$': 'States.Format(\'{}/{}\', $.environment.account, $.environment.region)',
      'error.$': '$.failure.Error',
      'cause.$': '$.failure.Cause',
    });
  });

  test('protects each partition of the state in a child, again while there is more to do, which reports its failure', () => {
    add();
    const { ItemProcessor: { StartAt, States }, ...map } = definitionOf('Run').States.ProtectImages;
    expect(map).toMatchObject({
      MaxConcurrency: 20,
      ToleratedFailurePercentage: 100,
      ResultPath: null,
      ItemReader: { Resource: 'arn:aws:states:::s3:listObjectsV2', Parameters: { Bucket: '<bucket>', Prefix: 'state/' } },
      ItemSelector: {
        'settings.$': '$.settings',
        'run.$': '$$.Execution.Name',
        'startedAt.$': '$.begin.startedAt',
        'key.$': '$$.Map.Item.Value.Key',
      },
    });
    expect(StartAt).toBe('Protect');
    expect(States.Protect).toMatchObject({
      Next: 'IsMoreLeft',
      ResultSelector: { 'more.$': '$.Payload.more' },
      ResultPath: '$.result',
      Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'ReportFailedPartition' }],
      Parameters: {
        FunctionName: expect.stringMatching(/^<ShieldProtect/),
        Payload: { 'settings.$': '$.settings', 'run.$': '$.run', 'startedAt.$': '$.startedAt', 'key.$': '$.key' },
      },
    });
    expect(States.IsMoreLeft).toMatchObject({
      Choices: [{ Variable: '$.result.more', BooleanEquals: true, Next: 'Protect' }], Default: 'PartitionDone',
    });
    expect(States.ReportFailedPartition.Parameters.Payload).toEqual({
      'action': 'failed',
      'settings.$': '$.settings',
      'run.$': '$.run',
      'key.$': '$.key',
      'error.$': '$.failure.Error',
      'cause.$': '$.failure.Cause',
    });
  });

  test('has children without output, because all outputs of a map together must not exceed 256 KiB', () => {
    add();
    const { SearchEnvironments, ProtectImages } = definitionOf('Run').States;
    const last = [SearchEnvironments, ProtectImages].flatMap(({ ItemProcessor: { States } }) => Object.entries<any>(States))
      .filter(([, state]) => state.End === true || state.Type === 'Succeed');
    expect(last.map(([name]) => name).sort()).toEqual(['Collect', 'PartitionDone', 'ReportFailedEnvironment', 'ReportFailedPartition']);
    for (const [name, state] of last) expect([name, state.OutputPath]).toEqual([name, null]);
  });

  test('retries every call of a function, for minutes while Lambda throttles it', () => {
    add();
    const { States } = definitionOf('Run');
    const machines = [States, States.SearchEnvironments.ItemProcessor.States, States.ProtectImages.ItemProcessor.States,
      definitionOf('Events').States];
    const calls = machines.flatMap(machine => Object.values<any>(machine)).filter(({ Type }) => Type === 'Task');
    expect(calls).toHaveLength(7);
    for (const { Retry } of calls) {
      expect(Retry).toEqual([
        expect.objectContaining({ ErrorEquals: expect.arrayContaining(['Lambda.ServiceException']) }),
        {
          ErrorEquals: ['Lambda.TooManyRequestsException'],
          IntervalSeconds: 5,
          MaxAttempts: 8,
          MaxDelaySeconds: 300,
          BackoffRate: 2,
          JitterStrategy: 'FULL',
        },
        { ErrorEquals: ['States.ALL'], IntervalSeconds: 30, MaxAttempts: 2, BackoffRate: 2, JitterStrategy: 'FULL' },
      ]);
    }
  });

  test.each<[Duration | undefined, string]>([
    [undefined, 'rate(6 hours)'], [Duration.hours(1), 'rate(1 hour)'], [Duration.minutes(90), 'rate(90 minutes)'],
    [Duration.days(1), 'rate(1 day)'],
  ])('starts at the interval: %s is %s', (every, rate) => {
    add({ every });
    Template.fromStack(stack).hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: rate, FlexibleTimeWindow: { Mode: 'OFF' }, Target: { Input: '{}', RetryPolicy: { MaximumRetryAttempts: 3 } },
    });
  });

  test('starts only after the functions and the state machine have their permissions', () => {
    add();
    const [{ DependsOn }] = Object.values(Template.fromStack(stack).findResources('AWS::Scheduler::Schedule'));
    for (const policy of [
      'CollectPolicy', 'ProtectPolicy', 'ReportPolicy', 'RunStateMachineDistributedMapPolicy', 'ScheduleRoleDefaultPolicy',
    ]) {
      expect(DependsOn).toContainEqual(expect.stringMatching(`^Shield${policy}`));
    }
  });

  test('can be found without the app: an output has the command that shows the state', () => {
    add();
    const [{ Value }] = Object.values(Template.fromStack(stack).findOutputs('*'));
    expect(JSON.parse(plain(Value))).toBe('npx cdk-ecr-keeper shield status --bucket <bucket>');
  });

  test('names another tag prefix in the command', () => {
    add({ tagPrefix: 'runs-' });
    const [{ Value }] = Object.values(Template.fromStack(stack).findOutputs('*'));
    expect(JSON.parse(plain(Value))).toBe('npx cdk-ecr-keeper shield status --bucket <bucket> --tag-prefix runs-');
  });
});

describe('between two runs', () => {
  const rulesOf = (of = stack) => Object.values(Template.fromStack(of).findResources('AWS::Events::Rule'))
    .map(({ Properties }) => JSON.parse(plain(Properties.EventPattern)) as any);

  test('the events of ECS tasks and deployments that start call the function that protects', () => {
    add();
    expect(rulesOf()).toEqual([
      {
        'source': ['aws.ecs'],
        'detail-type': ['ECS Task State Change'],
        'detail': { lastStatus: ['PENDING', 'RUNNING'], desiredStatus: ['RUNNING'] },
      },
      {
        'source': ['aws.ecs'],
        'detail-type': ['ECS Deployment State Change'],
        'detail': { eventName: ['SERVICE_DEPLOYMENT_IN_PROGRESS'] },
      },
    ]);
    const { StartAt, States } = definitionOf('Events');
    expect([StartAt, Object.keys(States)]).toEqual(['ProtectFromEvent', ['ProtectFromEvent']]);
    expect(States.ProtectFromEvent.Parameters).toEqual({
      FunctionName: expect.stringMatching(/^<ShieldProtect/),
      Payload: { 'settings': definitionOf('Run').States.Settings.Result.settings, 'event.$': '$' },
    });
  });

  test.each([
    ['a name', () => 'main', 'arn:aws:ecs:eu-west-1:111111111111:cluster/main', 'main'],
    ['an ARN', () => 'arn:aws:ecs:eu-west-1:111111111111:cluster/other', 'arn:aws:ecs:eu-west-1:111111111111:cluster/other', 'other'],
    ['the name of a cluster of the app', () => new ecs.CfnCluster(stack, 'Cluster').ref,
      'arn:aws:ecs:eu-west-1:111111111111:cluster/<Cluster>', '<Cluster>'],
  ])('only the events of the clusters that are searched count: %s', (_, cluster, arn, name) => {
    add({ usedBy: [ImageUse.ecs({ clusters: [cluster()] })] });
    const [tasks, deployments] = rulesOf();
    expect(tasks.detail.clusterArn).toEqual([arn]);
    expect(deployments.resources).toEqual([{ prefix: `arn:aws:ecs:eu-west-1:111111111111:service/${name}/` }]);
    expect(resourcesOf('Protect', 'ecs:DescribeServices')).toEqual([`arn:aws:ecs:eu-west-1:111111111111:service/${name}/*`]);
  });

  test('the ARN of a cluster of the app limits the deployments by the name in it', () => {
    add({ usedBy: [ImageUse.ecs({ clusters: [new ecs.CfnCluster(stack, 'Cluster').attrArn] })] });
    expect(rulesOf()[0].detail.clusterArn).toEqual(['<Cluster>']);
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        resources: [{
          prefix: {
            'Fn::Join': ['', [
              'arn:', { Ref: 'AWS::Partition' }, ':ecs:eu-west-1:111111111111:service/',
              { 'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::GetAtt': ['Cluster', 'Arn'] }] }] }, '/',
            ]],
          },
        }],
      },
    });
  });

  test('the events of all clusters count if one of several sources searches all of them', () => {
    add({ usedBy: [ImageUse.ecs({ clusters: ['main'] }), ImageUse.ecs()] });
    expect(rulesOf()[0].detail).not.toHaveProperty('clusterArn');
  });

  test('nothing listens to events if Amazon ECS is not searched', () => {
    add({ usedBy: [ImageUse.lambdaFunctions()] });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::Events::Rule', 0);
    template.resourceCountIs('AWS::StepFunctions::StateMachine', 1);
    expect(statementsOf('Protect').flatMap(({ Action }) => Action).filter(action => action.startsWith('ecs:'))).toEqual([]);
  });
});

describe('permissions', () => {
  test('of the function that collects: the searches, and writing to two folders of the bucket, in which it looks for states', () => {
    add({ usedBy: [ImageUse.ecs({ clusters: ['main'] }), ImageUse.ecs({ clusters: ['main'] }), ImageUse.lambdaFunctions()] });
    const actions = statementsOf('Collect').flatMap(({ Action }) => Action);
    expect(actions).toEqual(expect.arrayContaining(['ecs:ListTasks', 'ecs:DescribeTasks', 'lambda:ListFunctions', 'lambda:GetFunction']));
    expect(actions.filter(action => action === 'ecs:ListTasks')).toHaveLength(1);
    expect(actions.filter(action => !/^(ecs|lambda|logs):/.test(action))).toEqual(['s3:PutObject', 's3:ListBucket']);
    expect(resourcesOf('Collect', 's3:PutObject')).toEqual(['<bucket>/runs/*', '<bucket>/state/*']);
  });

  test('of the function that collects: files that list images in use, with the key of their bucket', () => {
    const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/11111111-1111-1111-1111-111111111111');
    const bucket = s3.Bucket.fromBucketAttributes(stack, 'Clusters', { bucketName: 'clusters', encryptionKey });
    add({ usedBy: [ImageUse.listed(bucket, 'in-use/*.jsonl')] });
    expect(resourcesOf('Collect', 's3:GetObject')).toEqual(['arn:aws:s3:::clusters/in-use/*']);
    expect(resourcesOf('Collect', 'kms:Decrypt')).toEqual([encryptionKey.keyArn]);
    const { usedBy } = definitionOf('Run').States.Settings.Result.environments;
    expect(usedBy).toEqual([{ service: 'listed', bucket: 'clusters', keyPattern: 'in-use/*.jsonl', maxAge: 86_400 }]);
  });

  test('of the function that protects: the images of the selection, and the state', () => {
    add({ usedBy: [ImageUse.ecs()] });
    const ofEcr = statementsOf('Protect').filter(({ Action }) => [Action].flat()[0].startsWith('ecr:'));
    expect(ofEcr.map(({ Action }) => Action)).toEqual([
      'ecr:DescribeRepositories',
      ['ecr:DescribeImages', 'ecr:BatchGetImage', 'ecr:PutImage', 'ecr:BatchDeleteImage', 'ecr:GetLifecyclePolicy'],
    ]);
    expect(ofEcr.map(({ Resource }) => Resource)).toEqual([
      'arn:aws:ecr:eu-west-1:111111111111:repository/*', 'arn:aws:ecr:eu-west-1:111111111111:repository/team/*',
    ]);
    expect(Object.fromEntries(['s3:GetObject', 's3:PutObject', 's3:ListBucket', 'events:PutEvents', 'ecs:DescribeTaskDefinition',
      'ecs:DescribeServices', 'ecs:DescribeServiceRevisions'].map(action => [action, resourcesOf('Protect', action)]))).toEqual({
      's3:GetObject': ['<bucket>/runs/*', '<bucket>/state/*', '<bucket>/control/*'],
      's3:PutObject': ['<bucket>/runs/*', '<bucket>/state/*'],
      's3:ListBucket': ['<bucket>'],
      'events:PutEvents': [],
      'ecs:DescribeTaskDefinition': ['*'],
      'ecs:DescribeServices': ['arn:aws:ecs:eu-west-1:111111111111:service/*'],
      'ecs:DescribeServiceRevisions': [
        'arn:aws:ecs:eu-west-1:111111111111:service/*', 'arn:aws:ecs:eu-west-1:111111111111:service-revision/*',
      ],
    });
  });

  test('of the function that reports: results, new states, and the time of the last success. It cannot start a stopped shield', () => {
    add();
    const actions = statementsOf('Report').flatMap(({ Action }) => Action);
    expect(actions.filter(action => !action.startsWith('logs:')))
      .toEqual(['s3:GetObject', 's3:PutObject', 's3:ListBucket', 'events:PutEvents']);
    expect(resourcesOf('Report', 's3:GetObject')).toEqual(['<bucket>/runs/*', '<bucket>/control/*']);
    expect(resourcesOf('Report', 's3:PutObject')).toEqual(['<bucket>/runs/*', '<bucket>/state/*', '<bucket>/control/last-success.json']);
    expect(resourcesOf('Report', 'events:PutEvents')).toEqual(['arn:aws:events:eu-west-1:111111111111:event-bus/default']);
  });

  test('no statement allows the deletion of an object, and only the state machines may call the functions', () => {
    add();
    const ofFunctions = ['Collect', 'Protect', 'Report'].flatMap(id => statementsOf(id)).flatMap(({ Action }) => Action);
    expect(ofFunctions.filter(action => action.startsWith('s3:Delete'))).toEqual([]);
    Template.fromStack(stack).resourceCountIs('AWS::Lambda::Permission', 0);
  });

  test('roles can be assumed only for the state machines and the schedule of this account and Region', () => {
    add();
    const conditionOf = (service: string) => Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'))
      .flatMap(({ Properties }) => JSON.parse(plain(Properties.AssumeRolePolicyDocument.Statement)) as any[])
      .filter(({ Principal }) => Principal.Service === `${service}.amazonaws.com`).map(({ Condition }) => Condition);
    const ofMachine = {
      StringEquals: { 'aws:SourceAccount': '111111111111' },
      ArnLike: { 'aws:SourceArn': 'arn:aws:states:eu-west-1:111111111111:stateMachine:*' },
    };
    expect(conditionOf('states')).toEqual([ofMachine, ofMachine]);
    expect(conditionOf('scheduler')).toEqual([{
      StringEquals: {
        'aws:SourceAccount': '111111111111', 'aws:SourceArn': 'arn:aws:scheduler:eu-west-1:111111111111:schedule-group/default',
      },
    }]);
  });

  test.each<[string, () => fleet.RepositorySelection, string[]]>([
    ['all', () => RepositorySelection.all(), ['*']],
    ['prefixes', () => RepositorySelection.prefixes('team/', 'shop-'), ['team/*', 'shop-*']],
    ['a list', () => RepositorySelection.of(imported(), imported({ id: 'Other', name: 'team/other' }), imported()),
      ['team/shared', 'team/other']],
  ])('are on the selected repositories: %s', (_, select, names) => {
    add({ repositories: select() });
    expect(resourcesOf('Protect', 'ecr:PutImage')).toEqual(names.map(name => `arn:aws:ecr:eu-west-1:111111111111:repository/${name}`));
  });

  test('are on the ARN of a listed repository whose name is known only at deployment', () => {
    add({ repositories: RepositorySelection.of(new Repository(stack, 'Generated')) });
    expect(resourcesOf('Protect', 'ecr:PutImage')).toEqual([expect.stringMatching(/^<Generated/)]);
    expect(definitionOf('Run').States.Settings.Result.settings.selection.names).toEqual([expect.stringMatching(/^<Generated/)]);
  });

  test('fit into the policies of the role for 240 listed repositories, and each of them is in one policy', () => {
    const names = Array.from({ length: 240 }, (_, index) => `team/a-service-with-a-name-of-usual-length-${index}`);
    add({ repositories: RepositorySelection.of(...names.map(name => imported({ id: name, name }))) });
    const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'))
      .map(({ Properties }) => plain(Properties.PolicyDocument));
    expect(policies.length).toBeGreaterThan(1);
    expect(policies.length).toBeLessThanOrEqual(10);
    expect(Math.max(...policies.map(policy => policy.length))).toBeLessThanOrEqual(6_144);
    expect(resourcesOf('Protect', 'ecr:PutImage')).toEqual(names.map(name => `arn:aws:ecr:eu-west-1:111111111111:repository/${name}`));
    expect(definitionOf('Run').States.Settings.Result.settings.selection.names).toEqual(names);
  });
});

test('the functions run on arm64 with the memory for their largest inputs, and keep their logs for a month', () => {
  add();
  const functions = Object.entries(Template.fromStack(stack).findResources('AWS::Lambda::Function'))
    .filter(([id]) => id.startsWith('Shield')).map(([, { Properties }]) => Properties);
  expect(functions.map(({ Timeout }) => Timeout)).toEqual([900, 900, 300]);
  expect(functions.map(({ MemorySize }) => MemorySize)).toEqual([512, 512, 256]);
  for (const each of functions) expect(each).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
  Template.fromStack(stack).allResourcesProperties('AWS::Logs::LogGroup', { RetentionInDays: 30 });
});

describe('the bucket of the state', () => {
  test('is private, encrypted, and accepts only TLS', () => {
    add();
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true,
      },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })]),
      },
    });
  });

  test('deletes runs after 30 days, and never the state', () => {
    add();
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::S3::Bucket'));
    expect(Properties.LifecycleConfiguration.Rules.filter((rule: object) => 'ExpirationInDays' in rule))
      .toEqual([{ Id: 'DeleteRuns', Prefix: 'runs/', ExpirationInDays: 30, Status: 'Enabled' }]);
  });

  test('is deleted with the stack, after the functions lost their permissions', () => {
    add();
    const template = Template.fromStack(stack);
    template.hasResource('AWS::S3::Bucket', { DeletionPolicy: 'Delete' });
    for (const id of ['Collect', 'Protect', 'Report']) {
      const [[, { DependsOn }]] = Object.entries(template.findResources('AWS::IAM::Policy'))
        .filter(([name]) => name.startsWith(`Shield${id}`));
      expect(DependsOn).toContainEqual(expect.stringContaining('AutoDeleteObjects'));
    }
  });
});

describe('a shield is refused', () => {
  const problemsOf = (options: ShieldOptions) => {
    try {
      add(options);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };

  test.each<[string, () => ShieldOptions, string]>([
    ['without a source of use', () => ({ usedBy: [] }), '\'usedBy\' must contain at least one ImageUse, such as ImageUse.ecs(), got none'],
    ['with a source in another account', () => ({
      usedBy: [ImageUse.ecs({ access: { roleArn: 'arn:aws:iam::222222222222:role/use' } })],
    }),
    '\'usedBy[0]\' must not have \'access\', because the shield decides which accounts and Regions it searches,'
    + ' got: arn:aws:iam::222222222222:role/use. Remove it, and select the account and Region in \'environments\' of the shield'],
    ['with a source in a Region', () => ({ usedBy: [ImageUse.ecs(), ImageUse.lambdaFunctions({ region: 'us-east-1' })] }),
      '\'usedBy[1]\' must not have \'region\', because the shield decides which accounts and Regions it searches, got: us-east-1. Remove'
      + ' it, and select the account and Region in \'environments\' of the shield'],
    ['with a registry to ignore that is no account', () => ({ ignoredRegistries: ['1234'] }),
      '\'ignoredRegistries[0]\' must be an account ID with 12 digits, got: "1234"'],
    ['with its own registry to ignore', () => ({ ignoredRegistries: [ENVIRONMENT.account] }),
      `'ignoredRegistries[0]' must not be the account of the stack, whose images the shield protects, got: ${ENVIRONMENT.account}`],
    ['with a registry to ignore that is not known', () => ({ ignoredRegistries: [Lazy.string({ produce: () => '111111111111' })] }),
      '\'ignoredRegistries[0]\' must be known at synthesis, got a token'],
    ['with too short an interval', () => ({ every: Duration.minutes(59) }),
      '\'every\' must be whole minutes, at least 1 hour and at most 1 day, got: 59 minutes'],
    ['with too long an interval', () => ({ every: Duration.hours(25) }),
      '\'every\' must be whole minutes, at least 1 hour and at most 1 day, got: 1 day 1 hour'],
    ['with seconds in the interval', () => ({ every: Duration.seconds(3_601) }),
      '\'every\' must be whole minutes, at least 1 hour and at most 1 day, got: 1 hour 1 second'],
    ['with an interval that is not known', () => ({ every: Duration.hours(Lazy.number({ produce: () => 6 })) }),
      '\'every\' must be known at synthesis, got a token'],
    ['with too short a time after use', () => ({ keepAfterUse: Duration.hours(23) }),
      '\'keepAfterUse\' must be whole seconds, at least 1 day, got: 23 hours'],
    ['with a time after use below two intervals', () => ({ every: Duration.hours(24), keepAfterUse: Duration.hours(47) }),
      '\'keepAfterUse\' must be at least twice \'every\' (1 day), so that one failed run releases no image, got: 1 day 23 hours'],
    ['with a prefix that no tag has', () => ({ tagPrefix: 'in use' }),
      '\'tagPrefix\' must be the beginning of tags, such as in-use-: 1 to 96 letters, digits, \'.\', \'_\', or \'-\', and neither \'.\' nor'
      + ' \'-\' first, got: "in use"'],
    ['with a prefix that is not known', () => ({ tagPrefix: Aws.STACK_NAME }), '\'tagPrefix\' must be known at synthesis, got a token'],
    ['with a prefix that tags of released images have', () => ({ tagPrefix: 'was-' }),
      '\'tagPrefix\' must not be the beginning of was-was-, with which the tags of released images begin, got: was-'],
    ['for a repository of another Region', () => ({
      repositories: RepositorySelection.of(imported(), imported({ id: 'Far', region: 'us-east-1' })),
    }),
    '\'repositories\' contains a repository of another account or Region (repositories[1], team/shared, in 111111111111/us-east-1), but'
    + ' the stack is in 111111111111/eu-west-1. Declare an ImageShield for it in a stack of that account and Region'],
  ])('%s', (_, options, message) => {
    expect(problemsOf(options())).toBe(`Stack/Shield: ${message}`);
  });

  test.each(['', '-in-use', '.in-use', 'x'.repeat(97), 'in/use'])('with the tag prefix %j', tagPrefix => {
    expect(problemsOf({ tagPrefix })).toContain('must be the beginning of tags');
  });

  test('not at the limits', () => {
    expect(problemsOf({ every: Duration.hours(1), keepAfterUse: Duration.days(1), tagPrefix: 'x'.repeat(96) })).toBeUndefined();
    expect(problemsOf({ id: 'Other', every: Duration.days(1), keepAfterUse: Duration.days(2), tagPrefix: 'y' })).toBeUndefined();
  });

  test('with all problems in one error', () => {
    expect(problemsOf({ usedBy: [], every: Duration.days(2), keepAfterUse: Duration.hours(1), tagPrefix: '-' })).toMatch(
      /^Stack\/Shield: 4 problems\n  - 'usedBy'.*\n  - 'every'.*\n  - 'keepAfterUse'.*\n  - 'tagPrefix'/);
  });

  test('with names that do not fit into the policies of a role', () => {
    const names = Array.from({ length: 240 }, (_, index) => `team/${'x'.repeat(240)}${index}`);
    expect(problemsOf({ repositories: RepositorySelection.of(...names.map(name => imported({ id: name, name }))) })).toBe(
      'Stack/Shield: \'repositories\' lists 240 repositories, whose names are too long for the 10 policies of one role. Select them with'
      + ' RepositorySelection.prefixes or RepositorySelection.all');
  });
});

describe('two shields of an app', () => {
  test.each([
    ['in-use-', 'in-use-'], ['in-use-', 'in-use-test-'], ['in-use-test-', 'in-use-'], ['in-use-', 'was-in-use-'],
    ['was-in-use-a', 'in-use-'],
  ])('cannot use overlapping tags in one environment: %s and %s', (one, other) => {
    add({ tagPrefix: one });
    const second = new Stack(app, 'Second', { env: ENVIRONMENT });
    expect(() => add({ of: second, tagPrefix: other })).toThrow(
      `Second/Shield: 'tagPrefix' ${other} overlaps with ${one} of the image shield 'Stack/Shield', which also tags images in`
      + ' 111111111111/eu-west-1. Use one shield, or tag prefixes of which neither begins with the other');
  });

  test.each<[string, StackProps, string]>([
    ['different tags', { env: ENVIRONMENT }, 'other-'],
    ['different Regions', { env: { ...ENVIRONMENT, region: 'us-east-1' } }, 'in-use-'],
    ['an environment that is known only at deployment', {}, 'in-use-'],
  ])('can have %s', (_, props, tagPrefix) => {
    add();
    expect(() => add({ of: new Stack(app, 'Second', props), tagPrefix })).not.toThrow();
  });

  test('cannot use overlapping tags in one stack whose account and Region are not known', () => {
    const agnostic = new Stack(new App(), 'Agnostic');
    add({ of: agnostic });
    expect(() => add({ of: agnostic, id: 'Other' })).toThrow('which also tags images in the account and Region of \'Agnostic\'. Use');
  });

  test('have different names in metrics and events', () => {
    const [one, other] = [add(), add({ id: 'Other', tagPrefix: 'other-' })];
    expect([one, other].map(shield => shield.metricFindings().dimensions)).toEqual([{ Shield: 'Stack/Shield' }, { Shield: 'Stack/Other' }]);
    expect(add({ id: 'Größe', tagPrefix: 'size-' }).metricFindings().dimensions)
      .toEqual({ Shield: expect.stringMatching(/^Stack\/[0-9a-f]{16}$/) });
  });
});

test('in a stack whose environment is not known, the account and Region are those of the deployment', () => {
  const agnostic = new Stack(new App(), 'Agnostic');
  add({ of: agnostic });
  expect(definitionOf('Run', agnostic).States.Settings.Result).toMatchObject({
    environments: { own: { account: '<AWS::AccountId>', region: '<AWS::Region>' }, listed: [] },
  });
});

describe('a selection', () => {
  test.each<[string, () => unknown, string]>([
    ['without a prefix', () => RepositorySelection.prefixes(),
      'RepositorySelection.prefixes: \'prefixes\' must contain at least one prefix, got none. To select every repository, use all()'],
    ['with an empty prefix', () => RepositorySelection.prefixes(''),
      'RepositorySelection.prefixes: \'prefixes[0]\' must be the beginning of repository names, such as team/, got: ""'],
    ['with a prefix that no name has', () => RepositorySelection.prefixes('team/', 'Team/*'),
      'RepositorySelection.prefixes: \'prefixes[1]\' must be the beginning of repository names, such as team/, got: "Team/*"'],
    ['with a prefix that is known only at deployment', () => RepositorySelection.prefixes(Aws.STACK_NAME),
      'RepositorySelection.prefixes: \'prefixes[0]\' must be known at synthesis, got a token'],
    ['with a prefix in another one', () => RepositorySelection.prefixes('team/app/', 'team/'),
      'RepositorySelection.prefixes: \'prefixes[0]\' team/app/ is covered by the prefix team/. Remove it'],
    ['with a prefix twice', () => RepositorySelection.prefixes('team/', 'team/'),
      'RepositorySelection.prefixes: \'prefixes[1]\' team/ is covered by the prefix team/. Remove it'],
    ['without a repository', () => RepositorySelection.of(),
      'RepositorySelection.of: \'repositories\' must contain at least one repository, got none. To select every repository, use all()'],
  ])('is refused %s', (_, select, message) => {
    expect(select).toThrow(new Error(message));
  });

  test.each(['team/', 'team', 'team-', 'a', 'team/app_'])('accepts the beginning of names %s', prefix => {
    expect(() => RepositorySelection.prefixes(prefix)).not.toThrow();
  });
});

describe('lifecycle rules', () => {
  test('keep the tags of the shield, and expire those of released images', () => {
    const shield = add({ tagPrefix: 'runs-' });
    const { rules } = JSON.parse(LifecyclePolicy.fromRules([
      shield.keepRule, shield.releasedRule({ sincePush: Duration.days(30) }), LifecycleRule.keepNewest(50),
    ]).toJson());
    expect(rules.map(({ selection }: { selection: Record<string, unknown> }) => selection.tagPatternList ?? selection.tagStatus))
      .toEqual([['runs-*'], ['was-runs-*'], 'any']);
  });
});

describe('the policy of a selected repository', () => {
  const keepNewest = () => LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]);
  const warningsAt = (path: string, of = stack) => Annotations.fromStack(of).findWarning(path, Match.stringLikeRegexp(GAP));

  test('without the keep rule is a warning at the repository, once', () => {
    add();
    new Repository(stack, 'App', { repositoryName: 'team/app', lifecycle: keepNewest() });
    app.synth();
    const [warning, ...others] = warningsAt('/Stack/App');
    expect(others).toEqual([]);
    expect(warning.entry.data)
      .toContain('the image shield \'Stack/Shield\' selects this repository, but rule 1 of the lifecycle policy can expire images in use');
  });

  test.each<[string, () => void, string]>([
    ['of another stack', () => new Repository(new Stack(app, 'Other', { env: ENVIRONMENT }), 'App', {
      repositoryName: 'team/app', lifecycle: keepNewest(),
    }), 'Other/App'],
    ['of aws-ecr', () => new ecr.Repository(stack, 'App', {
      repositoryName: 'team/app', lifecycleRules: [{ maxImageCount: 5 }],
    }), 'Stack/App'],
    ['as an L1', () => new ecr.CfnRepository(stack, 'App', {
      repositoryName: 'team/app', lifecyclePolicy: { lifecyclePolicyText: keepNewest().toJson() },
    }), 'Stack/App'],
    ['with a RepositoryLifecycle', () => {
      const repository = new ecr.Repository(stack, 'App', { repositoryName: 'team/app' });
      new RepositoryLifecycle(stack, 'Lifecycle', { repository, lifecycle: keepNewest() });
    }, 'Stack/App'],
  ])('is checked in a repository %s', (_, declare, path) => {
    add();
    declare();
    expect(warningsAt(`/${path}`, app.node.findChild(path.split('/')[0]) as Stack)).toHaveLength(1);
  });

  test('is checked in a listed repository, and with all() in a repository whose name is generated', () => {
    const listed = new Repository(stack, 'Listed', { lifecycle: keepNewest() });
    add({ repositories: RepositorySelection.of(listed) });
    new Repository(stack, 'NotListed', { lifecycle: keepNewest() });
    expect([warningsAt('/Stack/Listed'), warningsAt('/Stack/NotListed')].map(({ length }) => length)).toEqual([1, 0]);
    const other = new Stack(new App(), 'Other');
    add({ of: other, repositories: RepositorySelection.all() });
    new Repository(other, 'App', { lifecycle: keepNewest() });
    expect(warningsAt('/Other/App', other)).toHaveLength(1);
  });

  test.each<[string, (shield: fleet.ImageShield) => void]>([
    ['with the keep rule', shield => new Repository(stack, 'App', {
      repositoryName: 'team/app', lifecycle: LifecyclePolicy.fromRules([shield.keepRule, LifecycleRule.keepNewest(50)]),
    })],
    ['that is not selected', () => new Repository(stack, 'App', { repositoryName: 'shop/app', lifecycle: keepNewest() })],
    ['of another Region', () => new Repository(new Stack(app, 'Far', { env: { ...ENVIRONMENT, region: 'us-east-1' } }), 'App', {
      repositoryName: 'team/app', lifecycle: keepNewest(),
    })],
    ['with a policy that is known only at deployment', () => new ecr.CfnRepository(stack, 'App', {
      repositoryName: 'team/app', lifecyclePolicy: { lifecyclePolicyText: `{"rules":[],"${Aws.REGION}":1}` },
    })],
  ])('is no warning for a repository %s', (_, declare) => {
    declare(add());
    expect(app.node.children.flatMap(child => child instanceof Stack ? warningsAt('*', child) : [])).toEqual([]);
  });

  test.each([
    ['a pattern', { tagPatternList: ['in-use-*'] }], ['a prefix', { tagPrefixList: ['in-use-'] }],
  ])('that expires the tags of the shield by %s is an error', (_, tags) => {
    add();
    new Repository(stack, 'App', {
      repositoryName: 'team/app',
      lifecycle: LifecyclePolicy.fromRules([
        LifecycleRule.keepNewest(3, { tagPrefixList: ['v'] }), LifecycleRule.expireOlderThan(Duration.days(1), tags),
      ]),
    });
    expect(() => app.synth()).toThrow('\'tagPrefix\' must not be expired by a lifecycle policy, but the rule with rulePriority 2 of'
      + ' \'Stack/App\' expires tags that begin with in-use-. Remove that rule, or change the tag prefix');
  });
});

describe('metrics', () => {
  test('are six totals for the shield, with the statistic of a count or of a state', () => {
    const shield = add({ every: Duration.hours(2) });
    const metrics = [
      shield.metricProtectedImages(), shield.metricNewlyProtectedImages(), shield.metricReleasedImages(), shield.metricUnprotectedImages(),
      shield.metricFindings(), shield.metricHoursSinceSuccess(),
    ];
    expect(metrics.map(({ metricName, statistic }) => [metricName, statistic])).toEqual([
      ['ProtectedImages', 'Maximum'], ['NewlyProtectedImages', 'Sum'], ['ReleasedImages', 'Sum'], ['UnprotectedImages', 'Maximum'],
      ['Findings', 'Sum'], ['HoursSinceSuccess', 'Maximum'],
    ]);
    for (const { namespace, period, dimensions } of metrics) {
      expect([namespace, period.toSeconds(), dimensions]).toEqual(['CdkEcrKeeper/ImageShield', 7_200, { Shield: 'Stack/Shield' }]);
    }
  });

  test('take properties, and become alarms', () => {
    const shield = add();
    expect(shield.metric('ProtectedImages', { statistic: 'Average' }).statistic).toBe('Average');
    expect(shield.metricFindings({ period: Duration.days(1) }).period.toDays()).toBe(1);
    shield.metricHoursSinceSuccess().createAlarm(stack, 'Late', { threshold: 24, evaluationPeriods: 2 });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'CdkEcrKeeper/ImageShield',
      MetricName: 'HoursSinceSuccess',
      Period: 21_600,
      Statistic: 'Maximum',
      Dimensions: [{ Name: 'Shield', Value: 'Stack/Shield' }],
    });
  });
});

test('a rule for findings receives only the findings of this shield, with the conditions of the user', () => {
  const topic = new sns.Topic(stack, 'Topic');
  const rule = add({ usedBy: [ImageUse.lambdaFunctions()] }).onFinding('Unprotected', {
    target: new targets.SnsTopic(topic), description: 'Unprotected', eventPattern: { detail: { kind: ['image-archived'] } },
  });
  expect(rule.node.path).toBe('Stack/Shield/Unprotected');
  Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
    Description: 'Unprotected',
    EventPattern: {
      'source': ['cdk-ecr-keeper'],
      'detail-type': ['Image Shield Finding'],
      'detail': { shield: ['Stack/Shield'], kind: ['image-archived'] },
    },
    Targets: [Match.objectLike({ Arn: { Ref: stack.resolve(topic.topicArn).Ref } })],
  });
});

test('the state machine and the bucket can be used by other constructs', () => {
  const shield = add();
  const reader = new s3.Bucket(stack, 'Reader');
  expect(shield.stateBucket.bucketArn).not.toBe(reader.bucketArn);
  expect(stack.resolve(shield.stateMachine.stateMachineArn)).toEqual({ Ref: expect.stringMatching(/^ShieldRunStateMachine/) });
  expect(stack.resolve(shield.stateBucket.bucketName)).toEqual({ Ref: expect.stringMatching(/^ShieldStateBucket/) });
});
