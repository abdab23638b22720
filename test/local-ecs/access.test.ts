import {
  CreateClusterCommand, DescribeServiceRevisionsCommand, DescribeServicesCommand, DescribeTaskDefinitionCommand, DescribeTasksCommand,
  ListClustersCommand, ListServicesCommand, ListTasksCommand,
} from '@aws-sdk/client-ecs';
import { LocalEcs } from './local-ecs';
import { clientOf } from './test-client';
import { errorOf } from '../local-ecr/test-client';

const ARN = 'arn:aws:ecs:us-east-1:000000000000';
let ecs: LocalEcs;

beforeEach(async () => {
  ecs = await LocalEcs.start();
  ecs.taskDefinition('app', { containers: ['app:1'] });
});

afterEach(() => ecs.stop());

test('accounts and Regions are separate', async () => {
  const there = { account: '111122223333', region: 'eu-west-1' };
  ecs.taskDefinition('app', { containers: ['app:1'] }, there);
  const away = ecs.cluster('main', there);
  const task = away.task({ taskDefinition: 'app' });
  ecs.principal('stranger', { account: there.account });
  const stranger = clientOf(ecs, 'stranger', { region: there.region });
  expect((await stranger.send(new ListClustersCommand({}))).clusterArns).toEqual([away.arn]);
  expect((await stranger.send(new ListTasksCommand({ cluster: 'main' }))).taskArns).toEqual([task]);
  for (const other of [clientOf(ecs, 'stranger'), clientOf(ecs, 'test', { region: there.region })]) {
    expect((await other.send(new ListClustersCommand({}))).clusterArns).toEqual([]);
    expect(await errorOf(other.send(new ListTasksCommand({ cluster: 'main' }))))
      .toMatchObject({ name: 'ClusterNotFoundException', message: 'Cluster not found.' });
  }
  expect(await errorOf(clientOf(ecs, 'test', { region: there.region }).send(new ListTasksCommand({ cluster: away.arn }))))
    .toMatchObject({ name: 'ClusterNotFoundException' });
});

test('an ARN of another Region is an error in every call', async () => {
  const there = 'arn:aws:ecs:eu-west-1:000000000000';
  const client = clientOf(ecs);
  ecs.cluster('main');
  for (const command of [
    new ListTasksCommand({ cluster: `${there}:cluster/main` }),
    new DescribeTasksCommand({ cluster: 'main', tasks: [`${there}:task/main/1`] }),
    new DescribeServiceRevisionsCommand({ serviceRevisionArns: [`${there}:service-revision/main/web/1`] }),
    new DescribeTaskDefinitionCommand({ taskDefinition: `${there}:task-definition/app:1` }),
  ]) {
    expect(await errorOf(client.send(command as ListTasksCommand)))
      .toMatchObject({ name: 'InvalidParameterException', message: 'Invalid Region in ARN' });
  }
});

test('a missing cluster is not found, including the default cluster and a deleted cluster', async () => {
  ecs.cluster('main');
  ecs.deleteCluster('main');
  const client = clientOf(ecs);
  for (const command of [
    new ListTasksCommand({}), new ListServicesCommand({ cluster: 'main' }),
    new DescribeServicesCommand({ cluster: 'main', services: ['web'] }),
  ]) {
    await expect(client.send(command as ListTasksCommand)).rejects.toMatchObject({ name: 'ClusterNotFoundException' });
  }
  ecs.cluster().task({ taskDefinition: 'app' });
  expect((await client.send(new ListTasksCommand({}))).taskArns).toHaveLength(1);
});

test('calls are authorized on tasks and services, or otherwise on all resources', async () => {
  const main = ecs.cluster('main');
  const [task, service] = [main.task({ taskDefinition: 'app' }), main.service('web', { taskDefinition: 'app' })];
  const otherTask = ecs.cluster('other').task({ taskDefinition: 'app' });
  ecs.principal('role', {
    policy: [
      { Effect: 'Allow', Action: ['ecs:DescribeTasks'], Resource: `${ARN}:task/main/*` },
      { Effect: 'Allow', Action: ['ecs:DescribeServices'], Resource: `${ARN}:service/main/*` },
      {
        Effect: 'Allow',
        Action: ['ecs:ListTasks', 'ecs:ListServices'],
        Resource: '*',
        Condition: { ArnEquals: { 'ecs:cluster': main.arn } },
      },
      { Effect: 'Allow', Action: ['ecs:DescribeTaskDefinition'], Resource: `${ARN}:task-definition/app:1` },
    ],
  });
  const role = clientOf(ecs, 'role');
  await role.send(new DescribeTasksCommand({ cluster: 'main', tasks: [task] }));
  await role.send(new DescribeServicesCommand({ cluster: 'main', services: [service, 'absent'] }));
  await role.send(new ListTasksCommand({ cluster: 'main' }));
  await role.send(new ListServicesCommand({ cluster: main.arn }));
  for (const call of [
    role.send(new DescribeTasksCommand({ cluster: 'other', tasks: [otherTask] })),
    role.send(new DescribeServicesCommand({ cluster: 'other', services: ['web'] })),
    role.send(new ListTasksCommand({ cluster: 'other' })),
    role.send(new ListTasksCommand({ cluster: 'absent' })),
    role.send(new ListClustersCommand({})),
    role.send(new DescribeTaskDefinitionCommand({ taskDefinition: 'app:1' })),
  ]) {
    await expect(call).rejects.toMatchObject({
      name: 'AccessDeniedException', message: expect.stringContaining('not authorized to perform: ecs:'),
    });
  }
  expect(ecs.granted('role').map(grant => grant.action))
    .toEqual(['ecs:DescribeTasks', 'ecs:DescribeServices', 'ecs:ListTasks', 'ecs:ListServices']);
});

test('faults, retries, rate limits, and the log work as in the other fakes', async () => {
  const client = clientOf(ecs, 'test', { maxAttempts: 2 });
  ecs.faults.add({ kind: 'throttle', operation: 'ListClusters' });
  await client.send(new ListClustersCommand({}));
  expect(ecs.calls.map(call => call.outcome)).toEqual(['ThrottlingException', 'ok']);
  ecs.faults.add({ kind: 'killAfter' });
  expect((await errorOf(clientOf(ecs).send(new ListClustersCommand({})))).message).toContain('socket hang up');
  expect(ecs.principals.isDead('test')).toBe(true);
  ecs.revive('test');
  ecs.limitRate({ operation: 'ListClusters', perSecond: 0.001 });
  await clientOf(ecs).send(new ListClustersCommand({}));
  await expect(clientOf(ecs).send(new ListClustersCommand({}))).rejects.toMatchObject({ name: 'ThrottlingException' });
});

test('unsupported input causes an error and is never ignored', async () => {
  ecs.cluster('main');
  const client = clientOf(ecs);
  await expect(client.send(new CreateClusterCommand({}))).rejects.toMatchObject({ name: 'UnknownOperationException' });
  const filtered = await errorOf(client.send(new ListTasksCommand({ cluster: 'main', family: 'app' })));
  expect(filtered).toMatchObject({ name: 'LocalServiceDefect', message: expect.stringContaining('family of ListTasks is not modelled') });
});
