import { BatchDeleteImageCommand } from '@aws-sdk/client-ecr';
import type { Stack } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { CopyScene, fromEcr, fromRegistry, MB, partsOf, Rest } from './copy-scene';
import { clientOf } from '../../local-ecr/test-client';
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

describe('a source tag that moves', () => {
  test.each<[string, Rest]>([
    ['nothing', {}], ['the tags', { tags: ['7', 'more'] }], ['the referrers', { referrers: true }],
  ])('is not looked up again if %s changes', async (_what, rest) => {
    const { digest } = add();
    await scene.created(copied());
    add(1001);
    expect(await updated(copied(rest))).toBe(digest);
    expect(scene.tags()['7']).toBe(digest);
  });

  test('is not looked up again for one or several platforms if referrers are requested', async () => {
    for (const platforms of [['linux/arm64'], ['linux/arm64', 'linux/amd64']]) {
      const tags = { tags: [`of-${platforms.length}`] };
      scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: [...PLATFORMS, 'linux/s390x'] });
      const { Data: { ImageDigestHex } } = await scene.created(copied({ ...tags, platforms }));
      scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: [...PLATFORMS, 'linux/s390x'] });
      expect({ platforms, digest: await updated(copied({ ...tags, platforms, referrers: true })) })
        .toEqual({ platforms, digest: `sha256:${ImageDigestHex}` });
    }
  });

  test('is not looked up again for other credentials for the same image', async () => {
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

  test('is looked up again for a new trigger, and the previous image is retained', async () => {
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

  test('is looked up again if the source changes', async () => {
    add();
    const other = scene.registry.addImage({ name: 'lib/redis', tag: '8', layers: [5] });
    await scene.created(copied());
    expect(await updated(fromRegistry('lib/redis:8'))).toBe(other.digest);
    expect(scene.tags()).toMatchObject({ 8: other.digest });
  });

  test('is looked up again by the next update if an update failed', async () => {
    add();
    await scene.created(copied());
    scene.registry.answerError(8, 500);
    expect((await scene.update(copied({ trigger: '2' })))?.Status).toBe('FAILED');
    await updated(copied(), BACK);
    const after = add(1001);
    expect(await updated(copied({ trigger: '2' }))).toBe(after.digest);
  });

  test('is looked up again in the deployment after a rollback, even if the status of the rollback is still returned', async () => {
    const first = add();
    await scene.created(copied({ trigger: '1' }));
    const second = add(1001);
    expect(await updated(copied({ trigger: '2' }))).toBe(second.digest);
    expect(await updated(copied({ trigger: '1' }), BACK)).toBe(first.digest);
    const third = add(1002);
    expect(await updated(copied({ trigger: '3' }), 'UPDATE_ROLLBACK_COMPLETE')).toBe(third.digest);
  });
});

describe('without the source', () => {
  test('an update that adds a tag succeeds without a call to it', async () => {
    const { digest } = add();
    await scene.created(copied());
    await scene.registry.stop();
    expect(await updated(copied({ tags: ['7', 'stable'] }))).toBe(digest);
    expect(scene.tags()).toEqual({ 7: digest, stable: digest });
  });

  test('and the copied image, an update fails', async () => {
    const { digest } = add();
    await scene.created(copied());
    scene.ecr.recreate('to');
    scene.registry.missing(digest);
    const answer = await scene.update(copied({ tags: ['stable'] }));
    expect(answer).toMatchObject({
      Status: 'FAILED', Reason: expect.stringMatching(/^Repository 'to': there is no image sha256\S+ in 127\S+\/lib\/redis\. Push/),
    });
  });
});

test('the same image is copied again if it was deleted', async () => {
  const image = add();
  await scene.created(copied());
  scene.ecr.recreate('to');
  add(1001);
  expect(await updated(copied({ tags: ['7', 'x'] }))).toBe(image.digest);
  expect(await scene.pull('x')).toEqual(partsOf(image));
});

test.each(['assumed', 'other'] as const)('an image that was deleted by itself is copied again, whatever push time ECR gives it:'
  + ' %s reading', async reading => {
  scene.account.readings.set('push-after-delete-new-time', reading);
  const image = add();
  await scene.created(copied());
  const imageIds = [{ imageDigest: image.digest }];
  await clientOf(scene.ecr, 'somebody').send(new BatchDeleteImageCommand({ repositoryName: 'to', imageIds }));
  expect(scene.digests()).toEqual([]);
  expect(await updated(copied({ tags: ['7', 'x'] }))).toBe(image.digest);
  expect(await scene.pull('x')).toEqual(partsOf(image));
});

describe('a rollback', () => {
  test('of a successful update by an Update restores the image and the tags, and the next deployment succeeds', async () => {
    const before = add();
    await scene.created(copied({ trigger: '1', tags: ['7', 'old'] }));
    const after = add(1001);
    await updated(copied({ trigger: '2', tags: ['7', 'new'] }));
    await scene.registry.stop();
    expect(await updated(copied({ trigger: '1', tags: ['7', 'old'] }), BACK)).toBe(before.digest);
    expect(scene.tags()).toMatchObject({ 7: before.digest, old: before.digest });
    expect(scene.digests()).toContain(after.digest);
  });

  test.each([
    ['changed-physical-id-is-deleted', 'assumed'], ['changed-physical-id-is-deleted', 'other'],
  ] as const)('of a successful update by a Delete of the replacement restores the tags, also after an'
    + ' Update (%s: %s)', async (_id, reading) => {
    const before = add();
    const old = copied({ trigger: '1', tags: ['7', 'old'] });
    await scene.created(old);
    const formerId = scene.physicalId;
    add(1001);
    const young = copied({ trigger: '2', tags: ['7', 'new'] });
    await updated(young);
    expect(scene.physicalId).not.toBe(formerId);
    const replacementId = scene.physicalId;
    await scene.registry.stop();
    if (reading === 'other') await updated(old, BACK);
    expect(await scene.delete(young, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS', replacementId)).toMatchObject({ Status: 'SUCCESS' });
    expect(scene.tags()).toMatchObject({ 7: before.digest, old: before.digest });
  });

  test('of a failed update restores the tags that it had moved', async () => {
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
    ['the source and the image no longer exist', () => scene.ecr.recreate('to')],
    ['the repository no longer exists', () => scene.ecr.vanish('to')],
  ])('does not fail if %s', async (_what, happen) => {
    const { digest } = add();
    await scene.created(copied({ trigger: '1' }));
    add(1001);
    await updated(copied({ trigger: '2' }));
    happen();
    scene.registry.missing(digest);
    const answer = await scene.update(copied({ trigger: '1' }), BACK);
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { ImageDigestHex: digest.slice(7) } });
    expect(scene.log).toContain('the stack is rolling back, so this error is ignored');
  });

  test('does not fail if its Delete finds nothing to restore', async () => {
    add();
    await scene.created(copied({ trigger: '1' }));
    add(1001);
    await updated(copied({ trigger: '2' }));
    scene.ecr.vanish('to');
    expect(await scene.delete(copied({ trigger: '2' }), BACK)).toMatchObject({ Status: 'SUCCESS' });
  });
});

test('another destination is refused before any change', async () => {
  scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
  scene.ecr.seed({ repositoryName: 'to2' });
  await scene.created(fromEcr());
  const [one, two] = ['to', 'to2'].map(to => scene.propertiesOf(scene.stack(fromEcr('v1', { to }))));
  const answer = await scene.update(fromEcr('v1', { to: 'to2' }), undefined, { OldResourceProperties: one, ResourceProperties: two });
  expect(answer?.Reason)
    .toMatch(/^Repository 'to2' cannot replace 'to' in the same image copy\. Give the image copy a different construct id/);
  expect(scene.digests('to2')).toEqual([]);
});

describe('a timeout', () => {
  const LARGE = 6 * MB;

  test('is an error that names the remaining layers, and the next attempt continues from there', async () => {
    const { layers } = scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [LARGE, 1000, 2000] });
    scene.registry.hang(1, new RegExp(layers[0]));
    // of the time, six seconds remain, in which the small layers arrive on any machine
    const answer = await scene.create(copied(), { remaining: 21_000 });
    expect(answer).toMatchObject({ Status: 'FAILED' });
    expect(answer!.Reason).toMatch(/^Repository 'to': time ran out while copying 127\S+\/lib\/redis to 'to': 1 of 4 layers are left, \S+ \S+ of \S+ \S+\. Try again: it continues from there/);
    expect(scene.tags()).toEqual({});
    const { Data } = await scene.created(copied());
    expect(Data).toMatchObject({ BytesSent: String(LARGE), BytesSkipped: String(scene.bytesOf() - LARGE) });
  });

  test('while the function waits for a registry is an error', async () => {
    add();
    scene.registry.hang(1_000);
    expect((await scene.create(copied(), { remaining: 15_200 }))?.Reason).toMatch(/time ran out while .*lib\/redis.*\. Try again/);
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
