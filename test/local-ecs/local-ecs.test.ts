import {
  DescribeServicesCommand, DescribeTaskDefinitionCommand, DescribeTasksCommand, ECSClient, ListClustersCommand, ListServicesCommand,
  ListTasksCommand, paginateListTasks,
} from '@aws-sdk/client-ecs';
import { LocalEcs } from './local-ecs';
import { clientOf } from './test-client';
import { errorOf } from '../local-ecr/test-client';

const IMAGE = '000000000000.dkr.ecr.us-east-1.amazonaws.com/app:v1';
const DIGEST = `sha256:${'a'.repeat(64)}`;
let ecs: LocalEcs;
let client: ECSClient;

beforeEach(async () => {
  ecs = await LocalEcs.start();
  client = clientOf(ecs);
  ecs.taskDefinition('app', { containers: [IMAGE] });
});

afterEach(async () => {
  client.destroy();
  await ecs.stop();
});

const listTasks = (desiredStatus?: 'RUNNING' | 'PENDING' | 'STOPPED') =>
  client.send(new ListTasksCommand({ cluster: 'main', desiredStatus }));
const describeTask = async (task: string) => (await client.send(new DescribeTasksCommand({ cluster: 'main', tasks: [task] }))).tasks![0];

describe('tasks', () => {
  test('are listed by their desired status, which is RUNNING by default', async () => {
    const main = ecs.cluster('main');
    const running = main.task({ taskDefinition: 'app' });
    const stopping = main.task({ taskDefinition: 'app', desiredStatus: 'STOPPED', lastStatus: 'RUNNING' });
    ecs.cluster('other').task({ taskDefinition: 'app' });
    expect((await listTasks()).taskArns).toEqual([running]);
    expect((await listTasks('STOPPED')).taskArns).toEqual([stopping]);
    expect((await listTasks('PENDING')).taskArns).toEqual([]);
    expect((await describeTask(stopping)).lastStatus).toBe('RUNNING');
  });

  test('contain the image as written, and the digest only after the pull', async () => {
    const main = ecs.cluster('main');
    const pulled = main.task({ taskDefinition: 'app', containers: [{ image: IMAGE, imageDigest: DIGEST }] });
    const pending = main.task({ taskDefinition: 'app:1', lastStatus: 'PENDING' });
    expect(await describeTask(pulled)).toMatchObject({
      taskArn: pulled,
      clusterArn: main.arn,
      taskDefinitionArn: 'arn:aws:ecs:us-east-1:000000000000:task-definition/app:1',
      createdAt: expect.any(Date),
      containers: [{ name: 'container-1', image: IMAGE, imageDigest: DIGEST, lastStatus: 'RUNNING' }],
    });
    expect((await describeTask(pending)).containers).toMatchObject([{ image: IMAGE, lastStatus: 'PENDING' }]);
    expect((await describeTask(pending)).containers![0]).not.toHaveProperty('imageDigest');
  });

  test('that are missing cause failures in a 200 response', async () => {
    const task = ecs.cluster('main').task({ taskDefinition: 'app' });
    const answer = await client.send(new DescribeTasksCommand({ cluster: 'main', tasks: [task.split('/')[2], 'none'] }));
    expect(answer.tasks).toMatchObject([{ taskArn: task }]);
    expect(answer.failures).toEqual([{ arn: 'arn:aws:ecs:us-east-1:000000000000:task/main/none', reason: 'MISSING' }]);
  });

  test('in another cluster are an error', async () => {
    ecs.cluster('main');
    const elsewhere = ecs.cluster('other').task({ taskDefinition: 'app' });
    await expect(client.send(new DescribeTasksCommand({ cluster: 'main', tasks: [elsewhere] }))).rejects.toMatchObject({
      name: 'InvalidParameterException', message: 'Invalid identifier: Identifier is for cluster other. Your cluster is main',
    });
  });

  test('change their status until ECS removes them', async () => {
    const main = ecs.cluster('main');
    const task = main.task({ taskDefinition: 'app' });
    main.changeTask(task, { desiredStatus: 'STOPPED' });
    expect((await listTasks()).taskArns).toEqual([]);
    main.changeTask(task, undefined);
    expect(await describeTask(task)).toBeUndefined();
  });

  test.each([
    [0, 'Tasks cannot be empty.'],
    [101, 'taskIds can have at most 100 items.'],
  ])('cannot be described if a call contains %i of them', async (count, message) => {
    ecs.cluster('main');
    const tasks = Array.from({ length: count }, (_, index) => `task-${index}`);
    expect(await errorOf(client.send(new DescribeTasksCommand({ cluster: 'main', tasks }))))
      .toMatchObject({ name: 'InvalidParameterException', message });
  });
});

describe('services', () => {
  const describeServices = (...services: string[]) => client.send(new DescribeServicesCommand({ cluster: 'main', services }));

  test('have both task definitions during a deployment', async () => {
    const main = ecs.cluster('main');
    const [v1, v2] = ['app:1', ecs.taskDefinition('app', { containers: [IMAGE] })];
    main.service('web', {
      taskDefinition: v2,
      deployments: [{ status: 'PRIMARY', taskDefinition: v2, rolloutState: 'IN_PROGRESS' }, { status: 'ACTIVE', taskDefinition: v1 }],
    });
    const { services } = await describeServices('web');
    expect(services![0]).toMatchObject({
      serviceName: 'web',
      taskDefinition: v2,
      deploymentController: { type: 'ECS' },
      deployments: [{ status: 'PRIMARY', taskDefinition: v2 }, { status: 'ACTIVE', taskDefinition: v2.replace(/2$/, '1') }],
      taskSets: [],
    });
  });

  test('have one deployment or, with task sets, no deployment', async () => {
    const main = ecs.cluster('main');
    main.service('simple', { taskDefinition: 'app' });
    main.service('blue-green', { taskSets: [{ status: 'PRIMARY', taskDefinition: 'app' }] });
    const { services } = await describeServices('simple', 'blue-green');
    expect(services).toMatchObject([
      { deployments: [{ status: 'PRIMARY', rolloutState: 'COMPLETED' }], taskSets: [] },
      {
        deployments: [],
        taskSets: [{ status: 'PRIMARY', taskDefinition: expect.stringMatching(/app:1$/) }],
        deploymentController: { type: 'CODE_DEPLOY' },
      },
    ]);
    expect(services![1]).not.toHaveProperty('taskDefinition');
  });

  test('that are draining or inactive are described, but not listed', async () => {
    const main = ecs.cluster('main');
    const active = main.service('active', { taskDefinition: 'app', desiredCount: 0 });
    const draining = main.service('draining', { taskDefinition: 'app', status: 'DRAINING' });
    expect((await client.send(new ListServicesCommand({ cluster: 'main' }))).serviceArns).toEqual([active]);
    expect(await describeServices('draining', 'none')).toMatchObject({
      services: [{ serviceArn: draining, status: 'DRAINING' }],
      failures: [{ arn: draining.replace('draining', 'none'), reason: 'MISSING' }],
    });
  });

  test('are described in calls with 1 to 10 services', async () => {
    ecs.cluster('main');
    expect((await errorOf(describeServices(...'abcdefghijk'))).message).toBe('service names can have at most 10 items.');
    expect((await errorOf(describeServices())).message).toBe('Services cannot be empty.');
  });
});

describe('task definitions', () => {
  const describeDefinition = async (taskDefinition: string) =>
    (await client.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).taskDefinition!;

  test('are resolved to the latest active revision of a family', async () => {
    const second = ecs.taskDefinition('app', { containers: [{ name: 'web', image: 'web:2' }, 'sidecar:1'] });
    ecs.taskDefinition('app', { containers: ['x'], status: 'INACTIVE' });
    expect(await describeDefinition('app')).toMatchObject({
      taskDefinitionArn: second,
      family: 'app',
      revision: 2,
      containerDefinitions: [{ name: 'web', image: 'web:2' }, { name: 'container-2', image: 'sidecar:1' }],
    });
    expect(await describeDefinition('app:3')).toMatchObject({ status: 'INACTIVE' });
    ecs.changeTaskDefinition(second, 'INACTIVE');
    expect(await describeDefinition('app')).toMatchObject({ revision: 1 });
    expect(await describeDefinition(second)).toMatchObject({ revision: 2, status: 'INACTIVE' });
  });

  test('that are unknown cannot be described', async () => {
    const first = ecs.taskDefinition('gone', { containers: ['x'] });
    ecs.changeTaskDefinition(first);
    for (const reference of ['gone', 'gone:1', first, 'app:2']) {
      expect(await errorOf(describeDefinition(reference)))
        .toMatchObject({ name: 'ClientException', message: 'Unable to describe task definition.' });
    }
    expect(ecs.taskDefinition('gone', { containers: ['x'] })).toMatch(/gone:2$/);
  });
});

describe('paging', () => {
  test('returns 100 tasks or 10 services per page by default, and 1 to 100 on request', async () => {
    const main = ecs.cluster('main');
    for (let count = 0; count < 101; count++) main.task({ taskDefinition: 'app' });
    for (let count = 0; count < 11; count++) main.service(`web-${count}`, { taskDefinition: 'app' });
    expect((await listTasks()).taskArns).toHaveLength(100);
    const listServices = (maxResults?: number) => client.send(new ListServicesCommand({ cluster: 'main', maxResults }));
    expect((await listServices()).serviceArns).toHaveLength(10);
    expect(await listServices(100)).toMatchObject({ serviceArns: { length: 11 } });
    expect((await listServices(100)).nextToken).toBeUndefined();
    for (const outside of [0, 101]) await expect(listServices(outside)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('can return smaller pages, and accepts a token only for its own list', async () => {
    await ecs.stop();
    ecs = await LocalEcs.start({ pageSize: 2 });
    const from = clientOf(ecs);
    ecs.taskDefinition('app', { containers: [IMAGE] });
    const arns = [1, 2, 3].map(() => ecs.cluster('main').task({ taskDefinition: 'app' }));
    ecs.cluster('other');
    const pages = [];
    for await (const { taskArns } of paginateListTasks({ client: from, pageSize: 100 }, { cluster: 'main' })) pages.push(taskArns);
    expect(pages).toEqual([arns.slice(0, 2), arns.slice(2)]);
    const { nextToken } = await from.send(new ListTasksCommand({ cluster: 'main' }));
    await expect(from.send(new ListTasksCommand({ cluster: 'other', nextToken })))
      .rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(from.send(new ListClustersCommand({ nextToken }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});
