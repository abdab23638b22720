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
  test('returns the status, the reason and, for a nested stack, its ancestors', async () => {
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

  test('returns the last two operations, newest first, and DescribeEvents returns their events', async () => {
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

  test('returns with DescribeEvents only the failed events of all operations', async () => {
    cfn.stack(stackId).status('CREATE_IN_PROGRESS').status('CREATE_COMPLETE')
      .status('DELETE_IN_PROGRESS').resourceEvent('App', 'AWS::X', 'DELETE_FAILED', 'why').status('DELETE_FAILED').passDays(3)
      .status('DELETE_IN_PROGRESS');
    const { OperationEvents = [] } = await client.send(new DescribeEventsCommand({ StackName: stackId, Filters: { FailedEvents: true } }));
    expect(OperationEvents.map(({ LogicalResourceId, ResourceStatus }) => `${LogicalResourceId} ${ResourceStatus}`))
      .toEqual(['app DELETE_FAILED', 'App DELETE_FAILED']);
    expect(OperationEvents[1]).toMatchObject({ ResourceStatusReason: 'why', OperationType: 'DELETE_STACK' });
    expect(Date.now() - OperationEvents[1].Timestamp!.getTime()).toBeGreaterThanOrEqual(3 * 24 * 60 * 60 * 1_000);
  });

  test('returns no operations if the test disables them', async () => {
    cfn.tellsOperations = false;
    cfn.stack(stackId).status('CREATE_IN_PROGRESS');
    expect((await describeStack()).Stacks![0]).not.toHaveProperty('LastOperations');
    await expect(client.send(new DescribeEventsCommand({ StackName: stackId }))).rejects.toMatchObject({ name: 'InvalidAction' });
  });

  test('returns no RootId for a root stack', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE');
    expect((await describeStack()).Stacks![0]).not.toHaveProperty('RootId');
  });

  test('fails for an unknown stack and for a stack without a status', async () => {
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

  test('finds a deleted stack by its id, but not by its name', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE');
    expect((await describeStack('app')).Stacks![0].StackId).toBe(stackId);
    cfn.stack(stackId).status('DELETE_COMPLETE');
    expect((await describeStack()).Stacks![0].StackStatus).toBe('DELETE_COMPLETE');
    await expect(describeStack('app')).rejects.toMatchObject({ name: 'ValidationError' });
    expect((await client.send(new DescribeStacksCommand({}))).Stacks ?? []).toEqual([]);
  });
});

describe('DescribeStackEvents', () => {
  test('returns the newest event first, in pages, and the stack id as the physical id of stack events', async () => {
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

  test('shifts its pages by new events in the other reading', async () => {
    cfn.readings.set('event-pages-stable', 'other');
    const stack = cfn.stack(stackId).status('CREATE_IN_PROGRESS').status('CREATE_COMPLETE').status('UPDATE_IN_PROGRESS')
      .status('UPDATE_COMPLETE');
    const { NextToken } = await client.send(new DescribeStackEventsCommand({ StackName: stackId }));
    stack.status('DELETE_IN_PROGRESS');
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: stackId, NextToken }));
    expect(StackEvents.map(({ ResourceStatus }) => ResourceStatus)).toEqual(['CREATE_COMPLETE', 'CREATE_IN_PROGRESS']);
  });

  test('accepts a token only for its own stack', async () => {
    const other = `${ARN}/other/1`;
    const statuses = ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'UPDATE_COMPLETE'];
    for (const id of [stackId, other]) statuses.forEach(status => cfn.stack(id).status(status));
    const { NextToken } = await client.send(new DescribeStackEventsCommand({ StackName: stackId }));
    await expect(client.send(new DescribeStackEventsCommand({ StackName: other, NextToken })))
      .rejects.toMatchObject({ name: 'ValidationError' });
  });
});

describe('DescribeStackResource', () => {
  const describeResource = (LogicalResourceId: string, StackName = stackId, from = client) =>
    from.send(new DescribeStackResourceCommand({ StackName, LogicalResourceId }));

  test('returns the physical id by the name or the id of the stack', async () => {
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

  test('returns by default a complete resource with the physical id of its events', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE').resource('Repo', { type: 'AWS::ECR::Repository' });
    expect((await describeResource('Repo')).StackResourceDetail)
      .toMatchObject({ PhysicalResourceId: 'app-Repo', ResourceStatus: 'CREATE_COMPLETE' });
  });

  test('finds a removed resource only in a deleted stack', async () => {
    const stack = cfn.stack(stackId).status('UPDATE_COMPLETE').resource('Repo', { type: 'AWS::ECR::Repository' });
    stack.resource('Repo', { type: 'AWS::ECR::Repository', status: 'DELETE_COMPLETE' });
    await expect(describeResource('Repo')).rejects.toMatchObject({ name: 'ValidationError' });
    stack.status('DELETE_COMPLETE');
    expect((await describeResource('Repo')).StackResourceDetail!.ResourceStatus).toBe('DELETE_COMPLETE');
  });

  test('fails with a ValidationError for an unknown resource, an unknown stack, or a missing id', async () => {
    cfn.stack(stackId).status('CREATE_COMPLETE').resource('Repo', { type: 'AWS::ECR::Repository' });
    expect(await errorOf(describeResource('Gone', 'app')))
      .toMatchObject({ name: 'ValidationError', message: 'Resource Gone does not exist for stack app' });
    expect(await errorOf(describeResource('Repo', 'other')))
      .toMatchObject({ name: 'ValidationError', message: 'Stack with id other does not exist' });
    expect((await errorOf(describeResource('', 'app'))).message).toContain("at 'logicalResourceId'");
  });

  test('is authorized by the ARN of the stack', async () => {
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

  test('returns one resource of any type or, with the other reading, all resources of its stack', async () => {
    cfn.stack(stackId).status('UPDATE_COMPLETE').resource('Other', { type: 'Custom::Thing', physicalId: 'team/app' })
      .resource('Repo', repository).resource('Topic', { type: 'AWS::SNS::Topic' });
    expect((await describeResources('team/app')).StackResources).toMatchObject([{
      StackName: 'app', LogicalResourceId: 'Other', ResourceType: 'Custom::Thing', Timestamp: expect.any(Date),
    }]);
    cfn.readings.set('physical-id-one-resource', 'other');
    expect((await describeResources('team/app')).StackResources!.map(({ LogicalResourceId }) => LogicalResourceId))
      .toEqual(['Other', 'Repo', 'Topic']);
  });

  test('finds resources of deleted stacks and resources that were removed from a stack', async () => {
    const stack = cfn.stack(stackId).status('UPDATE_COMPLETE').resource('Repo', { ...repository, status: 'DELETE_SKIPPED' });
    expect((await describeResources('team/app')).StackResources).toMatchObject([{ ResourceStatus: 'DELETE_SKIPPED' }]);
    stack.status('DELETE_COMPLETE');
    expect((await describeResources('team/app')).StackResources).toHaveLength(1);
  });

  test('fails for an unknown id and for a stack in another Region', async () => {
    cfn.stack(stackId.replace('us-east-1', 'eu-west-1')).status('CREATE_COMPLETE').resource('Repo', repository);
    expect(await errorOf(describeResources('team/app')))
      .toMatchObject({ name: 'ValidationError', message: 'Stack for team/app does not exist' });
  });

  test('requires either a physical id or a stack', async () => {
    expect((await errorOf(describeResources())).message).toBe('Either StackName or PhysicalResourceId must be specified.');
    expect(await errorOf(describeResources('team/app', client, 'app'))).toMatchObject({ name: 'ValidationError' });
  });

  test('is authorized on all resources, with the Region as a condition key', async () => {
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

  test('returns all stacks of the Region and account in pages, including deleted and nested stacks', async () => {
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

  test('is authorized on all resources, not on stacks', async () => {
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
  ] as const)('the fault %s results in %s', async (kind, name, httpStatusCode) => {
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

  test('is authorized by the ARN of the stack', async () => {
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

  test('an unsupported operation fails', async () => {
    await expect(client.send(new ListExportsCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' });
  });

  test('with shared principals, a caller that was killed at ECR is also killed here', async () => {
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
