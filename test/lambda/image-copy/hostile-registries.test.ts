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
/** What sockets hold beyond what a client reads. */
const SOCKETS = 8 * MB;

const digestOf = (nth: number) => `sha256:${nth.toString(16).padStart(64, '0')}`;
const config = (nth: number) => ({ mediaType: CONFIG, digest: digestOf(nth), size: 1 });
const imageText = (nth: number, more: object = {}) =>
  JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, config: config(nth), layers: [], ...more });
const indexText = (manifests: readonly object[]) => JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
const childOf = (text: string, mediaType = IMAGE) => ({ mediaType, digest: sha256(text), size: Buffer.byteLength(text) });

describe('a registry that sends without end', () => {
  let scene: CopyScene;
  const servers = new Array<LoopbackServer>();
  afterEach(async () => {
    await scene.stop();
    await Promise.all(servers.splice(0).map(server => server.stop()));
  });
  const settled = () => new Promise(resolve => { setTimeout(resolve, 300); });

  test('is refused a token of more than 1 MiB, and no more is read', async () => {
    scene = await CopyScene.start({ authentication: 'token', anonymous: 'allowed' });
    scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    scene.registry.flood(1, /^\/token/);
    expect(await scene.refusal(fromRegistry()))
      .toMatch(/^Repository 'to': 127\S+ sends an answer of more than 1048576 bytes.* — see that/);
    expect(scene.registry.longestBody).toBeLessThan(MB + SOCKETS);
  });

  test.each([['a manifest', /\/manifests\//, {}], ['a page of referrers', /\/referrers\//, { referrers: true }]])(
    'is refused %s of more than 4 MiB, and no more is read', async (_what, of, props) => {
      scene = await CopyScene.start();
      scene.registry.addImage({ name: 'lib/redis', tag: '7' });
      scene.registry.flood(1, of);
      expect(await scene.refusal(fromRegistry('lib/redis:7', props)))
        .toMatch(new RegExp(`^Repository 'to': 127\\S+ sends an answer of more than ${LONGEST_MANIFEST} bytes.* — see that`));
      expect(scene.registry.longestBody).toBeLessThan(LONGEST_MANIFEST + SOCKETS);
    });

  test.each([
    ['a refusal of a layer', 403, {}, /\/blobs\//],
    ['a question for credentials', 401, { 'www-authenticate': 'Bearer' }, /\/manifests\//],
    ['a redirect', 307, { location: '/v2/lib/redis/nowhere' }, /\/manifests\//],
    ['an error', 500, {}, /\/manifests\//],
  ])('has the rest of an answer unread: %s', async (_what, status, headers, of) => {
    scene = await CopyScene.start();
    scene.registry.addImage({ name: 'lib/redis', tag: '7' });
    scene.registry.flood(1, of, status, headers);
    await scene.create(fromRegistry());
    await settled();
    expect(scene.registry.pending).toEqual([]);
    expect(scene.registry.longestBody).toBeLessThan(SOCKETS);
  });

  test('is refused more than 100 pages of referrers, though they list nothing', async () => {
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
      .toMatch(/^Repository 'to': 127\S+ lists more than 100 pages of what refers to sha256:\S+ — remove some, or leave 'referrers' out/);
    expect(pages).toBe(MOST_PAGES);
  });

  test('is refused pages of referrers that list more than 2,000', async () => {
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
      .toMatch(/lists more than 2000 of what refers to sha256:/);
    expect(pages).toBe(2);
  });
});

describe('an image', () => {
  const task = { progress: () => undefined } as unknown as Task;

  /** A source that has manifests by tag or digest, and counts what is read. */
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

  test('with manifests of more than 16 MiB together is refused as soon as they are more, and the reason has the bound', async () => {
    const texts = Array.from({ length: 12 }, (_, nth) => imageText(nth).padEnd(LONGEST_MANIFEST));
    const source = sourceOf(withDigests(indexText(texts.map(text => childOf(text))), texts));
    await expect(readTree(task, source, plan))
      .rejects.toThrow(new RegExp(`^The image of a registry is too large to be copied: its manifests have more than ${LONGEST_TREE} bytes`
        + ' — choose \'platforms\', or leave \'referrers\' out$'));
    expect(source.read).toBeLessThan(10);
  });

  test('with an index of more than 2,000 manifests is refused before one of them is read', async () => {
    const children = Array.from({ length: MOST_MANIFESTS + 1 }, (_, nth) => config(nth));
    const source = sourceOf(withDigests(indexText(children), []));
    await expect(readTree(task, source, plan)).rejects.toThrow(/too large to be copied: sha256:\S+ lists more than 2000 images — /);
    expect(source.read).toBe(1);
  });

  test('with an index of 1,999 manifests is read', async () => {
    const texts = Array.from({ length: MOST_MANIFESTS - 1 }, (_, nth) => imageText(nth));
    const { parts } = await readTree(task, sourceOf(withDigests(indexText(texts.map(text => childOf(text))), texts)), plan);
    expect(parts).toHaveLength(MOST_MANIFESTS - 1);
  });

  test('with referrers of referrers without end is refused after 2,000 manifests', async () => {
    const texts = new Map<string, string>();
    const add = (nth: number) => {
      const text = imageText(nth);
      texts.set(sha256(text), text);
      return text;
    };
    texts.set('7', add(0));
    let nth = 0;
    const source = sourceOf(texts, () => [sha256(add(++nth))]);
    await expect(readTree(task, source, { ...plan, referrers: true })).rejects.toThrow(/there are more than 2000 manifests — /);
    expect(source.read).toBe(MOST_MANIFESTS + 1);
  });

  test('has of the descriptors of its manifests what is read, and nothing else that a registry put there', async () => {
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
