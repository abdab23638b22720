import * as http from 'node:http';
import { CopyScene, fromEcr, fromRegistry, MB, partsOf } from './copy-scene';
import { LoopbackServer } from '../../local-ecr/loopback-server';
import { WHAT_TO_DO } from '../fault-points';

let scene: CopyScene;
beforeEach(async () => { scene = await CopyScene.start(); });
afterEach(async () => {
  jest.restoreAllMocks();
  await scene.stop();
});

const ALWAYS = 1_000;
const add = (layers: readonly number[] = [1000, 2000]) => scene.registry.addImage({ name: 'lib/redis', tag: '7', layers });
const BLOBS = /\/blobs\//;
const MANIFESTS = /\/manifests\//;

/** Checks that the copy fails with a clear first line, and that no incomplete image has a tag. */
async function expectRefusal(build: Parameters<CopyScene['create']>[0], reason: RegExp, more = {}): Promise<void> {
  const said = await scene.refusal(build, more);
  const [first] = said.split('\n');
  expect(first).toMatch(reason);
  expect(first).toMatch(WHAT_TO_DO);
  expect(scene.tags()).toEqual({});
}

async function expectCopied(...images: { digest: string }[]): Promise<void> {
  await scene.created(fromRegistry());
  expect(await scene.pull('7')).toEqual(partsOf(...images));
  expect(scene.registry.pending).toEqual([]);
}

describe('the copy fails without', () => {
  test('an image of a registry', async () => {
    scene.registry.addImage({ name: 'lib/redis', tag: '6' });
    await expectRefusal(fromRegistry(), /^Repository 'to': there is no image 7 in 127\S+\/lib\/redis\. Push it or correct its name/);
    await expectRefusal(fromRegistry('lib/other:7'), /^Repository 'to': there is no image 7 in 127\S+\/lib\/other\. Push/);
  });

  test('an image of ECR, or its repository', async () => {
    await expectRefusal(
      fromEcr(), /^Repository 'to': there is no image v1 in repository 'from' of account 000000000000.*\. Push or restore it/,
    );
    await expectRefusal(fromEcr('v1', {}, 'gone'), /^Repository 'to': there is no repository 'gone' of account 000000000000\. Create it/);
  });

  test('an active image of ECR', async () => {
    scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], status: 'ARCHIVED' });
    await expectRefusal(fromEcr(), /image v1 in repository 'from'.* archived\. Push or restore it/);
  });

  test('an image of an index', async () => {
    const { digest, images: [, { digest: child }] } = scene.registry.addIndex({
      name: 'lib/redis', tag: '7', platforms: ['linux/amd64', 'linux/arm64'],
    });
    scene.registry.missing(child);
    await expectRefusal(
      fromRegistry(), new RegExp(`${digest}.* refers to ${child} \\(linux/arm64\\), which does not exist\\. Push the complete index again`),
    );
  });

  test('a layer of a registry', async () => {
    const { layers: [layer] } = add();
    scene.registry.missing(layer);
    await expectRefusal(fromRegistry(), new RegExp(`${layer}.*lib/redis.*404`));
  });

  test('a layer of ECR', async () => {
    scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
    scene.ecr.onCall = ({ operation }) => {
      if (operation === 'BatchGetImage' && scene.ecr.images('from') > 0) scene.ecr.recreate('from');
    };
    await expectRefusal(fromEcr(), /layer.*'from'.*\. Push the image again/i);
  });
});

describe('a limited rate of pulls:', () => {
  const seconds = () => scene.waits.map(wait => Math.round(wait / 1_000));

  test('the copy waits as requested, in seconds and until a date', async () => {
    const image = add();
    scene.registry.answerTooMany(1, 90, MANIFESTS);
    scene.registry.answerTooMany(1, new Date(90_000 + 120_000), MANIFESTS);
    await expectCopied(image);
    expect(seconds()).toEqual([90, 120]);
  });

  test('the copy waits briefly without a requested time, and at most five minutes', async () => {
    const image = add();
    scene.registry.answerTooMany(2, undefined, MANIFESTS);
    scene.registry.answerTooMany(1, 7_200, MANIFESTS);
    scene.registry.answerTooMany(1, 0, MANIFESTS);
    await expectCopied(image);
    const [first, second, third, fourth] = scene.waits;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(5_000);
    expect(second).toBeLessThan(10_000);
    expect(third).toBe(300_000);
    expect(fourth).toBeGreaterThan(0);
  });

  test('the copy fails if the limit persists', async () => {
    add();
    scene.registry.answerTooMany(ALWAYS, 60);
    await expectRefusal(
      fromRegistry(), /^Repository 'to': 127\S+ limits the rate of pulls \(HTTP status 429.*\. Try again later, or use credentials/,
    );
  });

  test('a limit of ECR works in the same way', async () => {
    const { digest } = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
    scene.ecr.faults.add({ kind: 'throttle', times: 2 });
    await scene.created(fromEcr());
    expect(scene.tags()).toEqual({ v1: digest });
    scene.ecr.faults.add({ kind: 'throttle', times: Infinity });
    expect(await scene.refusal(fromEcr())).toMatch(/Rate exceeded\. AWS throttled every attempt/);
  });
});

describe('a faulty registry', () => {
  test.each([['every request', /^\/v2\//], ['layers', BLOBS]])('can return 500, 503, and resets for a while, for %s', async (_what, of) => {
    const image = add();
    for (const status of [500, 503]) scene.registry.answerError(1, status, of);
    scene.registry.reset(2, of);
    await expectCopied(image);
  });

  test.each([
    ['errors', () => scene.registry.answerError(ALWAYS, 502), /cannot be reached \(HTTP status 502, 8 attempts\)\. Check that it is available/],
    ['resets', () => scene.registry.reset(ALWAYS), /cannot be reached \(.*, 8 attempts\)\. Check that it is available/],
    ['resets of layers', () => scene.registry.reset(ALWAYS, BLOBS), /cannot be reached \(.*, 8 attempts\)\. Check that it is available/],
    ['status 403 for the manifest', () => scene.registry.answerError(ALWAYS, 403, MANIFESTS), /HTTP status 403.*\. Allow the user/],
    ['status 403 for layers', () => scene.registry.answerError(ALWAYS, 403, BLOBS), /layer sha256.*HTTP status 403/],
    ['changed manifests', () => scene.registry.corruptManifest(ALWAYS),
      /^Repository 'to': the manifest of 7 was changed in transit from 127\S+: its digest is sha256:\S+, not sha256:\S+\. Check any proxies in between/],
    ['manifests with a wrong digest', () => scene.registry.wrongDigestHeader(ALWAYS),
      /^Repository 'to': the manifest of 7 was changed in transit/],
    ['incomplete manifests', () => scene.registry.cut(ALWAYS, 100, MANIFESTS), /did not complete its response.*\. Check/],
    ['layers that break off immediately', () => scene.registry.cut(ALWAYS, 0, BLOBS),
      /^Repository 'to': the layer sha256\S+ of 127\S+ cannot be downloaded completely.* byte 0\. Check that the registry is available/],
    ['damaged layers', () => scene.registry.corrupt(ALWAYS),
      /^Repository 'to': the layer sha256\S+ was damaged in transit from 127\S+ .*4 attempts.*\. Check/],
  ])('with permanent %s fails the copy', async (_what, spoil, reason) => {
    add();
    spoil();
    await expectRefusal(fromRegistry(), reason);
    expect(scene.digests()).toEqual([]);
  });

  test.each([
    ['a changed manifest', () => scene.registry.corruptManifest(2)],
    ['a manifest with a wrong digest', () => scene.registry.wrongDigestHeader(2)],
    ['an incomplete manifest', () => scene.registry.cut(2, 100, MANIFESTS)],
    ['a damaged layer', () => scene.registry.corrupt(1)],
    ['several damaged layers', () => scene.registry.corrupt(4)],
  ])('can send %s once or twice', async (_what, spoil) => {
    const image = add([1000, 6 * MB]);
    spoil();
    await expectCopied(image);
  });

  test('leaves no damaged layer in the repository', async () => {
    const { layers } = add([6 * MB]);
    scene.registry.corrupt(ALWAYS, new RegExp(layers[0]));
    await scene.refusal(fromRegistry());
    expect(Object.keys(scene.ecr.layersOf('to'))).not.toContain(layers[0]);
  });

  test('that does not respond is an error', async () => {
    const { setTimeout } = http.ClientRequest.prototype;
    jest.spyOn(http.ClientRequest.prototype, 'setTimeout').mockImplementation(function (this: http.ClientRequest, time, callback) {
      return setTimeout.call(this, Math.min(time, 100), callback);
    });
    const image = add();
    scene.registry.hang(1, MANIFESTS);
    scene.registry.hang(1, BLOBS);
    await expectCopied(image);
    scene.ecr.recreate('to');
    scene.registry.hang(ALWAYS);
    await expectRefusal(fromRegistry(), /cannot be reached \(the connection was idle for too long, 8 attempts\)\. Check/);
  });
});

describe('after a connection that breaks in the middle of a layer', () => {
  test.each([[6 * MB, 'the endpoint'], [3 * MB, 'the API']])('the copy continues at that byte (%d bytes, sent to %s)', async size => {
    const image = add([size]);
    scene.registry.cut(2, MB, new RegExp(image.layers[0]));
    await expectCopied(image);
    const ranges = scene.registry.requests.filter(({ path }) => path.includes(image.layers[0])).map(({ range }) => range);
    expect(ranges).toEqual([undefined, `bytes=${MB}-`, `bytes=${2 * MB}-`]);
  });

  test('of ECR, the copy continues', async () => {
    const image = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'], layers: [Buffer.alloc(6 * MB, 'x')] });
    scene.ecr.cutDownloads(2, MB);
    await scene.created(fromEcr());
    expect(scene.ecr.downloads.filter(({ digest }) => digest === image.layerDigests[0]).map(({ from }) => from)).toEqual([0, MB, 2 * MB]);
    expect(await scene.pull('v1')).toContain(image.digest);
  });

  test('a layer that is damaged on the way from ECR is an error', async () => {
    const { digest } = scene.ecr.addRealImage({ repositoryName: 'from', tags: ['v1'] });
    scene.ecr.corruptDownloads(3);
    await scene.created(fromEcr());
    expect(await scene.pull('v1')).toContain(digest);
    scene.ecr.recreate('to');
    scene.ecr.corruptDownloads(ALWAYS);
    await expectRefusal(
      fromEcr(), /^Repository 'to': the layer sha256\S+ was damaged in transit from repository 'from' of account 000000000000 .*\. Check/,
    );
  });
});

test.each([
  ['of Docker\'s schema 1', { schemaVersion: 1, name: 'lib/redis', tag: '7', fsLayers: [] },
    'application/vnd.docker.distribution.manifest.v1+prettyjws', /schema 1.*Push the image again/],
  ['of an unknown type', { schemaVersion: 2, mediaType: 'application/vnd.other+json' }, 'application/vnd.other+json',
    /'application\/vnd.other\+json'/],
  ['that is not JSON', '<html>', 'text/html', /not JSON/],
])('a manifest %s is an error', async (_what, manifest, type, reason) => {
  const server = await LoopbackServer.start(async ({ response }) => {
    response.writeHead(200, { 'content-type': type }).end(typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
  });
  try {
    const stack = scene.stack(fromRegistry());
    const said = await scene.refusal(stack, { ResourceProperties: scene.propertiesOf(stack, new URL(server.url).host) });
    expect(said).toMatch(reason);
    expect(said.split('\n')[0]).toMatch(WHAT_TO_DO);
  } finally {
    await server.stop();
  }
});
