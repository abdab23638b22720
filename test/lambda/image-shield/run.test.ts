import { ACCOUNT, BUCKET, ENVIRONMENT, imageUri, REGION, ShieldWorld } from './shield-world';
import { partitionsOf, stateKey } from '../../../src/core/shield/keys';
import { keepTag, releasedTag } from '../../../src/core/shield/tags';

const APP = 'team/app';
const KEEP_POLICY = JSON.stringify({
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'tagged', tagPatternList: ['in-use-*'], countType: 'imageCountMoreThan', countNumber: 1_000_000 },
      action: { type: 'expire' },
    },
    { rulePriority: 2, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 50 }, action: { type: 'expire' } },
  ],
});

let world: ShieldWorld;
beforeEach(async () => { world = await ShieldWorld.start(); });
afterEach(() => world.stop());

const keep = (digest: string, generation?: number) => keepTag('in-use-', digest, generation);
const released = (digest: string) => releasedTag('in-use-', digest);

/** A task that runs an image by its tag. ECS reports the digest that it pulled. */
function runTask(image: string, imageDigest?: string): string {
  const taskDefinition = world.account.ecs.taskDefinition('app', { containers: [image] });
  return world.account.ecs.cluster().task({ taskDefinition, containers: [{ image, imageDigest }] });
}
const stopTasks = () => { for (const arn of [...world.account.ecs.cluster().tasks.keys()]) world.account.ecs.cluster().tasks.delete(arn); };
const push = (repositoryName: string, ...tags: string[]) =>
  world.account.ecr.addImage({ repositoryName, tags, pushedAt: new Date(world.now) });
const ecrCalls = () => world.account.ecr.calls.map(({ operation }) => operation);
const writes = () => ecrCalls().filter(operation => ['PutImage', 'BatchDeleteImage'].includes(operation));

describe('a run', () => {
  beforeEach(() => world.account.ecr.seed({ repositoryName: APP, lifecyclePolicyText: KEEP_POLICY }));

  test('tags an image that a task runs, and no other image', async () => {
    const [running, other] = [push(APP, 'v1'), push(APP, 'v2')];
    runTask(imageUri(APP, 'v1'), running);
    expect(await world.run()).toMatchObject({ protected: 1, newlyProtected: 1, released: 0, unprotected: 0, findings: 0, succeeded: true });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    expect(world.tagsOf(APP, other)).toEqual(['v2']);
    expect(world.entry(APP, running)).toMatchObject({
      phase: 'kept', generation: 1, seenIn: [`${ENVIRONMENT} ecs`], usedBy: expect.stringMatching(/^ECS task default\//),
    });
  });

  test('changes nothing if the image has its keep tag', async () => {
    const running = push(APP, 'v1');
    runTask(imageUri(APP, 'v1'), running);
    await world.run();
    world.account.ecr.clearCalls();
    world.pass(1);
    expect(await world.run()).toMatchObject({ protected: 1, newlyProtected: 0 });
    expect(writes()).toEqual([]);
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  });

  test('keeps an image that stopped for keepAfterUse, then releases it, and adds the tag of a released image first', async () => {
    const running = push(APP, 'v1');
    runTask(imageUri(APP, 'v1'), running);
    await world.run();
    stopTasks();
    world.pass(13);
    expect(await world.run()).toMatchObject({ protected: 1, released: 0 });
    world.account.ecr.clearCalls();
    world.pass(2);
    expect(await world.run()).toMatchObject({ protected: 0, released: 1 });
    expect(world.tagsOf(APP, running)).toEqual(['v1', released(running)]);
    expect(writes()).toEqual(['PutImage', 'BatchDeleteImage']);
    world.pass(1);
    await world.run();
    expect(world.entry(APP, running)).toBeUndefined();
  });

  test('does not remove the last tag of an image that it releases', async () => {
    const running = push(APP);
    runTask(imageUri(APP, running), running);
    await world.run();
    expect(world.tagsOf(APP, running)).toEqual([keep(running)]);
    stopTasks();
    world.pass(15);
    await world.run();
    expect(world.tagsOf(APP, running)).toEqual([released(running)]);
  });

  test('protects an image again that was released less than an hour ago, with a tag that no release removes', async () => {
    const running = push(APP, 'v1');
    runTask(imageUri(APP, 'v1'), running);
    await world.run();
    stopTasks();
    world.pass(15);
    await world.run();
    runTask(imageUri(APP, 'v1'), running);
    world.now += 60_000;
    await world.run();
    expect(world.tagsOf(APP, running)).toEqual(['v1', released(running), keep(running, 2)]);
  });

  test('protects the digest that a task pulled, even if its tag has moved', async () => {
    const old = push(APP, 'latest');
    runTask(imageUri(APP, 'latest'), old);
    const moved = push(APP, 'latest');
    await world.run();
    expect(world.tagsOf(APP, old)).toEqual([keep(old)]);
    expect(world.tagsOf(APP, moved)).toEqual(['latest']);
  });

  test('protects the indexes of an image that runs and has no tag', async () => {
    const [amd, arm] = [push(APP), push(APP)];
    const index = world.account.ecr.addImage({ repositoryName: APP, tags: [], children: [amd, arm] });
    runTask(imageUri(APP, amd), amd);
    expect(await world.run()).toMatchObject({ protected: 2 });
    expect(world.tagsOf(APP, amd)).toEqual([keep(amd)]);
    expect(world.tagsOf(APP, index)).toEqual([keep(index)]);
    expect(world.tagsOf(APP, arm)).toEqual([]);
    world.account.ecr.clearCalls();
    await world.run();
    expect(ecrCalls()).not.toContain('BatchGetImage');
  });

  test('protects images of Lambda functions and of their versions', async () => {
    const [one, two] = [push(APP, 'v1'), push(APP, 'v2')];
    world.account.lambda.function('fn', {
      imageUri: imageUri(APP, 'v2'), imageDigest: two, versions: [{ imageUri: imageUri(APP, 'v1'), imageDigest: one }],
    });
    expect(await world.run()).toMatchObject({ protected: 2 });
    expect([one, two].map(digest => world.tagsOf(APP, digest)!.at(-1))).toEqual([keep(one), keep(two)]);
  });

  test('ignores repositories that are not selected, and images of other registries', async () => {
    world.account.ecr.seed({ repositoryName: 'shop/app' });
    const other = push('shop/app', 'v1');
    runTask(imageUri('shop/app', 'v1'), other);
    runTask('public.ecr.aws/docker/library/nginx:1');
    expect(await world.run()).toMatchObject({ protected: 0, findings: 0 });
    expect(world.tagsOf('shop/app', other)).toEqual(['v1']);
  });

  test('that finds no image in use succeeds, and creates the states of all partitions of its own registry for its map', async () => {
    expect(await world.run()).toMatchObject({ protected: 0, findings: 0, succeeded: true });
    expect([...world.account.s3.objects(BUCKET).keys()].filter(key => key.startsWith('state/')).sort())
      .toEqual(partitionsOf(ACCOUNT, REGION).map(stateKey));
  });

  test('writes only tags with its prefix, and calls no other operation that changes something', async () => {
    const images = ['v1', 'v2', 'v3'].map(tag => push(APP, tag));
    for (const [nth, digest] of images.entries()) runTask(imageUri(APP, `v${nth + 1}`), digest);
    await world.run();
    stopTasks();
    world.pass(15);
    await world.run();
    const put = world.account.ecr.calls.filter(({ operation }) => operation === 'PutImage').map(({ input }) => input.imageTag as string);
    expect(put.every(tag => /^(was-)?in-use-[0-9a-f]{12}$/.test(tag))).toBe(true);
    const removed = world.account.ecr.calls.filter(({ operation }) => operation === 'BatchDeleteImage')
      .flatMap(({ input }) => input.imageIds as Array<{ imageTag?: string; imageDigest?: string }>);
    expect(removed.every(({ imageTag, imageDigest }) => imageDigest === undefined && /^in-use-[0-9a-f]{12}$/.test(imageTag!))).toBe(true);
    expect(new Set(ecrCalls())).toEqual(new Set([
      'DescribeImages', 'DescribeRepositories', 'BatchGetImage', 'PutImage', 'GetLifecyclePolicy', 'BatchDeleteImage',
    ]));
  });

  test('an image that runs survives the lifecycle policy, and expires after its release', async () => {
    const oldest = push(APP, 'v0');
    runTask(imageUri(APP, 'v0'), oldest);
    world.now += 1_000;
    const unused = push(APP, 'v1');
    for (let nth = 2; nth < 61; nth++) {
      world.now += 1_000;
      push(APP, `v${nth}`);
    }
    await world.run();
    world.account.ecr.applyLifecyclePolicy(APP);
    expect(world.tagsOf(APP, oldest)).toContain(keep(oldest));
    expect(world.tagsOf(APP, unused)).toBeUndefined();
    stopTasks();
    world.pass(15);
    await world.run();
    expect(world.account.ecr.applyLifecyclePolicy(APP)).toEqual([oldest]);
  });
});

describe('a run does not release an image', () => {
  let running: string;
  beforeEach(async () => {
    world.account.ecr.seed({ repositoryName: APP });
    running = push(APP, 'v1');
    runTask(imageUri(APP, 'v1'), running);
    await world.run();
    stopTasks();
    world.pass(15);
  });

  test('that was last seen in a source that cannot be read, and starts its grace when the source can be read', async () => {
    world.account.ecs.faults.add({ kind: 'accessDenied', times: Infinity });
    expect(await world.run()).toMatchObject({ released: 0, succeeded: false, findings: 1 });
    expect(world.findings).toEqual([expect.objectContaining({
      kind: 'source-unreadable', environment: ENVIRONMENT, message: expect.stringContaining('nothing that was last seen there is released'),
    })]);
    world.account.ecs.faults.clear();
    world.pass(13);
    expect(await world.run()).toMatchObject({ released: 0 });
    world.pass(2);
    expect(await world.run()).toMatchObject({ released: 1 });
  });

  test('that was last seen by an event of a service whose clusters cannot be read', async () => {
    const other = push(APP, 'other');
    await world.event(world.taskEvent(imageUri(APP, 'other'), other));
    world.pass(15);
    world.account.ecs.faults.add({ kind: 'accessDenied', times: Infinity });
    world.usedBy = [{ service: 'ecs', clusters: ['shop'] }];
    await world.run();
    expect(world.tagsOf(APP, other)).toContain(keep(other));
  });

  test('that was last seen in an environment whose search fails', async () => {
    world.account.ecs.faults.add({ kind: 'serverError', times: Infinity });
    expect(await world.run()).toMatchObject({ released: 0, succeeded: false });
    expect(world.findings[0]).toMatchObject({ kind: 'environment-unreadable', environment: ENVIRONMENT });
    expect(world.tagsOf(APP, running)).toContain(keep(running));
  });

  test('of a repository that is no longer selected, and releases it when the repository is selected again', async () => {
    const { selection } = world.settings;
    world.settings = { ...world.settings, selection: { prefixes: ['shop/'] } };
    world.account.ecr.clearCalls();
    expect(await world.run()).toMatchObject({ released: 0, findings: 0 });
    expect(ecrCalls()).toEqual([]);
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    world.settings = { ...world.settings, selection };
    expect(await world.run()).toMatchObject({ released: 1 });
  });

  test('while the shield is stopped', async () => {
    world.account.s3.edit(BUCKET, 'control/stop.json', '{}');
    expect(await world.run()).toBe('stopped');
    await world.event(world.taskEvent(imageUri(APP, 'v1'), running));
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    world.account.s3.edit(BUCKET, 'control/stop.json', undefined);
    expect(await world.run()).toMatchObject({ released: 1 });
  });

  test.each(['damaged', 'missing'])('whose state is %s, and rebuilds it from the tags', async state => {
    if (state === 'damaged') world.account.s3.edit(BUCKET, world.stateKey(APP), '{"version":1,');
    else world.account.s3.edit(BUCKET, world.stateKey(APP), JSON.stringify({ version: 1, complete: false, images: {} }));
    expect(await world.run()).toMatchObject({ released: 0, protected: 1 });
    expect(world.findings.map(({ kind }) => kind)).toEqual(state === 'damaged' ? ['state-rebuilt'] : []);
    world.pass(15);
    expect(await world.run()).toMatchObject({ released: 1 });
  });
});

describe('an image in use without protection is a finding, and the others are protected', () => {
  beforeEach(() => world.account.ecr.seed({ repositoryName: APP, lifecyclePolicyText: KEEP_POLICY }));

  const expectFinding = async (kind: string, message: string) => {
    const other = push(APP, 'other');
    runTask(imageUri(APP, 'other'), other);
    expect(await world.run()).toMatchObject({ protected: 1, unprotected: 1, findings: 1, succeeded: true });
    expect(world.findings).toEqual([expect.objectContaining({ kind, message: expect.stringContaining(message) })]);
    expect(world.metrics('UnprotectedImages').at(-1)).toBe(1);
  };

  test('if its tag does not exist', async () => {
    runTask(imageUri(APP, 'gone'));
    await expectFinding('image-missing', 'refers to the tag \'gone\' of repository \'team/app\', which does not exist');
  });

  test('if its digest does not exist', async () => {
    runTask(imageUri(APP, `sha256:${'0'.repeat(64)}`));
    await expectFinding('image-missing', 'which does not exist. It cannot start again');
  });

  test('if its repository does not exist', async () => {
    runTask(imageUri('team/none', 'v1'));
    await expectFinding('repository-missing', 'images of repository \'team/none\' are in use (1), but the repository does not exist');
  });

  test('if it is archived', async () => {
    const archived = world.account.ecr.addImage({ repositoryName: APP, tags: ['v1'], status: 'ARCHIVED' });
    runTask(imageUri(APP, archived), archived);
    await expectFinding('image-archived', 'which is archived and cannot be pulled');
    expect(ecrCalls()).not.toContain('UpdateImageStorageClass');
  });

  test('if it has 1,000 tags', async () => {
    const full = world.account.ecr.addImage({ repositoryName: APP, tags: Array.from({ length: 1_000 }, (_, nth) => `t${nth}`) });
    runTask(imageUri(APP, 't0'), full);
    await expectFinding('tag-limit-reached', 'a quota is exceeded');
  });

  test('if the key of its repository is disabled', async () => {
    world.account.ecr.seed({ repositoryName: 'team/locked', encryption: { encryptionType: 'KMS', kmsKey: 'alias/ours' } });
    const locked = push('team/locked', 'v1');
    world.account.ecr.disableKey('alias/ours');
    runTask(imageUri('team/locked', 'v1'), locked);
    await expectFinding('image-unreadable', 'team/locked');
  });

  test('if it is in another registry', async () => {
    runTask(imageUri(APP, 'v1', '222222222222'));
    await expectFinding('registry-unreachable', 'in registry 222222222222, Region us-east-1 are in use (1)');
  });

  test('if the lifecycle policy of its repository does not keep it', async () => {
    const policy = JSON.parse(KEEP_POLICY);
    world.account.ecr.seed({ repositoryName: 'team/lax', lifecyclePolicyText: JSON.stringify({ rules: [policy.rules[1]] }) });
    const lax = push('team/lax', 'v1');
    runTask(imageUri('team/lax', 'v1'), lax);
    expect(await world.run()).toMatchObject({ protected: 1, unprotected: 1 });
    expect(world.findings).toEqual([expect.objectContaining({ kind: 'policy-does-not-keep', repositoryName: 'team/lax' })]);
  });
});

describe('an event', () => {
  beforeEach(() => world.account.ecr.seed({ repositoryName: APP }));

  test('of a task protects its image before any run', async () => {
    const running = push(APP, 'v1');
    await world.event(world.taskEvent(imageUri(APP, 'v1'), running));
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    expect(world.metrics('NewlyProtectedImages')).toEqual([1]);
  });

  test('of a task that is pending protects the image of its tag', async () => {
    const running = push(APP, 'v1');
    await world.event(world.taskEvent(imageUri(APP, 'v1')));
    expect(world.tagsOf(APP, running)).toContain(keep(running));
  });

  test('of a deployment protects the images of the service', async () => {
    const running = push(APP, 'v1');
    const taskDefinition = world.account.ecs.taskDefinition('app', { containers: [imageUri(APP, 'v1')] });
    const serviceArn = world.account.ecs.cluster().service('web', { taskDefinition });
    await world.event({ 'detail-type': 'ECS Deployment State Change', 'resources': [serviceArn], 'detail': {} });
    expect(world.tagsOf(APP, running)).toContain(keep(running));
  });

  test('of a hundred tasks of one image writes only once', async () => {
    const running = push(APP, 'v1');
    for (let nth = 0; nth < 100; nth++) await world.event(world.taskEvent(imageUri(APP, 'v1'), running));
    expect(writes()).toEqual(['PutImage']);
    expect(world.account.s3.calls.filter(({ operation }) => operation === 'PutObject')).toHaveLength(2);
  });

  test('of an image that is being released gives it another keep tag', async () => {
    const running = push(APP, 'v1');
    runTask(imageUri(APP, 'v1'), running);
    await world.run();
    stopTasks();
    world.pass(15);
    world.account.ecr.faults.add({ kind: 'killAfter', operation: 'PutImage' });
    await expect(world.run()).rejects.toThrow();
    expect(world.entry(APP, running)).toMatchObject({ phase: 'releasing' });
    world.account.ecr.principals.revive('test');
    await world.event(world.taskEvent(imageUri(APP, 'v1'), running));
    expect(world.tagsOf(APP, running)).toContain(keep(running, 2));
    world.pass(15);
    await world.run();
    expect(world.tagsOf(APP, running)).toEqual(['v1', released(running)]);
  });

  test('of an image of another repository, registry, or cloud is ignored', async () => {
    for (const image of ['nginx:1', imageUri('shop/app', 'v1'), imageUri(APP, 'v1', '222222222222')]) {
      await world.event(world.taskEvent(image));
    }
    expect(world.account.ecr.calls).toEqual([]);
    await expect(world.event({ 'detail-type': 'Other' })).rejects.toThrow('unknown event: Other');
  });
});

describe('a run that was interrupted', () => {
  test.each(['ecr', 's3'] as const)('after any call of %s continues in the next run, and no image is lost', async service => {
    for (let skip = 0, wasKilled = true; wasKilled; skip++) {
      world.account.ecr.vanish(APP);
      world.account.ecr.seed({ repositoryName: APP });
      const [first, second] = [push(APP, 'v1'), push(APP, 'v2')];
      stopTasks();
      runTask(imageUri(APP, 'v1'), first);
      await world.run();
      stopTasks();
      runTask(imageUri(APP, 'v2'), second);
      world.pass(15);
      world.account[service].faults.add({ kind: 'killAfter', skip });
      await world.run().catch(() => undefined);
      wasKilled = world.account[service].faults.pending.length === 0;
      world.account[service].faults.clear();
      world.account.ecr.principals.revive('test');
      await world.run();
      expect([skip, world.tagsOf(APP, first), world.tagsOf(APP, second)]).toEqual([skip, ['v1', released(first)], ['v2', keep(second)]]);
      world.account.s3.deleteBucket(BUCKET);
      world.account.s3.bucket(BUCKET);
    }
  }, 120_000);

  test('because time was up continues in the same run', async () => {
    world.account.ecr.seed({ repositoryName: APP });
    const images = Array.from({ length: 5 }, (_, nth) => push(APP, `v${nth}`));
    for (const [nth, digest] of images.entries()) runTask(imageUri(APP, `v${nth}`), digest);
    world.account.ecr.now = () => new Date(world.now += 5_000);
    world.remaining = 90_000;
    expect(await world.run()).toMatchObject({ protected: 5, newlyProtected: 5 });
  });

  test('because a tag was throttled until the time was up continues in the same run', async () => {
    world.account.ecr.seed({ repositoryName: APP });
    const images = Array.from({ length: 5 }, (_, nth) => push(APP, `v${nth}`));
    for (const [nth, digest] of images.entries()) runTask(imageUri(APP, `v${nth}`), digest);
    world.remaining = 90_000;
    // three attempts of the SDK for each call, and more calls than there is time for in one function
    world.account.ecr.faults.add({ kind: 'throttle', operation: 'PutImage', skip: 2, times: 18 });
    expect(await world.run()).toMatchObject({ protected: 5, newlyProtected: 5, findings: 0, succeeded: true });
    expect(world.failures).toEqual([]);
    expect(world.account.ecr.faults.pending).toEqual([]);
  });
});

test('a run during which the shield is stopped changes nothing afterwards, and does not count as a success', async () => {
  world.account.ecr.seed({ repositoryName: APP });
  const running = push(APP, 'v1');
  runTask(imageUri(APP, 'v1'), running);
  world.account.ecs.onCall = () => { world.account.s3.edit(BUCKET, 'control/stop.json', '{}'); };
  expect(await world.run()).toMatchObject({ protected: 0, succeeded: false });
  expect(world.tagsOf(APP, running)).toEqual(['v1']);
  expect(world.metrics('HoursSinceSuccess')).toEqual([0]);
  world.account.ecs.onCall = undefined;
  world.account.s3.edit(BUCKET, 'control/stop.json', undefined);
  world.now += 3_600_000;
  expect(await world.run()).toMatchObject({ protected: 1, succeeded: true });
  expect(world.metrics('HoursSinceSuccess').map(Math.round)).toEqual([0, 1, 0]);
});

test('the hours since the last success count from the first run, and a success resets them', async () => {
  world.account.ecr.seed({ repositoryName: APP });
  world.account.ecs.faults.add({ kind: 'accessDenied', times: Infinity });
  await world.run();
  world.now += 5 * 3_600_000;
  await world.run();
  const hours = () => world.metrics('HoursSinceSuccess').map(Math.round);
  expect(hours()).toEqual([0, 5]);
  world.account.ecs.faults.clear();
  world.now += 3_600_000;
  await world.run();
  expect(hours()).toEqual([0, 5, 6, 0]);
});

test('a partition that fails is a finding, and the next run continues', async () => {
  world.account.ecr.seed({ repositoryName: APP });
  const running = push(APP, 'v1');
  runTask(imageUri(APP, 'v1'), running);
  world.account.ecr.faults.add({ kind: 'serverError', operation: 'DescribeImages', times: Infinity });
  expect(await world.run()).toMatchObject({ succeeded: false });
  expect(world.findings[0]).toMatchObject({ kind: 'partition-failed' });
  expect(world.findings[0].message).toContain(`partition ${world.stateKey(APP).slice('state/'.length, -'.json'.length)}`);
  world.account.ecr.faults.clear();
  expect(await world.run()).toMatchObject({ protected: 1, succeeded: true });
});
