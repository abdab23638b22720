import { CopyScene, fromEcr, fromRegistry, MB, partsOf, sha256 } from './copy-scene';

let scene: CopyScene;
beforeEach(async () => { scene = await CopyScene.start(); });
afterEach(() => scene.stop());

const DAYS = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'];
const digestIn = ({ Data }: { Data: Record<string, string> }) => `sha256:${Data.ImageDigestHex}`;

describe('from a registry, the copy is complete for', () => {
  test.each([false, true])('one image (with Docker media types: %s)', async docker => {
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7', docker, layers: [1000, 2000, 6 * MB] });
    const answer = await scene.created(fromRegistry());
    expect(digestIn(answer)).toBe(image.digest);
    expect(scene.tags()).toEqual({ 7: image.digest });
    expect(await scene.pull('7')).toEqual(partsOf(image));
    expect(answer.Data).toMatchObject({ BytesSent: String(scene.bytesOf()), BytesSkipped: '0' });
  });

  test.each([
    { docker: false }, { docker: true }, { nested: true }, { attestations: true }, { nested: true, attestations: true, docker: true },
  ])('an index: %j', async options => {
    const index = scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: DAYS, ...options });
    expect(digestIn(await scene.created(fromRegistry()))).toBe(index.digest);
    expect(await scene.pull('7')).toEqual(partsOf(index));
    expect(scene.tags()).toEqual({ 7: index.digest });
    expect(scene.digests()).toEqual([...await scene.pull('7')].filter(digest => scene.digests().includes(digest)));
  });

  test('an image by tag, by digest, and by both, where the digest is used', async () => {
    const image = scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [1000] });
    const moved = scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [1001] });
    expect(digestIn(await scene.created(fromRegistry(`lib/redis:7@${image.digest}`)))).toBe(image.digest);
    expect(scene.tags()).toEqual({ 7: image.digest });
    expect(digestIn(await scene.created(fromRegistry(`lib/redis@${moved.digest}`)))).toBe(moved.digest);
    expect(scene.tags()).toEqual({ 7: image.digest });
    expect(digestIn(await scene.created(fromRegistry()))).toBe(moved.digest);
    expect(scene.tags()).toEqual({ 7: moved.digest });
    expect(scene.digests()).toEqual([image.digest, moved.digest].sort());
  });

  test('the given tags and no others', async () => {
    const { digest } = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    await scene.created(fromRegistry('lib/redis:7', { tags: ['stable', 'v7.4', '7_x'] }));
    expect(scene.tags()).toEqual({ 'stable': digest, 'v7.4': digest, '7_x': digest });
    await scene.created(fromRegistry('lib/redis:7', { tags: [] }));
    expect(Object.keys(scene.tags())).toHaveLength(3);
  });

  test('an artifact with one layer', async () => {
    const chart = scene.registry.addImage({
      name: 'lib/chart', tag: '1', artifactType: 'application/vnd.cncf.helm', layers: [Buffer.from('values')],
    });
    await scene.created(fromRegistry('lib/chart:1'));
    expect(await scene.pull('1')).toEqual(partsOf(chart));
  });

  test('an artifact without layers', async () => {
    const note = scene.registry.addImage({ name: 'lib/note', tag: '1', artifactType: 'application/vnd.note', layers: [] });
    await scene.created(fromRegistry('lib/note:1'));
    expect(await scene.pull('1')).toEqual(partsOf(note));
  });

  test('layers that several images share, which are sent once', async () => {
    const shared = Buffer.alloc(3000, 'shared');
    scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: DAYS, layers: [shared, shared] });
    const { Data } = await scene.created(fromRegistry());
    expect(Number(Data.BytesSent)).toBe(scene.bytesOf());
    expect(scene.registry.requests.filter(({ path }) => path.endsWith(sha256(shared)))).toHaveLength(1);
  });

  test('existing layers, which are not sent again', async () => {
    const first = scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [1000, 2000] });
    const { Data: once } = await scene.created(fromRegistry());
    scene.registry.requests = [];
    const { Data: again } = await scene.created(fromRegistry());
    expect(again).toEqual({ ImageDigestHex: first.digest.slice(7), BytesSent: '0', BytesSkipped: once.BytesSent });
    expect(scene.registry.requests.filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
    const before = scene.bytesOf();
    scene.registry.addImage({ name: 'lib/redis', tag: '8', layers: [1000, 2000, 3000] });
    const { Data: more } = await scene.created(fromRegistry('lib/redis:8'));
    expect(more).toMatchObject({ BytesSent: String(scene.bytesOf() - before), BytesSkipped: '3000' });
  });

  test('layers with sizes around the limits of parts', async () => {
    const layers = [0, -1, 1].flatMap(more => [5 * MB + more, 10 * MB + more]);
    scene.registry.addImage({ name: 'lib/redis', tag: '7', layers });
    await scene.created(fromRegistry());
    expect((await scene.pull('7')).length).toBe(layers.length + 2);
  });
});

describe('with platforms,', () => {
  const add = (options = {}) => scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: DAYS, attestations: true, ...options });
  const only = (...platforms: string[]) => fromRegistry('lib/redis:7', { platforms });

  test('the image of a single platform is copied with its own digest', async () => {
    const { images: [, arm] } = add();
    expect(digestIn(await scene.created(only('linux/arm64')))).toBe(arm.digest);
    expect(await scene.pull('7')).toEqual(partsOf(arm));
    expect(scene.digests()).toEqual([arm.digest]);
  });

  test('several platforms are copied as a smaller index, which is the same each time', async () => {
    const { images: [amd, , arm], attestations: [attestedAmd, , attestedArm], digest } = add();
    const smaller = digestIn(await scene.created(only('linux/amd64', 'linux/arm/v7')));
    expect(smaller).not.toBe(digest);
    expect(await scene.pull('7')).toEqual([smaller, ...partsOf(amd, arm, attestedAmd, attestedArm)].sort());
    expect(scene.digests()).toHaveLength(5);
    expect(digestIn(await scene.created(only('linux/arm/v7', 'linux/amd64')))).toBe(smaller);
    expect(scene.digests()).toHaveLength(5);
  });

  test('the index is copied unchanged for all of its platforms', async () => {
    const { digest } = add();
    expect(digestIn(await scene.created(only(...DAYS)))).toBe(digest);
  });

  test('a missing platform is an error that lists the existing ones, and nothing is copied', async () => {
    const { digest } = add();
    const reason = await scene.refusal(only('linux/amd64', 'linux/s390x'));
    expect(reason).toContain(digest);
    expect(reason).toMatch(/no image for linux\/s390x.*linux\/amd64, linux\/arm64, linux\/arm\/v7/);
    expect(reason).not.toContain('unknown');
    expect(scene.digests()).toEqual([]);
    expect(scene.bytesOf()).toBe(0);
  });

  test('a single image is an error', async () => {
    const { digest } = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    expect(await scene.refusal(only('linux/amd64'))).toMatch(new RegExp(`'platforms'.*${digest}.*\\. Remove 'platforms'`));
  });

  test('the index may lack an image that is not requested', async () => {
    const { images: [amd, arm] } = scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: DAYS });
    scene.registry.missing(amd.digest);
    expect(digestIn(await scene.created(only('linux/arm64')))).toBe(arm.digest);
  });
});

describe('from ECR, the copy is complete for', () => {
  test.each([
    ['one image', {}], ['an image with Docker media types', { format: 'docker' as const }],
    ['an image with foreign layers', { foreignLayers: 2 }],
  ])('%s', async (_what, options) => {
    const image = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], ...options });
    expect(digestIn(await scene.created(fromEcr()))).toBe(image.digest);
    expect(await scene.pull('v1')).toEqual([image.digest, image.configDigest, ...image.layerDigests].sort());
    expect(scene.ecr.layersOf('to')).toEqual(scene.ecr.layersOf('from'));
  });

  test.each([{}, { nested: true, attestations: true }, { format: 'docker' as const }])('an index: %j', async options => {
    const { digest } = scene.ecr.addRealIndex({ repositoryName: 'from', tags: ['v1'], ...options });
    expect(digestIn(await scene.created(fromEcr()))).toBe(digest);
    expect(await scene.pull('v1')).toEqual(await scene.pull(digest, 'from'));
    expect(scene.digests()).toEqual(scene.digests('from'));
  });

  test('an image of the same repository, which gets a tag without sent bytes', async () => {
    const { digest } = scene.ecr.addRealIndex({ repositoryName: 'to', tags: ['build-1'] });
    const { Data } = await scene.created(fromEcr('build-1', { tags: ['stable'] }, 'to'));
    expect(Data).toEqual({ ImageDigestHex: digest.slice(7), BytesSent: '0', BytesSkipped: String(scene.bytesOf()) });
    expect(scene.tags()).toEqual({ 'build-1': digest, 'stable': digest });
    expect(scene.ecr.downloads).toEqual([]);
  });
});
