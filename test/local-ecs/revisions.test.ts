import { DescribeServiceRevisionsCommand, DescribeServicesCommand, ECSClient, ListTaskDefinitionsCommand } from '@aws-sdk/client-ecs';
import { LocalEcs } from './local-ecs';
import { clientOf } from './test-client';
import { errorOf } from '../local-ecr/test-client';

const DIGEST = `sha256:${'a'.repeat(64)}`;
let ecs: LocalEcs;
let client: ECSClient;

beforeEach(async () => {
  ecs = await LocalEcs.start({ pageSize: 2 });
  client = clientOf(ecs);
  ecs.taskDefinition('app', { containers: ['app:v1', 'proxy:v1'] });
});

afterEach(async () => {
  client.destroy();
  await ecs.stop();
});

const describeRevisions = (serviceRevisionArns: string[], from = client) =>
  from.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns }));
const revisionsOf = async (service: string) => {
  const { services } = await client.send(new DescribeServicesCommand({ cluster: 'main', services: [service] }));
  return services![0].currentServiceRevisions?.map(({ arn }) => arn!);
};

describe('service revisions', () => {
  test('contain the images of the task definition, with the digests that ECS resolved', async () => {
    ecs.cluster('main').service('web', {
      taskDefinition: 'app',
      revisions: [{ taskDefinition: 'app', containerImages: [{ image: 'app:v1', imageDigest: DIGEST }, { image: 'proxy:v1' }] }],
    });
    const [arn] = (await revisionsOf('web'))!;
    expect(arn).toMatch(/^arn:aws:ecs:us-east-1:000000000000:service-revision\/main\/web\/\d+$/);
    expect(await describeRevisions([arn, `${arn}0`])).toMatchObject({
      serviceRevisions: [{
        serviceRevisionArn: arn,
        serviceArn: 'arn:aws:ecs:us-east-1:000000000000:service/main/web',
        clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/main',
        taskDefinition: 'arn:aws:ecs:us-east-1:000000000000:task-definition/app:1',
        containerImages: [{ containerName: 'container-1', image: 'app:v1', imageDigest: DIGEST }, { image: 'proxy:v1' }],
      }],
      failures: [{ arn: `${arn}0`, reason: 'MISSING' }],
    });
  });

  test('do not exist for a service from before October 25, 2024', async () => {
    ecs.cluster('main').service('old', { taskDefinition: 'app' });
    expect(await revisionsOf('old')).toBeUndefined();
  });

  test('cannot be described for an inactive service, nor more than 20 at once, nor none', async () => {
    const revisions = [{ taskDefinition: 'app' }];
    ecs.cluster('main').service('web', { taskDefinition: 'app', revisions, status: 'INACTIVE' });
    const [arn] = (await revisionsOf('web'))!;
    expect(await errorOf(describeRevisions([arn]))).toMatchObject({
      name: 'InvalidParameterException', message: 'Cannot call DescribeServiceRevisions for a service that is INACTIVE',
    });
    await expect(describeRevisions(Array.from({ length: 21 }, () => arn))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(describeRevisions([])).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('are authorized on the service and on the revision', async () => {
    ecs.cluster('main').service('web', { taskDefinition: 'app', revisions: [{ taskDefinition: 'app' }] });
    const arns = (await revisionsOf('web'))!;
    const allow = (...types: string[]) => ecs.principal('role', {
      policy: [{
        Effect: 'Allow',
        Action: 'ecs:DescribeServiceRevisions',
        Resource: types.map(type => `arn:aws:ecs:us-east-1:000000000000:${type}/*`),
        Condition: { ArnLike: { 'ecs:cluster': 'arn:aws:ecs:us-east-1:000000000000:cluster/main' } },
      }],
    });
    const role = clientOf(ecs, 'role');
    for (const type of ['service', 'service-revision']) {
      allow(type);
      await expect(describeRevisions(arns, role)).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
    allow('service', 'service-revision');
    expect((await describeRevisions(arns, role)).serviceRevisions).toHaveLength(1);
    await expect(describeRevisions([arns[0].replace('/main/', '/other/')], role)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

test('task definitions are listed by family and status, in pages, the newest first on request', async () => {
  const [, second, third] = [1, 2, 3].map(nth => ecs.taskDefinition('web', { containers: [`web:${nth}`] }));
  ecs.taskDefinition('web-worker', { containers: ['worker'] });
  ecs.taskDefinition('web', { containers: ['there'] }, { region: 'eu-west-1' });
  ecs.changeTaskDefinition(second, 'INACTIVE');
  const list = (input: object) => client.send(new ListTaskDefinitionsCommand(input));
  const first = 'arn:aws:ecs:us-east-1:000000000000:task-definition/web:1';
  expect((await list({ familyPrefix: 'web' })).taskDefinitionArns).toEqual([first, third]);
  expect((await list({ familyPrefix: 'web', sort: 'DESC' })).taskDefinitionArns).toEqual([third, first]);
  expect((await list({ familyPrefix: 'web', status: 'INACTIVE' })).taskDefinitionArns).toEqual([second]);
  const page = await list({ familyPrefix: 'web', sort: 'DESC', maxResults: 1 });
  expect(page.taskDefinitionArns).toEqual([third]);
  const { taskDefinitionArns } = await list({ familyPrefix: 'web', sort: 'DESC', nextToken: page.nextToken });
  expect(taskDefinitionArns).toEqual([first]);
  expect((await list({})).taskDefinitionArns).toEqual(['arn:aws:ecs:us-east-1:000000000000:task-definition/app:1', first]);
});
