import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import { BUCKET, ENVIRONMENT, imageUri, ShieldWorld, WorldOptions } from './shield-world';
import { keepTag, releasedTag } from '../../../src/core/shield/tags';

const APP = 'team/app';
const LISTS = 'lists';
const TASK = { 'detail-type': 'ECS Task State Change' };
const LISTED = { service: 'listed', bucket: LISTS, keyPattern: 'in-use/*.jsonl', maxAge: 86_400 } as const;

let world: ShieldWorld;
afterEach(() => world.stop());

const keep = (digest: string, generation?: number) => keepTag('in-use-', digest, generation);
const released = (digest: string) => releasedTag('in-use-', digest);
const push = (repositoryName: string, ...tags: string[]) =>
  world.account.ecr.addImage({ repositoryName, tags, pushedAt: new Date(world.now) });
const kinds = () => world.findings.map(({ kind }) => kind);
const stopTasks = () => { for (const arn of [...world.account.ecs.cluster().tasks.keys()]) world.account.ecs.cluster().tasks.delete(arn); };

async function start(options: WorldOptions = {}): Promise<void> {
  world = await ShieldWorld.start(options);
  world.account.ecr.seed({ repositoryName: APP });
}

function runTask(repositoryName: string, tagOrDigest: string, imageDigest?: string): void {
  const image = imageUri(repositoryName, tagOrDigest);
  const taskDefinition = world.account.ecs.taskDefinition('app', { containers: [image] });
  world.account.ecs.cluster().task({ taskDefinition, containers: [{ image, imageDigest }] });
}

/** Pushes an image and runs a task of it. */
function runImage(repositoryName = APP, tag = 'v1'): string {
  const digest = push(repositoryName, tag);
  runTask(repositoryName, tag, digest);
  return digest;
}

describe('nothing is released', () => {
  beforeEach(() => start());

  test('while a source cannot be read, if it is not known where an image was last seen', async () => {
    const running = runImage();
    await world.run();
    world.account.s3.edit(BUCKET, world.stateKey(APP), 'damaged');
    world.account.ecs.faults.add({ kind: 'accessDenied', times: Infinity });
    for (let nth = 0; nth < 3; nth++) {
      world.pass(15);
      expect(await world.run()).toMatchObject({ released: 0 });
    }
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    world.account.ecs.faults.clear();
    stopTasks();
    expect(await world.run()).toMatchObject({ released: 0 });
    world.pass(15);
    expect(await world.run()).toMatchObject({ released: 1 });
  });

  test('while an image runs in Amazon ECS, if its event came while it was in use elsewhere, and ECS cannot be read later', async () => {
    const running = push(APP, 'v1');
    const fn = world.account.lambda.function('fn', { imageUri: imageUri(APP, 'v1'), imageDigest: running });
    await world.run();
    runTask(APP, 'v1', running);
    await world.event(world.taskEvent(imageUri(APP, 'v1'), running));
    world.account.lambda.deleteFunction(fn);
    world.account.ecs.faults.add({ kind: 'accessDenied', times: Infinity });
    world.pass(15);
    expect(await world.run()).toMatchObject({ released: 0 });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  });

  test('of a repository that denied access to the shield, before keepAfterUse passes again', async () => {
    const running = runImage();
    runTask(APP, 'v1');
    await world.run();
    world.pass(15);
    world.account.ecr.faults.add({ kind: 'accessDenied', operation: 'DescribeImages', times: Infinity });
    await world.run();
    expect(kinds()).toEqual(['repository-denied']);
    world.account.ecr.faults.clear();
    stopTasks();
    world.pass(1);
    expect(await world.run()).toMatchObject({ released: 0 });
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    world.pass(14);
    expect(await world.run()).toMatchObject({ released: 1 });
  });

  test('and a finding names the service control policy that denies the tags', async () => {
    runImage();
    world.account.ecr.principals.limit({
      kind: 'service control policy',
      policy: [{ Effect: 'Allow', Action: '*', Resource: '*' }, { Effect: 'Deny', Action: 'ecr:PutImage', Resource: '*' }],
    });
    await world.run();
    expect(world.findings).toMatchObject([{
      kind: 'repository-denied',
      message: expect.stringMatching(new RegExp(`^repository '${APP}': a service control policy of the organization denies ecr:PutImage to`
        + ' the calling role\\. Have the administrators of the organization allow it, then try again: User: ')),
    }]);
    expect(world.account.ecr.calls.filter(({ outcome }) => outcome === 'AccessDeniedException')).toHaveLength(1);
  });

  test('if a source has the same name as another one, which can be read', async () => {
    await world.stop();
    await start({ usedBy: [{ service: 'ecs' }, { service: 'ecs', newestTaskDefinitions: 2 }] });
    const [older, running] = [push(APP, 'v1'), push(APP, 'v2')];
    for (const tag of ['v1', 'v2']) world.account.ecs.taskDefinition('app', { containers: [imageUri(APP, tag)] });
    world.account.ecs.cluster().task({ taskDefinition: 'app:2', containers: [{ image: imageUri(APP, 'v2'), imageDigest: running }] });
    expect(await world.run()).toMatchObject({ protected: 2 });
    world.account.ecs.faults.add({ kind: 'accessDenied', operation: 'ListTaskDefinitions', times: Infinity });
    world.pass(15);
    expect(await world.run()).toMatchObject({ released: 0 });
    expect(world.tagsOf(APP, older)).toEqual(['v1', keep(older)]);
  });

  test('while every call is throttled, and the next run continues', async () => {
    const running = runImage();
    await world.run();
    stopTasks();
    world.pass(15);
    world.account.ecr.faults.add({ kind: 'throttle', times: Infinity });
    expect(await world.run()).toMatchObject({ succeeded: false });
    expect(kinds()).toEqual(['partition-failed']);
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
    world.account.ecr.faults.clear();
    expect(await world.run()).toMatchObject({ succeeded: true });
    expect(world.tagsOf(APP, running)).toEqual(['v1', released(running)]);
  });

  test('if the state is larger than its bound', async () => {
    const running = runImage();
    await world.run();
    stopTasks();
    world.pass(15);
    world.account.s3.edit(BUCKET, world.stateKey(APP), ' '.repeat(64 * 1024 * 1024 + 1));
    expect(await world.run()).toMatchObject({ succeeded: false });
    expect(world.findings).toEqual([expect.objectContaining({
      kind: 'partition-failed', message: expect.stringContaining('has more than 67108864 bytes'),
    })]);
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  });

  test('if the images in use that a search wrote are damaged', async () => {
    const running = runImage();
    await world.run();
    stopTasks();
    runImage(APP, 'v2');
    world.pass(15);
    world.account.s3.onCall = ({ operation, input }) => {
      const key = String(input.Key);
      if (operation === 'PutObject' && key.includes('/uses/')) world.account.s3.edit(BUCKET, key, '{"repositoryName":"team/app"}\n');
    };
    expect(await world.run()).toMatchObject({ succeeded: false });
    expect(kinds()).toEqual(['partition-failed']);
    expect(world.findings[0].message).toContain('line 1 is not a use of an image');
    expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  });
});

test('a state that is missing is rebuilt when an image of its partition is in use', async () => {
  await start();
  const running = runImage();
  await world.run();
  stopTasks();
  world.account.s3.edit(BUCKET, world.stateKey(APP), undefined);
  runImage(APP, 'v2');
  expect(await world.run()).toMatchObject({ protected: 2, released: 0 });
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  world.pass(15);
  expect(await world.run()).toMatchObject({ released: 1 });
  expect(world.tagsOf(APP, running)).toEqual(['v1', released(running)]);
});

test('an event during a release is not overwritten by the state of the release', async () => {
  await start();
  const running = runImage();
  await world.run();
  stopTasks();
  world.pass(15);
  const { s3 } = world.account;
  let reads = 0;
  s3.onCall = async ({ operation, input }) => {
    // the run has read the state for its decision, and has not written it
    if (operation !== 'GetObject' || input.Key !== world.stateKey(APP) || ++reads !== 2) return;
    s3.onCall = undefined;
    runTask(APP, 'v1', running);
    await world.event(world.taskEvent(imageUri(APP, 'v1'), running));
  };
  expect(await world.run()).toMatchObject({ released: 0, protected: 1 });
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
});

test('an image of a state that was rebuilt is released only after keepAfterUse', async () => {
  await start();
  const running = runImage();
  await world.run();
  stopTasks();
  world.account.s3.edit(BUCKET, world.stateKey(APP), 'damaged');
  await world.run();
  world.pass(13);
  expect(await world.run()).toMatchObject({ released: 0, protected: 1 });
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
  world.pass(2);
  expect(await world.run()).toMatchObject({ released: 1 });
});

test('an image that is missing is no finding any more after its workload stopped', async () => {
  await start();
  runTask(APP, `sha256:${'0'.repeat(64)}`);
  expect(await world.run()).toMatchObject({ unprotected: 1 });
  stopTasks();
  world.pass(1);
  expect(await world.run()).toMatchObject({ unprotected: 0, findings: 0 });
});

describe('a list of images', () => {
  beforeEach(async () => {
    await start({ usedBy: [{ service: 'ecs' }, LISTED] });
    world.account.s3.bucket(LISTS);
  });
  const write = (...lines: unknown[]) =>
    world.account.s3.seed(LISTS, 'in-use/a.jsonl', lines.map(line => typeof line === 'string' ? line : JSON.stringify(line)).join('\n'));

  test('with a line of another shape releases nothing, and the finding names file, line, and field', async () => {
    const [listed, other] = [push(APP, 'v1'), push(APP, 'v2')];
    write({ image: imageUri(APP, 'v1') });
    expect(await world.run()).toMatchObject({ protected: 1 });
    world.pass(15);
    write({ image: imageUri(APP, 'v2') }, { picture: imageUri(APP, 'v1') });
    runTask(APP, 'v2', other);
    expect(await world.run()).toMatchObject({ protected: 2, released: 0, succeeded: false });
    expect(world.findings).toEqual([expect.objectContaining({
      kind: 'source-unreadable',
      environment: ENVIRONMENT,
      message: expect.stringContaining('s3://lists/in-use/a.jsonl, line 2: \'image\' must be an image'),
    })]);
    expect(world.tagsOf(APP, listed)).toEqual(['v1', keep(listed)]);
    expect(world.tagsOf(APP, other)).toEqual(['v2', keep(other)]);
  });

  test.each([
    ['that is too old', () => world.pass(2)],
    ['that is missing', () => world.account.s3.remove(LISTS, 'in-use/a.jsonl')],
    ['in a bucket that is missing', () => world.account.s3.deleteBucket(LISTS)],
    ['that is no text', () => write('\u0000\u0001')],
  ])('%s releases nothing', async (_what, spoil) => {
    const listed = push(APP, 'v1');
    write({ image: imageUri(APP, 'v1') });
    await world.run();
    world.pass(15);
    write({ image: imageUri(APP, 'v1') });
    spoil();
    expect(await world.run()).toMatchObject({ released: 0, succeeded: false });
    expect(kinds()).toEqual(['source-unreadable']);
    expect(world.tagsOf(APP, listed)).toEqual(['v1', keep(listed)]);
  });
});

describe('a release', () => {
  let running: string;
  beforeEach(async () => {
    await start();
    running = push(APP);
    runTask(APP, running, running);
    await world.run();
    stopTasks();
    world.pass(15);
  });

  test('of an image of which the repository was deleted ends, and nothing is a finding', async () => {
    world.account.ecr.vanish(APP);
    expect(await world.run()).toMatchObject({ succeeded: true, findings: 0 });
    world.pass(1);
    await world.run();
    expect(world.entry(APP, running)).toBeUndefined();
  });

  test('waits for a key that is disabled', async () => {
    world.account.ecr.seed({ repositoryName: 'team/locked', encryption: { encryptionType: 'KMS', kmsKey: 'alias/ours' } });
    const locked = runImage('team/locked');
    await world.run();
    stopTasks();
    world.pass(15);
    world.account.ecr.disableKey('alias/ours');
    expect(await world.run()).toMatchObject({ released: 0, succeeded: true });
    expect(kinds()).toEqual(['image-unreadable']);
    expect(world.tagsOf('team/locked', locked)).toEqual(['v1', keep(locked)]);
    world.account.ecr.enableKey('alias/ours');
    expect(await world.run()).toMatchObject({ released: 1 });
    expect(world.tagsOf('team/locked', locked)).toEqual(['v1', released(locked)]);
  });

  test('of an image with 1,000 tags waits until there is room for another one', async () => {
    const full = world.account.ecr.addImage({ repositoryName: 'team/app', tags: Array.from({ length: 999 }, (_, nth) => `t${nth}`) });
    runTask(APP, 't0', full);
    await world.run();
    expect(world.tagsOf(APP, full)).toHaveLength(1_000);
    stopTasks();
    world.pass(15);
    expect(await world.run()).toMatchObject({ released: 0, succeeded: true });
    expect(world.tagsOf(APP, full)).toContain(keep(full));
    expect(world.findings.at(-1)).toMatchObject({ kind: 'image-unreadable', message: expect.stringContaining('cannot be added') });
  });

  test('of an archived image leaves its keep tag', async () => {
    world.account.ecr.vanish(APP);
    world.account.ecr.seed({ repositoryName: APP });
    running = world.account.ecr.addImage({ repositoryName: APP, tags: [keep(running)], status: 'ARCHIVED' });
    expect(await world.run()).toMatchObject({ succeeded: true });
    expect(world.account.ecr.images(APP)).toBe(1);
  });

  test('does not count as done if the tag of a released image is not visible', async () => {
    world.account.ecr.onCall = ({ operation, input }) => {
      if (operation !== 'PutImage') return;
      world.account.ecr.onCall = undefined;
      const { images } = world.account.ecr.repository(APP);
      expect(images[0].tags).toContain(input.imageTag);
      // somebody removes it at once
      return world.account.surroundings('other').ecr.send(new BatchDeleteImageCommand({
        repositoryName: APP, imageIds: [{ imageTag: String(input.imageTag) }],
      })).then(() => undefined);
    };
    expect(await world.run()).toMatchObject({ released: 0 });
    expect(world.tagsOf(APP, running)).toEqual([keep(running)]);
    expect(world.findings.at(-1)?.message).toContain('is not visible yet');
  });
});

test('results that are damaged fail the end of the run, and the tags are set', async () => {
  await start();
  const running = runImage();
  world.account.s3.onCall = ({ operation, input }) => {
    if (operation === 'PutObject' && String(input.Key).includes('/results/')) world.account.s3.edit(BUCKET, String(input.Key), '{}');
  };
  await expect(world.run()).rejects.toThrow(/results\/.* is damaged\. Start another run/);
  expect(world.tagsOf(APP, running)).toContain(keep(running));
  world.account.s3.onCall = undefined;
  expect(await world.run()).toMatchObject({ succeeded: true });
});

test('EventBridge that does not accept a finding fails the end of the run, and the metrics are written', async () => {
  await start();
  const running = runImage();
  runTask(APP, 'gone');
  world.account.events.refuses = 'InternalFailure';
  await expect(world.run()).rejects.toThrow('EventBridge did not accept a finding: InternalFailure');
  expect(world.tagsOf(APP, running)).toContain(keep(running));
  expect(world.metrics('UnprotectedImages')).toEqual([1]);
});

test.each<[string, Record<string, unknown>]>([
  ['without details', TASK],
  ['whose details are a text', { ...TASK, detail: 'RUNNING' }],
  ['whose containers are no list', { ...TASK, detail: { containers: { 0: {} } } }],
  ['whose containers have other types', { ...TASK, detail: { containers: [null, 1, 'a', { image: 1 }, []] } }],
  ['whose image is invalid', { ...TASK, detail: { containers: [{ image: '@:/', imageDigest: 'sha256:x' }] } }],
  ['of a deployment without resources', { 'detail-type': 'ECS Deployment State Change', 'detail': {} }],
  ['of a deployment whose resources are no list', { 'detail-type': 'ECS Deployment State Change', 'resources': 'arn' }],
])('an event %s changes nothing', async (_what, event) => {
  await start();
  await world.event(event);
  expect(world.account.ecr.calls).toEqual([]);
  expect([...world.account.s3.objects(BUCKET).keys()]).toEqual([]);
});

test('an event protects the images that its text names, if a digest is none', async () => {
  await start();
  const running = push(APP, 'v1');
  await world.event({ ...TASK, detail: { containers: [{ image: imageUri(APP, 'v1'), imageDigest: 'none' }] } });
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running)]);
});

test('two shields with different prefixes protect and release an image of the same repository independently', async () => {
  await start();
  const running = runImage();
  const own = { ...world.settings };
  const other = { ...own, shield: 'Other', bucket: 'other-state', tagPrefix: 'in-use-other-' };
  world.account.s3.bucket('other-state');
  const runOther = async () => {
    const { account: { s3 } } = world;
    const input = { settings: other, run: `other-${world.now}` };
    const { startedAt } = await world.report({ action: 'begin', ...input, environments: world.plan }) as { startedAt: string };
    const [account, region] = ENVIRONMENT.split('/');
    await world.collect({ ...input, environment: { account, region, usedBy: [{ service: 'ecs' }] } });
    for (const key of [...s3.objects('other-state').keys()].filter(each => each.startsWith('state/'))) {
      await world.protect({ ...input, startedAt, key });
    }
    return world.report({ action: 'end', ...input });
  };
  await world.run();
  expect(await runOther()).toMatchObject({ protected: 1 });
  const tag = keepTag('in-use-other-', running);
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running), tag]);
  stopTasks();
  world.pass(15);
  expect(await runOther()).toMatchObject({ released: 1 });
  expect(world.tagsOf(APP, running)).toEqual(['v1', keep(running), releasedTag('in-use-other-', running)]);
  world.account.s3.edit(BUCKET, world.stateKey(APP), 'damaged');
  expect(await world.run()).toMatchObject({ released: 0, protected: 1 });
});

test.each(['constructor', 'hasownproperty', 'valueof'])('a repository called %s is protected, released, and rebuilt', async name => {
  await start({ settings: { selection: { names: [name] } } });
  world.account.ecr.seed({ repositoryName: name });
  const running = runImage(name);
  await world.event(world.taskEvent(imageUri(name, 'v1'), running));
  expect(world.tagsOf(name, running)).toEqual(['v1', keep(running)]);
  expect(await world.run()).toMatchObject({ protected: 1 });
  world.account.s3.edit(BUCKET, world.stateKey(name), 'damaged');
  stopTasks();
  expect(await world.run()).toMatchObject({ protected: 1 });
  world.pass(15);
  expect(await world.run()).toMatchObject({ released: 1 });
  expect(world.tagsOf(name, running)).toEqual(['v1', released(running)]);
});

test('a repository that is no longer selected keeps its tags, and other repositories are protected', async () => {
  await start();
  world.account.ecr.seed({ repositoryName: 'team/other' });
  const [app, other] = [runImage(), runImage('team/other')];
  await world.run();
  Object.assign(world.settings, { selection: { names: [APP] } });
  expect(await world.run()).toMatchObject({ succeeded: true });
  expect(world.tagsOf(APP, app)).toContain(keep(app));
  expect(world.tagsOf('team/other', other)).toContain(keep(other));
});
