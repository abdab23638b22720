import { checkUses, digests, startWithImages, tagOf, uri } from './use-scene';
import { EcsImageUseOptions, ImageUse } from '../../../src';
import { account } from '../handler-scene';

startWithImages();

const register = (family: string, ...containers: string[]) => account.ecs.taskDefinition(family, { containers });
const operations = (name: string) => account.ecs.calls.filter(({ operation }) => operation === name);
const check = (options: EcsImageUseOptions = {}) => checkUses(() => ImageUse.ecs(options));

describe('the digest that a service has pinned', () => {
  test('is in use while the tag has moved to an image that is not', async () => {
    const image = uri(':stable');
    const taskDefinition = register('web', image, 'nginx');
    const containerImages = [{ image, imageDigest: digests[0] }, { image: 'nginx' }];
    account.ecs.cluster('shop').service('web', { taskDefinition, revisions: [{ taskDefinition, containerImages }] });
    expect(await check()).toMatch(/images in use: 1 image \(\S+ in use by ECS service shop\/web by rule 1\)/);
  });

  test('is in use instead of the image that has the tag now', async () => {
    const image = uri(`:${tagOf(0)}`);
    const taskDefinition = register('web', image);
    account.ecs.cluster('shop').service('web', {
      taskDefinition, revisions: [{ taskDefinition, containerImages: [{ image, imageDigest: digests[8] }] }],
    });
    expect(await check()).toBe('passes');
  });

  test('is read for more services than fit in one call', async () => {
    for (let nth = 0; nth < 23; nth++) {
      const image = uri(':stable');
      const taskDefinition = register(`web-${nth}`, image);
      account.ecs.cluster('shop').service(`web-${nth}`, {
        taskDefinition, revisions: [{ taskDefinition, containerImages: [{ image, imageDigest: digests[nth === 22 ? 0 : 8] }] }],
      });
    }
    expect(await check()).toMatch(/in use by ECS service shop\/web-22 by rule 1/);
    expect(operations('DescribeServiceRevisions').map(({ input }) => (input.serviceRevisionArns as string[]).length)).toEqual([20, 3]);
  });
});

describe('the tag of a task definition is in use', () => {
  /** A service whose tag is that of the oldest image, and whose revisions say otherwise. */
  const service = (revisions: Array<{ imageDigest?: string }>, prepare: (revisionArns: string[]) => void = () => undefined) => {
    const image = uri(`:${tagOf(0)}`);
    const taskDefinition = register('web', image);
    const cluster = account.ecs.cluster('shop');
    cluster.service('web', {
      taskDefinition, revisions: revisions.map(revision => ({ taskDefinition, containerImages: [{ image, ...revision }] })),
    });
    prepare([...cluster.revisions.keys()]);
  };
  const byTag = /in use by ECS service shop\/web by rule 1/;

  test('if the service has no revisions, which are then not read', async () => {
    service([]);
    expect(await check()).toMatch(byTag);
    expect(operations('DescribeServiceRevisions')).toEqual([]);
  });

  test('before ECS has resolved it to a digest', async () => {
    service([{}]);
    expect(await check()).toMatch(byTag);
  });

  test('if the digest of only one of two revisions is known', async () => {
    service([{ imageDigest: digests[8] }, {}]);
    expect(await check()).toMatch(byTag);
  });

  test.each(['assumed', 'other'] as const)('if one of two revisions cannot be described, as before October 25, 2024'
    + ' (ecs-revision-missing: %s)', async reading => {
    account.readings.set('ecs-revision-missing', reading);
    service([{ imageDigest: digests[8] }, { imageDigest: digests[8] }], ([old]) => account.ecs.cluster('shop').revisions.delete(old));
    expect(await check()).toMatch(byTag);
  });

  test('if the revisions are of another task definition', async () => {
    const image = uri(`:${tagOf(0)}`);
    const [old, taskDefinition] = [register('web', image), register('web', image)];
    account.ecs.cluster('shop').service('web', {
      taskDefinition, revisions: [{ taskDefinition: old, containerImages: [{ image, imageDigest: digests[8] }] }],
    });
    expect(await check()).toMatch(byTag);
  });
});

test('a service that is deleted while it is read does not hide the digests of others', async () => {
  const image = uri(':stable');
  const cluster = account.ecs.cluster('shop');
  for (const name of ['one', 'two']) {
    const taskDefinition = register(name, image);
    const containerImages = [{ image, imageDigest: digests[name === 'two' ? 0 : 8] }];
    cluster.service(name, { taskDefinition, revisions: [{ taskDefinition, containerImages }] });
  }
  account.ecs.onCall = ({ operation }) => {
    if (operation !== 'DescribeServices') return;
    const [[arn, gone]] = cluster.services;
    cluster.services.set(arn, { ...gone, status: 'INACTIVE' });
  };
  expect(await check()).toMatch(/in use by ECS service shop\/two by rule 1/);
});

test('revisions that cannot be read are a refusal', async () => {
  const taskDefinition = register('web', uri(':stable'));
  account.ecs.cluster('shop').service('web', { taskDefinition, revisions: [{ taskDefinition }] });
  account.ecs.faults.add({ kind: 'accessDenied', operation: 'DescribeServiceRevisions', times: Infinity });
  expect(await check()).toMatch(/^Repository 'team\/app': its images may be in use, .* in Amazon ECS\. .*ecs:DescribeServiceRevisions/s);
});

test('throttled calls are repeated', async () => {
  const image = uri(':stable');
  const taskDefinition = register('web', image);
  account.ecs.cluster('shop').service('web', {
    taskDefinition, revisions: [{ taskDefinition, containerImages: [{ image, imageDigest: digests[0] }] }],
  });
  for (const operation of ['DescribeServiceRevisions', 'ListTaskDefinitions']) {
    account.ecs.faults.add({ kind: 'throttle', operation, times: 5 });
  }
  expect(await check({ newestTaskDefinitions: 1 })).toMatch(/in use by ECS service shop\/web by rule 1/);
});

describe('the newest revisions of a task definition family', () => {
  test('are in use as many as are named, if a task uses the family', async () => {
    const [, older, , newest] = [0, 1, 2, 3].map(nth => register('web', uri(`:${tagOf(nth)}`)));
    account.ecs.changeTaskDefinition(older, 'INACTIVE');
    account.ecs.cluster('shop').task({ taskDefinition: newest, containers: [{ image: 'nginx' }] });
    expect(await check()).toBe('passes');
    expect(operations('ListTaskDefinitions')).toEqual([]);
    const inUse = async (newestTaskDefinitions: number) =>
      [...(await check({ newestTaskDefinitions })).matchAll(/ECS task definition (\S+)/g)].map(([, name]) => name).sort();
    expect(await inUse(2)).toEqual(['web:3', 'web:4']);
    expect(await inUse(3)).toEqual(['web:1', 'web:3', 'web:4']);
  });

  test('are in use by tag although a service has pinned another digest', async () => {
    const image = uri(`:${tagOf(0)}`);
    const taskDefinition = register('web', image);
    account.ecs.cluster('shop').service('web', {
      taskDefinition, revisions: [{ taskDefinition, containerImages: [{ image, imageDigest: digests[8] }] }],
    });
    expect(await check({ newestTaskDefinitions: 1 })).toMatch(/in use by ECS task definition web:1 by rule 1/);
  });

  test('are not in use if neither a task nor a service uses the family', async () => {
    register('web', uri(`:${tagOf(0)}`));
    account.ecs.cluster('shop').task({ taskDefinition: register('web-worker', 'nginx') });
    expect(await check({ newestTaskDefinitions: 100 })).toBe('passes');
  });

  test('are read once for each family and revision', async () => {
    const cluster = account.ecs.cluster('shop');
    for (const nth of [0, 1, 2]) {
      const taskDefinition = register('web', `nginx:${nth}`);
      cluster.task({ taskDefinition });
      cluster.service(`web-${nth}`, { taskDefinition });
    }
    expect(await check({ newestTaskDefinitions: 3 })).toBe('passes');
    expect(operations('ListTaskDefinitions').filter(({ input }) => input.nextToken === undefined)).toHaveLength(1);
    expect(operations('DescribeTaskDefinition')).toHaveLength(3);
  });
});
