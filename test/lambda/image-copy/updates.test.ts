import type { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { CopyScene, fromEcr, fromRegistry, MB, partsOf, Rest } from './copy-scene';
import type { LocalRegistryOptions } from '../../local-registry/local-registry';

let scene: CopyScene;
const start = async (options: LocalRegistryOptions = {}) => { scene = await CopyScene.start(options); };
beforeEach(() => start());
afterEach(() => scene.stop());

const PLATFORMS = ['linux/amd64', 'linux/arm64'];
const BACK = 'UPDATE_ROLLBACK_IN_PROGRESS';
const add = (size = 1000) => scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [size] });
const copied = (rest: Rest = {}) => fromRegistry('lib/redis:7', rest);

async function updated(build: Parameters<CopyScene['update']>[0], status?: string): Promise<string> {
  const answer = await scene.update(build, status);
  expect(answer).toMatchObject({ Status: 'SUCCESS' });
  return `sha256:${answer!.Data!.ImageDigestHex}`;
}

describe('a tag of the source that moves', () => {
  test.each<[string, Rest]>([
    ['nothing', {}], ['the tags', { tags: ['7', 'more'] }], ['the referrers', { referrers: true }],
  ])('is not followed when %s changes', async (_what, rest) => {
    const { digest } = add();
    await scene.created(copied());
    add(1001);
    expect(await updated(copied(rest))).toBe(digest);
    expect(scene.tags()['7']).toBe(digest);
  });

  test('is not followed by one platform, or several, when what refers to them is asked for', async () => {
    for (const platforms of [['linux/arm64'], ['linux/arm64', 'linux/amd64']]) {
      const tags = { tags: [`of-${platforms.length}`] };
      scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: [...PLATFORMS, 'linux/s390x'] });
      const { Data: { ImageDigestHex } } = await scene.created(copied({ ...tags, platforms }));
      scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: [...PLATFORMS, 'linux/s390x'] });
      expect({ platforms, digest: await updated(copied({ ...tags, platforms, referrers: true })) })
        .toEqual({ platforms, digest: `sha256:${ImageDigestHex}` });
    }
  });

  test('is not followed when other credentials are given for the same image', async () => {
    await scene.stop();
    const credentials = { username: 'a', password: 'b' };
    await start({ authentication: 'basic', credentials });
    const build = (name: string) => (stack: Stack) => fromRegistry('lib/redis:7', {}, {
      credentials: secretsmanager.Secret.fromSecretCompleteArn(
        stack, 'Secret', scene.account.secrets.secret(name, JSON.stringify(credentials)),
      ),
    })(stack);
    const { digest } = add();
    await scene.created(build('one'));
    add(1001);
    expect(await updated(build('two'))).toBe(digest);
  });

  test('is followed when the trigger changes, and the image of before stays', async () => {
    const before = add();
    await scene.created(copied({ trigger: '1' }));
    const after = add(1001);
    expect(await updated(copied({ trigger: '1' }))).toBe(before.digest);
    expect(await updated(copied({ trigger: '2' }))).toBe(after.digest);
    expect(await scene.pull('7')).toEqual(partsOf(after));
    expect(scene.digests()).toEqual([before.digest, after.digest].sort());
    add(1002);
    expect(await updated(copied({ trigger: '2', tags: ['7', 'x'] }))).toBe(after.digest);
  });

  test('is followed when another image is asked for', async () => {
    add();
    const other = scene.registry.addImage({ name: 'lib/redis', tag: '8', layers: [5] });
    await scene.created(copied());
    expect(await updated(fromRegistry('lib/redis:8'))).toBe(other.digest);
    expect(scene.tags()).toMatchObject({ 8: other.digest });
  });

  test('is followed after an update that failed, when the next one asks for the same', async () => {
    add();
    await scene.created(copied());
    scene.registry.answerError(8, 500);
    expect((await scene.update(copied({ trigger: '2' })))?.Status).toBe('FAILED');
    await updated(copied(), BACK);
    const after = add(1001);
    expect(await updated(copied({ trigger: '2' }))).toBe(after.digest);
  });

  test('is followed in the deployment after a rollback, though the stack still reads as rolled back', async () => {
    const first = add();
    await scene.created(copied({ trigger: '1' }));
    const second = add(1001);
    expect(await updated(copied({ trigger: '2' }))).toBe(second.digest);
    expect(await updated(copied({ trigger: '1' }), BACK)).toBe(first.digest);
    const third = add(1002);
    expect(await updated(copied({ trigger: '3' }), 'UPDATE_ROLLBACK_COMPLETE')).toBe(third.digest);
  });
});

describe('when the source is gone', () => {
  test('an update that adds a tag works, and asks nobody', async () => {
    const { digest } = add();
    await scene.created(copied());
    await scene.registry.stop();
    expect(await updated(copied({ tags: ['7', 'stable'] }))).toBe(digest);
    expect(scene.tags()).toEqual({ 7: digest, stable: digest });
  });

  test('and the image is too, it fails', async () => {
    const { digest } = add();
    await scene.created(copied());
    scene.ecr.recreate('to');
    scene.registry.missing(digest);
    const answer = await scene.update(copied({ tags: ['stable'] }));
    expect(answer).toMatchObject({
      Status: 'FAILED', Reason: expect.stringMatching(/^Repository 'to': there is no image sha256\S+ in 127\S+\/lib\/redis — /),
    });
  });
});

test('an image that somebody deleted is copied again, the same one', async () => {
  const image = add();
  await scene.created(copied());
  scene.ecr.recreate('to');
  add(1001);
  expect(await updated(copied({ tags: ['7', 'x'] }))).toBe(image.digest);
  expect(await scene.pull('x')).toEqual(partsOf(image));
});

describe('a rollback', () => {
  test('after an update that succeeded goes back, by an Update: the image, the tags, and the next deployment goes on', async () => {
    const before = add();
    await scene.created(copied({ trigger: '1', tags: ['7', 'old'] }));
    const after = add(1001);
    await updated(copied({ trigger: '2', tags: ['7', 'new'] }));
    await scene.registry.stop();
    expect(await updated(copied({ trigger: '1', tags: ['7', 'old'] }), BACK)).toBe(before.digest);
    expect(scene.tags()).toMatchObject({ 7: before.digest, old: before.digest });
    expect(scene.digests()).toContain(after.digest);
  });

  test('after an update that succeeded goes back, by the Delete of what replaced it', async () => {
    const before = add();
    const old = copied({ trigger: '1', tags: ['7', 'old'] });
    await scene.created(old);
    const formerId = scene.physicalId;
    add(1001);
    const young = copied({ trigger: '2', tags: ['7', 'new'] });
    await updated(young);
    expect(scene.physicalId).not.toBe(formerId);
    await scene.registry.stop();
    expect(await scene.delete(young, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS')).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toMatchObject({ 7: before.digest, old: before.digest });
  });

  test('after an update that failed goes back, with tags that it had moved', async () => {
    const before = add();
    await scene.created(copied({ trigger: '1', tags: ['7', 'old'] }));
    add(1001);
    scene.ecr.faults.add({ kind: 'serverError', operation: 'PutImage', skip: 2, times: Infinity });
    expect((await scene.update(copied({ trigger: '2', tags: ['7', 'old', 'new'] })))?.Status).toBe('FAILED');
    expect(scene.tags()['7']).not.toBe(before.digest);
    scene.ecr.faults.clear();
    expect(await updated(copied({ trigger: '1', tags: ['7', 'old'] }), BACK)).toBe(before.digest);
    expect(scene.tags()).toEqual({ 7: before.digest, old: before.digest });
  });

  test.each<[string, () => unknown]>([
    ['the source and the image are gone', () => scene.ecr.recreate('to')], ['the repository is gone', () => scene.ecr.vanish('to')],
  ])('does not fail when %s', async (_what, happen) => {
    const { digest } = add();
    await scene.created(copied({ trigger: '1' }));
    add(1001);
    await updated(copied({ trigger: '2' }));
    happen();
    scene.registry.missing(digest);
    const answer = await scene.update(copied({ trigger: '1' }), BACK);
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { ImageDigestHex: digest.slice(7) } });
    expect(scene.log).toContain('the stack is rolling back, so this is no failure');
  });

  test('in which the Delete has nothing left to go back to, does not fail', async () => {
    add();
    await scene.created(copied({ trigger: '1' }));
    add(1001);
    await updated(copied({ trigger: '2' }));
    scene.ecr.vanish('to');
    expect(await scene.delete(copied({ trigger: '2' }), BACK)).toMatchObject({ Status: 'SUCCESS' });
  });
});

test('another destination is refused, and nothing is done', async () => {
  scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
  scene.ecr.seed({ repositoryName: 'to2' });
  await scene.created(fromEcr());
  const [one, two] = ['to', 'to2'].map(to => scene.propertiesOf(scene.stack(fromEcr('v1', { to }))));
  const answer = await scene.update(fromEcr('v1', { to: 'to2' }), undefined, { OldResourceProperties: one, ResourceProperties: two });
  expect(answer?.Reason)
    .toMatch(/^Repository 'to2' cannot take the place of 'to' in the same image copy — give the image copy another construct id/);
  expect(scene.digests('to2')).toEqual([]);
});

describe('when time is nearly up', () => {
  const LARGE = 6 * MB;

  test('it says what is left, and the next try goes on from there', async () => {
    const { layers } = scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [LARGE, 1000, 2000] });
    scene.registry.hang(1, new RegExp(layers[0]));
    // six seconds of them, in which the small layers arrive on any machine
    const answer = await scene.create(copied(), { remaining: 21_000 });
    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(answer!.Reason).toMatch(/^Repository 'to': time ran out while copying 127\S+\/lib\/redis to 'to': 1 of 4 layers are left, \S+ \S+ of \S+ \S+ — try again, it goes on from there/);
    expect(scene.tags()).toEqual({});
    const { Data } = await scene.created(copied());
    expect(Data).toMatchObject({ BytesSent: String(LARGE), BytesSkipped: String(scene.bytesOf() - LARGE) });
  });

  test('while it waits for a registry', async () => {
    add();
    scene.registry.hang(1_000);
    expect((await scene.create(copied(), { remaining: 15_200 }))?.Reason).toMatch(/time ran out while .*lib\/redis.* — try again/);
  });
});

test('an event that is delivered twice changes nothing the second time', async () => {
  const { digest } = add();
  const first = await scene.created(copied());
  add(1001);
  const id = scene.physicalId;
  const RequestId = 'twice';
  const [one, two] = [await scene.update(copied({ tags: ['x'] }), undefined, { RequestId, PhysicalResourceId: id }),
    await scene.update(copied({ tags: ['x'] }), undefined, { RequestId, PhysicalResourceId: id })];
  expect(two).toMatchObject({ Status: 'SUCCESS', Data: one!.Data });
  expect(scene.tags()).toEqual({ 7: digest, x: digest });
  expect(first.Data.ImageDigestHex).toBe(digest.slice(7));
});
