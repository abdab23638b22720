import {
  CloudFormationClient, DescribeEventsCommand, DescribeStackEventsCommand, DescribeStackResourceCommand,
  DescribeStackResourcesCommand, DescribeStacksCommand, ListExportsCommand, paginateListStacks, StackEvent, StackSummary,
} from '@aws-sdk/client-cloudformation';
import { DeleteRepositoryCommand } from '@aws-sdk/client-ecr';
import { LocalCloudFormation } from './local-cloudformation';
import { LocalEcr } from '../local-ecr/local-ecr';
import { clientOf as ecrClientOf, errorOf } from '../local-ecr/test-client';

const ARN = 'arn:aws:cloudformation:us-east-1:000000000000:stack';
const stackId = `${ARN}/app/11111111-2222-3333-4444-555555555555`;
let cfn: LocalCloudFormation;
let client: CloudFormationClient;

const clientOf = (accessKeyId = 'test', maxAttempts = 1) => new CloudFormationClient({
  endpoint: cfn.endpoint, region: 'us-east-1', maxAttempts, credentials: { accessKeyId, secretAccessKey: 'test' },
});

beforeEach(async () => {
  cfn = await LocalCloudFormation.start({ pageSize: 3 });
  client = clientOf();
});

afterEach(async () => {
  client.destroy();
  await cfn.stop();
});

const describeStack = (StackName = stackId) => client.send(new DescribeStacksCommand({ StackName }));

describe('DescribeStacks', () => {
  test('answers status, reason and, for a nested stack, its ancestors', async () => {
    const rootId = `${ARN}/root/1`;
    const parentId = `${ARN}/parent/2`;
    cfn.stack(stackId, { rootId, parentId }).status('DELETE_FAILED', 'a < b & "c"');
    expect((await describeStack()).Stacks).toEqual([{
      StackId: stackId,
      StackName: 'app',
      CreationTime: new Date('2026-01-01T00:00:00Z'),
      StackStatus: 'DELETE_FAILED',
      StackStatusReason: 'a < b & "c"',
      DisableRollback: false,
      RootId: rootId,
      ParentId: parentId,
      LastOperations: [],
    }]);
  });

  test('answers the last two operations, the newest first, whose events DescribeEvents has', async () => {
    cfn.stack(stackId).status('CREATE_IN_PROGRESS').status('CREATE_COMPLETE').status('UPDATE_IN_PROGRESS').status('UPDATE_COMPLETE')
      .status('DELETE_IN_PROGRESS').resourceEvent('App', 'AWS::X', 'DELETE_IN_PROGRESS');
    const { LastOperations = [] } = (await describeStack()).Stacks![0];
    expect(LastOperations.map(({ OperationType }) => OperationType)).toEqual(['DELETE_STACK', 'UPDATE_STACK']);
    const [, { OperationId }] = LastOperations;
    const { OperationEvents = [] } = await client.send(new DescribeEventsCommand({ StackName: stackId, OperationId }));
    expect(OperationEvents.map(({ ResourceStatus }) => ResourceStatus)).toEqual(['UPDATE_COMPLETE', 'UPDATE_IN_PROGRESS']);
    await expect(client.send(new DescribeEventsCommand({ StackName: stackId, OperationId: 'unknown' })))
      .rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('DescribeEvents filters what failed, in all operations of a stack', async () => {
    cfn.stack(stackId).status('CREATE_IN_PROGRESS').status('CREATE_COMPLETE')
      .status('DELETE_IN_PROGRESS').resourceEvent('App', 'AWS::X', 'DELETE_FAILED', 'why').status('DELETE_FAILED').passDays(3)
      .status('DELETE_IN_PROGRESS');
    const { OperationEvents = [] } = await client.send(new DescribeEventsCommand({ StackName: stackId, Filters: { FailedEvents: true } }));
    expect(OperationEvents.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`))
      .toEqual(['app DELETE_FAILED', 'App DELETE_FAILED']);
    expect(OperationEvents[1]).toMatchObject({ ResourceStatusReason: 'why', OperationType: 'DELETE_STACK' });
    expect(Date.now() - OperationEvents[1].Timestamp!.getTime()).toBeGreaterThanOrEqual(3 * 24 * 60 * 60 * 1_000);
  });

  test('tells no operations where a test says so', async () => {
    cfn.tellsOperations = false;
    cfn.stack(stackId).status('CREATE_IN_PROGRESS');
    expect((await describeStack()).Stacks![0]).not.toHaveProperty('LastOperations');
    await expect(client.send(new DescribeEventsCommand({ StackName: stackId }))).rejects.toMatchObject({ name: 'InvalidAction' });
  });

  test('a root stack has no RootId', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE');
    expect((await describeStack()).Stacks![0]).not.toHaveProperty('RootId');
  });

  test('a stack without a status, or unknown, does not exist', async () => {
    cfn.stack(stackId);
    expect(await errorOf(describeStack())).toMatchObject({
      name: 'ValidationError', message: `Stack with id ${stackId} does not exist`, $metadata: { httpStatusCode: 400 },
    });
    cfn.stack(stackId).status('CREATE_IN_PROGRESS');
    const elsewhere = new CloudFormationClient({
      endpoint: cfn.endpoint, region: 'eu-west-1', maxAttempts: 1, credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    await expect(elsewhere.send(new DescribeStacksCommand({ StackName: stackId }))).rejects.toMatchObject({ name: 'ValidationError' });
  });

  test('a deleted stack is found by its id, no longer by its name', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE');
    expect((await describeStack('app')).Stacks![0].StackId).toBe(stackId);
    cfn.stack(stackId).status('DELETE_COMPLETE');
    expect((await describeStack()).Stacks![0].StackStatus).toBe('DELETE_COMPLETE');
    await expect(describeStack('app')).rejects.toMatchObject({ name: 'ValidationError' });
    expect((await client.send(new DescribeStacksCommand({}))).Stacks ?? []).toEqual([]);
  });
});

describe('DescribeStackEvents', () => {
  test('newest first, in pages; stack-level events carry the stack id as their physical id', async () => {
    const stack = cfn.stack(stackId).status('CREATE_IN_PROGRESS').resourceEvent('Repo', 'AWS::ECR::Repository', 'CREATE_COMPLETE');
    stack.status('CREATE_COMPLETE').status('DELETE_IN_PROGRESS', 'User Initiated');
    const first = await client.send(new DescribeStackEventsCommand({ StackName: stackId }));
    stack.resourceEvent('Repo', 'AWS::ECR::Repository', 'DELETE_IN_PROGRESS');
    const second = await client.send(new DescribeStackEventsCommand({ StackName: stackId, NextToken: first.NextToken }));
    const show = (events?: StackEvent[]) => events!.map(event => `${event.LogicalResourceId} ${event.ResourceStatus}`);
    expect(show(first.StackEvents)).toEqual(['app DELETE_IN_PROGRESS', 'app CREATE_COMPLETE', 'Repo CREATE_COMPLETE']);
    expect(show(second.StackEvents)).toEqual(['app CREATE_IN_PROGRESS']);
    expect(second.NextToken).toBeUndefined();
    expect(first.StackEvents![0]).toMatchObject({
      StackId: stackId,
      StackName: 'app',
      PhysicalResourceId: stackId,
      ResourceType: 'AWS::CloudFormation::Stack',
      ResourceStatusReason: 'User Initiated',
      Timestamp: expect.any(Date),
      EventId: expect.any(String),
    });
  });

  test('a token is good for its own stack only', async () => {
    const other = `${ARN}/other/1`;
    for (const id of [stackId, other]) ['A', 'B', 'C', 'D'].forEach(status => cfn.stack(id).status(status));
    const { NextToken } = await client.send(new DescribeStackEventsCommand({ StackName: stackId }));
    await expect(client.send(new DescribeStackEventsCommand({ StackName: other, NextToken })))
      .rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('DescribeStackResource', () => {
  const describeResource = (LogicalResourceId: string, StackName = stackId, from = client) =>
    from.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId }));

  test('answers the physical id, by the name or the id of the stack', async () => {
    cfn.stack(stackId).status('UPDATE_COMPLETE')
      .resource('Cluster', { physicalId: 'app-Cluster-x1', type: 'AWS::ECS::Cluster', status: 'UPDATE_FAILED', reason: 'because' });
    const { StackResourceDetail: detail } = await describeResource('Cluster');
    expect(detail).toMatchObject({
      StackId: stackId,
      StackName: 'app',
      LogicalResourceId: 'Cluster',
      PhysicalResourceId: 'app-Cluster-x1',
      ResourceType: 'AWS::ECS::Cluster',
      ResourceStatus: 'UPDATE_FAILED',
      ResourceStatusReason: 'because',
      LastUpdatedTimestamp: expect.any(Date),
    });
    expect((await describeResource('Cluster', 'app')).StackResourceDetail).toEqual(detail);
  });

  test('without more it is complete, and named as in the events', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE').resource('Repo', { type: 'AWS::ECR::Repository' });
    expect((await describeResource('Repo')).StackResourceDetail)
      .toMatchObject({ PhysicalResourceId: 'app-Repo', ResourceStatus: 'CREATE_COMPLETE' });
  });

  test('a removed one does not exist in a stack that lives, and is found in a deleted stack', async () => {
    const stack = cfn.stack(stackId).status('UPDATE_COMPLETE').resource('Repo', { type: 'AWS::ECR::Repository' });
    stack.resource('Repo', { type: 'AWS::ECR::Repository', status: 'DELETE_COMPLETE' });
    await expect(describeResource('Repo')).rejects.toMatchObject({ name: 'ValidationError' });
    stack.status('DELETE_COMPLETE');
    expect((await describeResource('Repo')).StackResourceDetail!.ResourceStatus).toBe('DELETE_COMPLETE');
  });

  test('an unknown resource, an unknown stack and no id at all are validation errors', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE').resource('Repo', { type: 'AWS::ECR::Repository' });
    expect(await errorOf(describeResource('Gone', 'app')))
      .toMatchObject({ name: 'ValidationError', message: 'Resource Gone does not exist for stack app' });
    expect(await errorOf(describeResource('Repo', 'other')))
      .toMatchObject({ name: 'ValidationError', message: 'Stack with id other does not exist' });
    expect((await errorOf(describeResource('', 'app'))).message).toContain("at 'logicalResourceId'");
  });

  test('IAM is asked on the ARN of the stack', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE').resource('Repo', { type: 'AWS::ECR::Repository' });
    const role = clientOf('role');
    cfn.principal('role', { policy: [{ Effect: 'Allow', Action: 'cloudformation:DescribeStackResource', Resource: `${ARN}/app/*` }] });
    await describeResource('Repo', 'app', role);
    await describeResource('Repo', stackId, role);
    await expect(describeResource('Repo', `${ARN}/other/1`, role)).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(role.send(new DescribeStacksCommand({ StackName: stackId }))).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('DescribeStackResources, by physical id', () => {
  const describeResources = (PhysicalResourceId?: string, from = client, StackName?: string) =>
    from.send(new DescribeStackResourcesCommand({ PhysicalResourceId, StackName }));
  const repository = { type: 'AWS::ECR::Repository', physicalId: 'team/app' };

  test('answers one resource of whatever type, or with the other reading all of its stack', async () => {
    cfn.stack(stackId).status('UPDATE_COMPLETE').resource('Other', { type: 'Custom::Thing', physicalId: 'team/app' })
      .resource('Repo', repository).resource('Topic', { type: 'AWS::SNS::Topic' });
    expect((await describeResources('team/app')).StackResources).toMatchObject([{
      StackName: 'app', LogicalResourceId: 'Other', ResourceType: 'Custom::Thing', Timestamp: expect.any(Date),
    }]);
    cfn.describesWholeStack = true;
    expect((await describeResources('team/app')).StackResources!.map(({ LogicalResourceId }) => LogicalResourceId))
      .toEqual(['Other', 'Repo', 'Topic']);
  });

  test('knows resources of deleted stacks, and those that left a stack', async () => {
    const stack = cfn.stack(stackId).status('UPDATE_COMPLETE').resource('Repo', { ...repository, status: 'DELETE_SKIPPED' });
    expect((await describeResources('team/app')).StackResources).toMatchObject([{ ResourceStatus: 'DELETE_SKIPPED' }]);
    stack.status('DELETE_COMPLETE');
    expect((await describeResources('team/app')).StackResources).toHaveLength(1);
  });

  test('says that the stack for an unknown one does not exist, also where the stack is in another Region', async () => {
    cfn.stack(stackId.replace('us-east-1', 'eu-west-1')).status('CREATE_COMPLETE').resource('Repo', repository);
    expect(await errorOf(describeResources('team/app')))
      .toMatchObject({ name: 'ValidationError', message: 'Stack for team/app does not exist' });
  });

  test('wants either a physical id or a stack', async () => {
    expect((await errorOf(describeResources())).message).toBe('Either StackName or PhysicalResourceId must be specified.');
    expect(await errorOf(describeResources('team/app', client, 'app'))).toMatchObject({ name: 'ValidationError' });
  });

  test('IAM is asked on every resource, and knows the Region', async () => {
    const allow = (Resource: string, region = 'us-east-1') => cfn.principal('role', {
      policy: [{
        Effect: 'Allow',
        Action: 'cloudformation:DescribeStackResources',
        Resource,
        Condition: { StringEquals: { 'aws:RequestedRegion': region } },
      }],
    });
    const nameOfError = async () => (await errorOf(describeResources('team/app', clientOf('role')))).name;
    allow(`${ARN}/*`);
    expect(await nameOfError()).toBe('AccessDenied');
    allow('*', 'eu-west-1');
    expect(await nameOfError()).toBe('AccessDenied');
    allow('*');
    expect(await nameOfError()).toBe('ValidationError');
  });
});

describe('ListStacks', () => {
  const listAll = async (from = client) => {
    const summaries = new Array<StackSummary>();
    for await (const page of paginateListStacks({ client: from }, {})) summaries.push(...page.StackSummaries ?? []);
    return summaries;
  };

  test('answers every stack of the Region and account, deleted ones and the root of nested ones too, page by page', async () => {
    for (const number of [1, 2, 3, 4]) cfn.stack(`${ARN}/s${number}/${number}`).status('CREATE_COMPLETE');
    cfn.stack(`${ARN}/s4/4`).status('DELETE_COMPLETE');
    cfn.stack(`${ARN}/nested/5`, { rootId: `${ARN}/s1/1`, parentId: `${ARN}/s2/2` }).status('UPDATE_COMPLETE');
    cfn.stack(`${ARN.replace('us-east-1', 'eu-west-1')}/elsewhere/6`).status('CREATE_COMPLETE');
    cfn.stack(`${ARN}/planned/7`);
    const summaries = await listAll();
    expect(summaries.map(({ StackName, StackStatus }) => [StackName, StackStatus])).toEqual([
      ['nested', 'UPDATE_COMPLETE'], ['s4', 'DELETE_COMPLETE'], ['s3', 'CREATE_COMPLETE'], ['s2', 'CREATE_COMPLETE'],
      ['s1', 'CREATE_COMPLETE'],
    ]);
    expect(summaries[0]).toMatchObject({ StackId: `${ARN}/nested/5`, RootId: `${ARN}/s1/1`, ParentId: `${ARN}/s2/2` });
    expect(cfn.calls.map(({ operation }) => operation)).toEqual(['ListStacks', 'ListStacks']);
  });

  test('is permitted on all resources, not on stacks', async () => {
    const allow = (Resource: string) => cfn.principal('role', {
      policy: [{ Effect: 'Allow', Action: 'cloudformation:ListStacks', Resource }],
    });
    allow(`${ARN}/*`);
    expect(await errorOf(listAll(clientOf('role')))).toMatchObject({ name: 'AccessDenied' });
    allow('*');
    expect(await listAll(clientOf('role'))).toEqual([]);
  });
});

describe('control', () => {
  test.each([
    ['throttle', 'Throttling', 400],
    ['serverError', 'InternalFailure', 500],
    ['accessDenied', 'AccessDenied', 403],
  ] as const)('%s is %s here', async (kind, name, httpStatusCode) => {
    cfn.stack(stackId).status('CREATE_COMPLETE');
    cfn.faults.add({ kind });
    expect(await errorOf(describeStack())).toMatchObject({ name, $metadata: { httpStatusCode } });
    expect((await describeStack()).Stacks).toHaveLength(1);
  });

  test('the SDK retries throttling', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE');
    cfn.faults.add({ kind: 'throttle' });
    await clientOf('test', 2).send(new DescribeStacksCommand({ StackName: stackId }));
    expect(cfn.calls.map(call => call.outcome)).toEqual(['ThrottlingException', 'ok']);
  });

  test('IAM is asked on the ARN of the stack', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE');
    const role = clientOf('role');
    cfn.principal('role', { policy: [{ Effect: 'Allow', Action: 'cloudformation:DescribeStacks', Resource: `${ARN}/app/*` }] });
    await role.send(new DescribeStacksCommand({ StackName: stackId }));
    await role.send(new DescribeStacksCommand({ StackName: 'app' }));
    for (const call of [
      role.send(new DescribeStacksCommand({ StackName: `${ARN}/other/1` })),
      role.send(new DescribeStacksCommand({})),
      role.send(new DescribeStackEventsCommand({ StackName: stackId })),
    ]) {
      await expect(call).rejects.toMatchObject({
        name: 'AccessDenied', message: expect.stringContaining('because no identity-based policy allows the cloudformation:'),
      });
    }
    expect(cfn.granted('role')).toMatchObject([{ statementIndex: 0, action: 'cloudformation:DescribeStacks' }]);
  });

  test('what is not modelled is refused', async () => {
    await expect(client.send(new ListExportsCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' });
  });

  test('with shared principals a process that died at ECR is dead here too', async () => {
    const ecr = await LocalEcr.start({ principals: cfn.principals });
    cfn.stack(stackId).status('DELETE_IN_PROGRESS');
    ecr.seed({ repositoryName: 'app' });
    ecr.faults.add({ kind: 'killAfter' });
    await errorOf(ecrClientOf(ecr).send(new DeleteRepositoryCommand({ repositoryName: 'app' })));
    expect((await errorOf(describeStack())).message).toContain('socket hang up');
    cfn.revive('test');
    expect((await describeStack()).Stacks).toHaveLength(1);
    expect(ecr.repository('app').exists).toBe(false);
    await ecr.stop();
  });
});
