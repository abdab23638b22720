import { CopyScene, fromEcr, fromRegistry, MB, Rest } from './copy-scene';
import { LoopbackServer } from '../../local-ecr/loopback-server';

let scene: CopyScene;
beforeEach(async () => { scene = await CopyScene.start(); });
afterEach(() => scene.stop());

const mounts = () => scene.ecr.registryCalls.filter(({ query = '' }) => query.includes('mount='));
const sharing = (layers: readonly Uint8Array[] | number = 3, rest: Rest = {}) => {
  const image = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], layers });
  return { image, build: fromEcr('v1', rest) };
};

describe('between repositories of one registry,', () => {
  test('layers are shared instead of read and sent if blob mounting is on', async () => {
    scene.ecr.blobMounting('ENABLED');
    const { image, build } = sharing();
    const { Data } = await scene.created(build);
    expect(Data).toMatchObject({ BytesSent: '0', BytesSkipped: String(scene.bytesOf('from')) });
    expect(mounts().map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(mounts().every(({ query }) => query!.includes('from=from'))).toBe(true);
    expect(scene.ecr.downloads).toEqual([]);
    expect(await scene.pull('v1')).toEqual([image.digest, image.configDigest, ...image.layerDigests].sort());
  });

  test.each([
    ['if blob mounting is off', 'DISABLED' as const, undefined],
    ['with another encryption', 'ENABLED' as const, { encryptionType: 'KMS' as const }],
  ])('layers are sent after one attempt to share %s', async (_what, mounting, encryption) => {
    scene.ecr.blobMounting(mounting);
    scene.ecr.vanish('to');
    scene.ecr.seed({ repositoryName: 'to', ...encryption ? { encryption } : {} });
    const { image, build } = sharing([Buffer.alloc(6 * MB, 'large'), Buffer.alloc(100, 'small'), Buffer.alloc(7 * MB, 'larger')]);
    const { Data } = await scene.created(build);
    expect(Data).toMatchObject({ BytesSent: String(scene.bytesOf('from')), BytesSkipped: '0' });
    expect(mounts().map(({ status }) => status)).toEqual([202]);
    expect(scene.log).toContain('turn on blob mounting');
    expect(await scene.pull('v1')).toEqual([image.digest, image.configDigest, ...image.layerDigests].sort());
  });

  test('existing layers are neither shared nor sent', async () => {
    scene.ecr.blobMounting('ENABLED');
    const { build } = sharing();
    await scene.created(build);
    scene.ecr.clearCalls();
    expect((await scene.created(build)).Data).toMatchObject({ BytesSent: '0', BytesSkipped: String(scene.bytesOf('from')) });
    expect(scene.ecr.registryCalls).toEqual([]);
  });

  test('a failed attempt to share only adds a line to the log', async () => {
    const { image, build } = sharing();
    scene.ecr.blobMounting('ENABLED');
    scene.ecr.faults.add({ kind: 'serverError', operation: 'InitiateLayerUpload', times: 8 });
    await scene.created(build);
    expect(scene.tags()).toEqual({ v1: image.digest });
    expect(scene.log).toContain('cannot be shared');
    expect(scene.ecr.faults.pending).toEqual([]);
  });

  test.each(['the same registry', 'another registry'])('the API receives all layers from %s if the endpoint for Docker fails for'
    + ' the first one', async from => {
    let attempts = 0;
    const unreachable = await LoopbackServer.start(async ({ request }) => {
      attempts++;
      request.socket.destroy();
    });
    scene.ecr.proxyEndpoint = unreachable.url;
    const layers = [1, 2, 3, 4, 5].map(each => Buffer.alloc(5 * MB + each, each));
    if (from === 'another registry') scene.registry.addImage({ name: 'lib/redis', tag: '7', layers });
    await scene.created(from === 'another registry' ? fromRegistry() : sharing(layers).build);
    await unreachable.stop();
    expect(attempts).toBe(8);
    expect(scene.bytesOf()).toBeGreaterThan(25 * MB);
  });

  test('only layers of the same registry are shared', async () => {
    scene.registry.addImage({ name: 'from', tag: '1' });
    await scene.created(fromRegistry('from:1'));
    expect(mounts()).toEqual([]);
  });
});

describe('the order:', () => {
  test('images are put before their index, and the tag is set last', async () => {
    const index = scene.registry.addIndex({
      name: 'lib/redis', tag: '7', platforms: ['linux/amd64', 'linux/arm64'], nested: true, attestations: true,
    });
    const put = new Array<{ digest: unknown; tag: unknown }>();
    scene.ecr.onCall = ({ operation, input: { imageDigest: digest, imageTag: tag } }) => {
      if (operation === 'PutImage') put.push({ digest, tag });
      if (put.at(-1)?.tag === undefined) expect(scene.tags()).toEqual({});
    };
    await scene.created(fromRegistry());
    expect(put.filter(({ tag }) => tag !== undefined)).toEqual([{ digest: index.digest, tag: '7' }]);
    expect(put.at(-1)?.tag).toBe('7');
    const order = put.map(({ digest }) => digest);
    const [inner] = index.children;
    for (const { digest } of [...index.images, ...index.attestations]) expect(order.indexOf(digest)).toBeLessThan(order.indexOf(inner));
    expect(order.indexOf(inner)).toBeLessThan(order.indexOf(index.digest));
  });

  test('a tag that points to another image is moved only when the new image is complete', async () => {
    const before = scene.ecr.addRealImage({ repositoryName: 'to', tags: ['7'] });
    const { digest } = scene.registry.addImage({ name: 'lib/redis', tag: '7', layers: [6 * MB, 100] });
    const moves = new Array<string>();
    scene.ecr.onCall = ({ operation }) => {
      const now = scene.tags()['7'];
      if (now !== before.digest && moves.length === 0) moves.push(operation);
    };
    await scene.created(fromRegistry());
    expect(moves).toEqual(['PutImage']);
    expect(scene.tags()).toEqual({ 7: digest });
    expect(scene.digests()).toContain(before.digest);
  });

  test('no image is put before its layers', async () => {
    scene.registry.addIndex({ name: 'lib/redis', tag: '7', platforms: ['linux/amd64', 'linux/arm64'] });
    await scene.created(fromRegistry());
    const operations = scene.ecr.calls.map(({ operation }) => operation);
    expect(operations.lastIndexOf('CompleteLayerUpload')).toBeLessThan(operations.indexOf('PutImage'));
  });
});

describe('a destination can have', () => {
  test('an immutable tag that already points to the image', async () => {
    const { digest } = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    await scene.created(fromRegistry());
    scene.ecr.recreate('to', { imageTagMutability: 'IMMUTABLE' });
    await scene.created(fromRegistry());
    await scene.created(fromRegistry());
    expect(scene.tags()).toEqual({ 7: digest });
  });

  test('an archived image, which is restored', async () => {
    const { digest } = scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    await scene.created(fromRegistry());
    const archived = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], seed: 5 });
    scene.ecr.addRealImage({ repositoryName: 'to', tags: ['v1'], seed: 5, status: 'ARCHIVED' });
    await scene.created(fromEcr());
    expect(scene.ecr.repository('to').images.map(image => [image.digest, image.status]))
      .toEqual([[digest, 'ACTIVE'], [archived.digest, 'ACTIVE']]);
    expect(await scene.pull('v1')).toContain(archived.digest);
  });
});
