import { CopyScene, fromRegistry, MB, sha256 } from './copy-scene';
import { LONGEST_MANIFEST, LONGEST_TREE, MOST_MANIFESTS, MOST_PAGES } from '../../../lambda/image-copy/bounds';
import { readTree, TreePlan } from '../../../lambda/image-copy/image-tree';
import type { ImageSource } from '../../../lambda/image-copy/source';
import type { Task } from '../../../lambda/shared/protocol/job';
import { LoopbackServer } from '../../local-ecr/loopback-server';

const INDEX = 'application/vnd.oci.image.index.v1+json';
const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const ATTACHED_TO = 'vnd.docker.reference.digest';
/** Bytes in the buffers of sockets in addition to those that a client reads. */
const SOCKETS = 8 * MB;

const digestOf = (nth: number) => `sha256:${nth.toString(16).padStart(64, '0')}`;
const config = (nth: number) => ({ mediaType: CONFIG, digest: digestOf(nth), size: 1 });
const imageText = (nth: number, more: object = {}) =>
  JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: config(nth), layers: [], ...more });
const indexText = (manifests: readonly object[]) => JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
const childOf = (text: string, mediaType = IMAGE) => ({ mediaType, digest: sha256(text), size: Buffer.byteLength(text) });

describe('a registry that sends without an end', () => {
  let scene: CopyScene;
  const servers = new Array<LoopbackServer>();
  afterEach(async () => {
    await scene.stop();
    await Promise.all(servers.splice(0).map(server => server.stop()));
  });
  const settled = () => new Promise(resolve => { setTimeout(resolve, 300); });

  test('can send a token of at most 1 MiB, and nothing else is read', async () => {
    scene = await CopyScene.start({ authentication: 'token', anonymous: 'allowed' });
    scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    scene.registry.flood(1, /^\/token/);
    expect(await scene.refusal(fromRegistry()))
      .toMatch(/^Repository 'to': 127\S+ sent a response of more than 1048576 bytes.*\. Check that/);
    expect(scene.registry.longestBody).toBeLessThan(MB + SOCKETS);
  });

  test.each([['a manifest', /\/manifests\//, {}], ['a page of referrers', /\/referrers\//, { referrers: true }]])(
    'is refused %s of more than 4 MiB, and no more is read', async (_what, of, props) => {
      scene = await CopyScene.start();
      scene.registry.addImage({ name: 'lib/redis', tag: '7' });
      scene.registry.flood(1, of);
      expect(await scene.refusal(fromRegistry('lib/redis:7', props)))
        .toMatch(new RegExp(`^Repository 'to': 127\\S+ sent a response of more than ${LONGEST_MANIFEST} bytes.*\\. Check that`));
      expect(scene.registry.longestBody).toBeLessThan(LONGEST_MANIFEST + SOCKETS);
    });

  test.each([
    ['status 403 for a layer', 403, {}, /\/blobs\//],
    ['a challenge for credentials', 401, { 'www-authenticate': 'Bearer' }, /\/manifests\//],
    ['a redirect', 307, { location: '/v2/lib/redis/nowhere' }, /\/manifests\//],
    ['an error', 500, {}, /\/manifests\//],
  ])('has the rest of a response unread: %s', async (_what, status, headers, of) => {
    scene = await CopyScene.start();
    scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    scene.registry.flood(1, of, status, headers);
    await scene.create(fromRegistry());
    await settled();
    expect(scene.registry.pending).toEqual([]);
    expect(scene.registry.longestBody).toBeLessThan(SOCKETS);
  });

  test('can send at most 100 pages of referrers, even if they are empty', async () => {
    scene = await CopyScene.start();
    const image = imageText(1);
    let pages = 0;
    const server = await LoopbackServer.start(async ({ request, response }) => {
      const isPage = request.url!.includes('/referrers/');
      if (isPage) pages++;
      response.writeHead(200, { 'content-type': isPage ? INDEX : IMAGE, 'link': `<${request.url}x>; rel="next"` })
        .end(isPage ? indexText([]) : image);
    });
    servers.push(server);
    const stack = scene.stack(fromRegistry('lib/redis:7', { referrers: true }));
    expect(await scene.refusal(stack, { ResourceProperties: scene.propertiesOf(stack, new URL(server.url).host) }))
      .toMatch(/^Repository 'to': 127\S+ lists more than 100 pages of referrers of sha256:\S+\. Remove some of them, or omit 'referrers'/);
    expect(pages).toBe(MOST_PAGES);
  });

  test('can send at most 2,000 referrers', async () => {
    scene = await CopyScene.start();
    const image = imageText(1);
    let pages = 0;
    const server = await LoopbackServer.start(async ({ request, response }) => {
      const isPage = request.url!.includes('/referrers/');
      const descriptors = Array.from({ length: 1_500 }, (_, nth) => config(pages * 1_500 + nth));
      if (isPage) pages++;
      response.writeHead(200, { 'content-type': isPage ? INDEX : IMAGE, 'link': `<${request.url}x>; rel="next"` })
        .end(isPage ? indexText(descriptors) : image);
    });
    servers.push(server);
    const stack = scene.stack(fromRegistry('lib/redis:7', { referrers: true }));
    expect(await scene.refusal(stack, { ResourceProperties: scene.propertiesOf(stack, new URL(server.url).host) }))
      .toMatch(/lists more than 2000 referrers of sha256:/);
    expect(pages).toBe(2);
  });
});

describe('an image', () => {
  const task = { progress: () => undefined } as unknown as Task;

  /** Returns a source with manifests by tag or digest, which counts the readings. */
  const sourceOf = (texts: ReadonlyMap<string, string>, referrers: (digest: string) => string[] = () => []) => {
    const source = {
      name: 'a registry',
      remedy: '',
      read: 0,
      manifest: async (reference: string) => {
        const text = texts.get(reference);
        if (text === undefined) return undefined;
        source.read++;
        return { digest: sha256(text), mediaType: '', text };
      },
      blob: () => Promise.reject(new Error('no blobs')),
      referrers: async (digest: string) => referrers(digest),
    };
    return source satisfies ImageSource;
  };
  const withDigests = (root: string, texts: readonly string[]) =>
    new Map([['7', root], ...[root, ...texts].map(text => [sha256(text), text] as const)]);
  const plan: TreePlan = { tagOrDigest: '7', referrers: false };

  test('with manifests of more than 16 MiB in total is refused when they exceed the limit, which the reason names', async () => {
    const texts = Array.from({ length: 12 }, (_, nth) => imageText(nth).padEnd(LONGEST_MANIFEST));
    const source = sourceOf(withDigests(indexText(texts.map(text => childOf(text))), texts));
    await expect(readTree(task, source, plan))
      .rejects.toThrow(new RegExp(`^The image of a registry is too large to be copied: its manifests have more than ${LONGEST_TREE} bytes`
        + '[.] Choose \'platforms\', or omit \'referrers\'[.]$'));
    expect(source.read).toBeLessThan(10);
  });

  test('with an index of more than 2,000 manifests is refused before any of them is read', async () => {
    const children = Array.from({ length: MOST_MANIFESTS + 1 }, (_, nth) => config(nth));
    const source = sourceOf(withDigests(indexText(children), []));
    await expect(readTree(task, source, plan)).rejects.toThrow(/too large to be copied: sha256:\S+ lists more than 2000 images\. Choose/);
    expect(source.read).toBe(1);
  });

  test('with an index of 1,999 manifests is read', async () => {
    const texts = Array.from({ length: MOST_MANIFESTS - 1 }, (_, nth) => imageText(nth));
    const { parts } = await readTree(task, sourceOf(withDigests(indexText(texts.map(text => childOf(text))), texts)), plan);
    expect(parts).toHaveLength(MOST_MANIFESTS - 1);
  });

  test('with an endless chain of referrers is refused after 2,000 manifests', async () => {
    const texts = new Map<string, string>();
    const add = (nth: number) => {
      const text = imageText(nth);
      texts.set(sha256(text), text);
      return text;
    };
    texts.set('7', add(0));
    let nth = 0;
    const source = sourceOf(texts, () => [sha256(add(++nth))]);
    await expect(readTree(task, source, { ...plan, referrers: true })).rejects.toThrow(/there are more than 2000 manifests\. Choose/);
    expect(source.read).toBe(MOST_MANIFESTS + 1);
  });

  test('keeps only the members of descriptors that are used', async () => {
    const [child, attached] = [imageText(1), imageText(2)];
    const index = indexText([
      { ...childOf(child), data: [[], []], urls: ['x'], platform: { os: 'linux', architecture: ['arm64'], variant: 'v8', features: [[]] } },
      { ...childOf(attached), annotations: { [ATTACHED_TO]: sha256(child), more: 'x'.repeat(100) } },
    ]);
    const { root } = await readTree(task, sourceOf(withDigests(index, [child, attached])), plan);
    expect(root.text).toBe(index);
    expect(JSON.parse(JSON.stringify(root.manifest.children))).toEqual([
      { ...childOf(child), platform: { os: 'linux', variant: 'v8' } },
      { ...childOf(attached), annotations: { [ATTACHED_TO]: sha256(child) } },
    ]);
  });
});
