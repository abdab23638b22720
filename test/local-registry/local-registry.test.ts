import { createHash } from 'node:crypto';
import type { Descriptor } from './content';
import { LocalRegistry, LocalRegistryOptions } from './local-registry';
import { DOCKER, OCI } from './media-types';

const name = 'library/app';
const MANIFEST_TYPES = [OCI.manifest, OCI.index, DOCKER.manifest, DOCKER.index].join(', ');
const CREDENTIALS = { username: 'puller', password: 'a:b' };
const BASIC = `Basic ${Buffer.from('puller:a:b').toString('base64')}`;

let registry: LocalRegistry;
const start = async (options: LocalRegistryOptions = {}) => {
  registry = await LocalRegistry.start(options);
};
afterEach(() => registry.stop());

const get = (path: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  fetch(new URL(path, registry.url), { headers, ...init });
const getManifest = (reference: string, headers: Record<string, string> = {}) =>
  get(`/v2/${name}/manifests/${reference}`, { accept: MANIFEST_TYPES, ...headers });
const getBlob = (digest: string, headers: Record<string, string> = {}, init: RequestInit = {}) =>
  get(`/v2/${name}/blobs/${digest}`, headers, init);
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const errorCode = async (response: Response) => [response.status, (await response.json() as { errors: { code: string }[] }).errors[0].code];

describe('images', () => {
  beforeEach(() => start());

  test('are returned by tag and by digest, with their blobs', async () => {
    const { digest, config, layers, size } = registry.addImage({ name, tag: 'v1', layers: [10, 100_000, Buffer.from('held')] });
    for (const reference of ['v1', digest]) {
      const response = await getManifest(reference);
      expect(response.status).toBe(200);
      expect([response.headers.get('content-type'), response.headers.get('docker-content-digest')]).toEqual([OCI.manifest, digest]);
      const bytes = await bytesOf(response);
      expect([sha256(bytes), bytes.length]).toEqual([digest, size]);
      expect(JSON.parse(bytes.toString())).toMatchObject({
        config: { digest: config, mediaType: OCI.config }, layers: layers.map(layer => ({ digest: layer, mediaType: OCI.layer })),
      });
    }
    for (const blob of [config, ...layers]) expect(sha256(await bytesOf(await getBlob(blob)))).toBe(blob);
    expect(JSON.parse((await bytesOf(await getBlob(config))).toString())).toMatchObject({ os: 'linux', architecture: 'amd64' });
  });

  test('have the same digests for the same calls, and can share layers', async () => {
    const one = registry.addImage({ name });
    const two = registry.addImage({ name });
    expect(two.digest).not.toBe(one.digest);
    expect(two.layers).toEqual(one.layers);
    await registry.stop();
    await start();
    expect([registry.addImage({ name }), registry.addImage({ name })]).toEqual([one, two]);
  });

  test('can have media types of Docker', async () => {
    const { digest, mediaType } = registry.addImage({ name, tag: 'v1', docker: true });
    expect(mediaType).toBe(DOCKER.manifest);
    expect(await (await getManifest(digest)).json())
      .toMatchObject({ mediaType, config: { mediaType: DOCKER.config }, layers: [{ mediaType: DOCKER.layer }, {}] });
  });

  test('are returned without a body for HEAD', async () => {
    const { digest, size, layers } = registry.addImage({ name, layers: [5000] });
    const manifest = await get(`/v2/${name}/manifests/${digest}`, { accept: OCI.manifest }, { method: 'HEAD' });
    const blob = await getBlob(layers[0], {}, { method: 'HEAD' });
    expect([manifest, blob].map(({ status, headers }) => [status, headers.get('content-length'), headers.get('docker-content-digest')]))
      .toEqual([[200, String(size), digest], [200, '5000', layers[0]]]);
    expect(await blob.text()).toBe('');
  });

  test.each([
    ['of another repository', '/v2/other/manifests/v1', MANIFEST_TYPES, [404, 'NAME_UNKNOWN']],
    ['that does not exist', `/v2/${name}/manifests/v2`, MANIFEST_TYPES, [404, 'MANIFEST_UNKNOWN']],
    ['whose type is not accepted', `/v2/${name}/manifests/v1`, DOCKER.manifest, [404, 'MANIFEST_UNKNOWN']],
    ['with any type', `/v2/${name}/manifests/v1`, '*/*', [404, 'MANIFEST_UNKNOWN']],
  ])('are not returned %s', async (_what, path, accept, expected) => {
    registry.addImage({ name, tag: 'v1' });
    expect(await errorCode(await get(path, { accept }))).toEqual(expected);
  });

  test('that are missing cause errors', async () => {
    const { digest, layers } = registry.addImage({ name, tag: 'v1' });
    registry.missing(layers[1]);
    expect(await errorCode(await getBlob(layers[1]))).toEqual([404, 'BLOB_UNKNOWN']);
    registry.missing(digest);
    expect(await errorCode(await getManifest('v1'))).toEqual([404, 'MANIFEST_UNKNOWN']);
    expect((await getBlob(layers[0])).status).toBe(200);
  });

  test('cannot be pushed', async () => {
    expect(await errorCode(await getBlob(sha256(Buffer.from('')), {}, { method: 'POST' }))).toEqual([405, 'UNSUPPORTED']);
  });
});

describe('indexes', () => {
  beforeEach(() => start());
  const manifests = async (reference: string) => (await (await getManifest(reference)).json() as { manifests: object[] }).manifests;

  test.each([[false, OCI], [true, DOCKER]])('contain platforms, with Docker media types: %s', async (docker, types) => {
    const { digest, mediaType, children, images } = registry.addIndex({
      name, tag: 'v1', platforms: ['linux/amd64', 'linux/arm/v7'], docker,
    });
    expect(mediaType).toBe(types.index);
    expect(await manifests('v1')).toEqual([
      { mediaType: types.manifest, digest: children[0], size: images[0].size, platform: { os: 'linux', architecture: 'amd64' } },
      {
        mediaType: types.manifest, digest: children[1], size: images[1].size, platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
      },
    ]);
    for (const reference of [digest, ...children]) {
      expect((await getManifest(reference)).headers.get('docker-content-digest')).toBe(reference);
    }
  });

  test('can contain attestations', async () => {
    const { children, attestations } = registry.addIndex({ name, tag: 'v1', platforms: ['linux/amd64'], attestations: true });
    expect(await manifests('v1')).toMatchObject([{ digest: children[0] }, {
      digest: children[1],
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': children[0] },
    }]);
    expect(children[1]).toBe(attestations[0].digest);
    expect((await getBlob(attestations[0].layers[0])).status).toBe(200);
  });

  test('can be nested', async () => {
    const { children, images } = registry.addIndex({ name, tag: 'v1', platforms: ['linux/amd64', 'linux/arm64'], nested: true });
    expect(await manifests('v1')).toMatchObject([{ digest: children[0], mediaType: OCI.index }]);
    expect(await manifests(children[0])).toMatchObject(images.map(({ digest }) => ({ digest })));
  });
});

describe('blobs', () => {
  test('are returned in parts for a range', async () => {
    await start();
    const { layers: [layer] } = registry.addImage({ name, layers: [200_000] });
    const bytes = await bytesOf(await getBlob(layer));
    for (const [from, until, range] of [
      [0, 200_000, 'bytes=0-'], [70_001, 200_000, 'bytes=70001-'], [17, 100_001, 'bytes=17-100000'],
    ] as const) {
      const response = await getBlob(layer, { range });
      expect([response.status, response.headers.get('content-range')]).toEqual([206, `bytes ${from}-${until - 1}/200000`]);
      expect((await bytesOf(response)).equals(bytes.subarray(from, until))).toBe(true);
    }
    expect((await getBlob(layer, { range: 'bytes=200000-' })).status).toBe(416);
    expect(registry.requests.map(({ range }) => range))
      .toEqual([undefined, 'bytes=0-', 'bytes=70001-', 'bytes=17-100000', 'bytes=200000-']);
  });

  test('are returned completely by a registry without ranges', async () => {
    await start({ ranges: false });
    const { layers: [layer] } = registry.addImage({ name, layers: [5000] });
    const response = await getBlob(layer, { range: 'bytes=100-' });
    expect([response.status, sha256(await bytesOf(response))]).toEqual([200, layer]);
  });

  test('are generated while a large layer is read', async () => {
    await start();
    const size = 500_000_000;
    const { layers: [layer] } = registry.addImage({ name, layers: [size] });
    const before = process.memoryUsage().arrayBuffers;
    const response = await getBlob(layer);
    expect(response.headers.get('content-length')).toBe(String(size));
    // nobody reads it yet: what is made is what buffers hold
    await new Promise(resolve => setTimeout(resolve, 300));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000);
    const hash = createHash('sha256');
    for await (const piece of response.body!) hash.update(piece as Uint8Array);
    expect(`sha256:${hash.digest('hex')}`).toBe(layer);
  });

  test.each(['absolute', 'relative'] as const)('are redirected with: %s', async redirects => {
    await start({ redirects });
    const { layers: [layer] } = registry.addImage({ name, layers: [5000] });
    const location = (await getBlob(layer, {}, { redirect: 'manual' })).headers.get('location')!;
    expect(location.startsWith(redirects === 'absolute' ? `${registry.storageUrl}/storage/` : '/storage/')).toBe(true);
    expect(registry.storageUrl).not.toBe(registry.url);
    const response = await getBlob(layer, { range: 'bytes=4000-' });
    expect([response.status, (await bytesOf(response)).length]).toEqual([206, 1000]);
    expect((await get(location.split('?')[0])).status).toBe(403);
  });

  test('cannot be read from the storage with an Authorization header', async () => {
    await start({ redirects: 'absolute' });
    const { layers: [layer] } = registry.addImage({ name });
    const location = (await getBlob(layer, {}, { redirect: 'manual' })).headers.get('location')!;
    const response = await get(location, { authorization: BASIC });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('InvalidArgument')]);
    expect(registry.requests.at(-1)).toMatchObject({ path: `/storage/${name}/${layer}`, status: 400, authorization: 'basic' });
    expect((await get(new URL('/v2/', registry.storageUrl).href)).status).toBe(403);
  });
});

describe('discovery', () => {
  const follow = async <T>(path: string, read: (page: never) => T[]): Promise<{ items: T[]; pages: number }> => {
    const response = await get(path);
    const items = read(await response.json() as never);
    const next = /<(.+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    if (next === undefined) return { items, pages: 1 };
    const rest = await follow(next, read);
    return { items: [...items, ...rest.items], pages: rest.pages + 1 };
  };
  const SBOM = 'application/spdx+json';
  const SCAN = 'application/sarif+json';

  test('lists tags in pages', async () => {
    await start({ pageSize: 2 });
    const { digest } = registry.addImage({ name, tag: 'c' });
    for (const tag of ['a', 'e', 'b', 'd']) registry.tag(name, tag, digest);
    const tags = ({ tags: page }: { tags: string[] }) => page;
    expect(await follow(`/v2/${name}/tags/list`, tags)).toEqual({ items: ['a', 'b', 'c', 'd', 'e'], pages: 3 });
    expect(await follow(`/v2/${name}/tags/list?n=1&last=c`, tags)).toEqual({ items: ['d', 'e'], pages: 2 });
    expect(await errorCode(await get(`/v2/${name}/tags/list?n=x`))).toEqual([400, 'PAGINATION_NUMBER_INVALID']);
    expect(await errorCode(await get('/v2/other/tags/list'))).toEqual([404, 'NAME_UNKNOWN']);
  });

  test('lists referrers in pages and by type', async () => {
    await start({ pageSize: 2 });
    const { digest: subject } = registry.addImage({ name, tag: 'v1' });
    const referrers = [SBOM, SCAN, SBOM, SCAN, SBOM].map(artifactType => registry.addImage({ name, subject, artifactType, layers: [100] }));
    const rows = ({ manifests }: { manifests: Descriptor[] }) => manifests.map(({ digest, artifactType }) => [digest, artifactType]);
    expect(await follow(`/v2/${name}/referrers/${subject}`, rows))
      .toMatchObject({ items: referrers.map(({ digest }) => [digest, expect.any(String)]), pages: 3 });
    const filtered = await get(`/v2/${name}/referrers/${subject}?artifactType=${encodeURIComponent(SBOM)}`);
    expect(filtered.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(await follow(`/v2/${name}/referrers/${subject}?artifactType=${encodeURIComponent(SBOM)}`, rows))
      .toEqual({ items: [referrers[0], referrers[2], referrers[4]].map(({ digest }) => [digest, SBOM]), pages: 2 });
    expect(await follow(`/v2/${name}/referrers/${referrers[0].digest}`, rows)).toEqual({ items: [], pages: 1 });
    expect(await (await getManifest(referrers[0].digest)).json())
      .toMatchObject({ artifactType: SBOM, config: { mediaType: OCI.empty }, subject: { digest: subject } });
  });

  test('does not apply an unsupported filter', async () => {
    await start({ referrers: 'unfiltered' });
    const { digest: subject } = registry.addImage({ name });
    registry.addImage({ name, subject, artifactType: SBOM });
    const response = await get(`/v2/${name}/referrers/${subject}?artifactType=${encodeURIComponent(SCAN)}`);
    expect(response.headers.has('oci-filters-applied')).toBe(false);
    expect(await response.json()).toMatchObject({ manifests: [{ artifactType: SBOM }] });
  });

  test('lists referrers with a tag if there is no API', async () => {
    await start({ referrers: 'absent' });
    const { digest: subject } = registry.addImage({ name, tag: 'v1' });
    const referrers = [SBOM, SCAN].map(artifactType => registry.addImage({ name, subject, artifactType }));
    expect((await get(`/v2/${name}/referrers/${subject}`)).status).toBe(404);
    expect(await (await getManifest(subject.replace(':', '-'))).json())
      .toMatchObject({ mediaType: OCI.index, manifests: referrers.map(({ digest }) => ({ digest })) });
  });

  test('finds a cosign signature by its tag', async () => {
    await start();
    const { digest } = registry.addImage({ name, tag: 'v1' });
    const signature = registry.addCosignSignature({ name, digest });
    expect(await (await getManifest(`${digest.replace(':', '-')}.sig`)).json())
      .toMatchObject({ layers: [{ digest: signature.layers[0], mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }] });
  });
});

describe('authentication', () => {
  const challengeOf = async (path: string, headers: Record<string, string> = {}) => {
    const response = await get(path, headers);
    return [response.status, response.headers.get('www-authenticate')];
  };
  const MANIFEST = `/v2/${name}/manifests/v1`;
  const scope = `repository:${name}:pull`;
  const askForToken = (query: Record<string, string> = {}, headers: Record<string, string> = { authorization: BASIC }) =>
    get(`/token?${new URLSearchParams({ service: 'local-registry', scope, ...query }).toString()}`, headers);
  const bearer = async (...asked: Parameters<typeof askForToken>) => {
    const { token, access_token: accessToken } = await (await askForToken(...asked)).json() as { token?: string; access_token?: string };
    return { authorization: `Bearer ${token ?? accessToken}` };
  };
  const statusWith = async (headers: Record<string, string>) => (await getManifest('v1', headers)).status;
  const startWith = async (options: LocalRegistryOptions) => {
    await start(options);
    registry.addImage({ name, tag: 'v1' });
  };

  test('accepts basic credentials', async () => {
    await startWith({ authentication: 'basic', credentials: CREDENTIALS });
    expect(await challengeOf('/v2/')).toEqual([401, 'Basic realm="local registry"']);
    const wrong = `Basic ${Buffer.from('puller:other').toString('base64')}`;
    expect(await challengeOf(MANIFEST, { authorization: wrong })).toEqual([401, 'Basic realm="local registry"']);
    expect(await statusWith({ authorization: BASIC })).toBe(200);
    registry.forgetCredentials();
    expect(await statusWith({ authorization: BASIC })).toBe(401);
    expect(registry.requests.map(({ method, path, status, authorization }) => [method, path, status, authorization])).toEqual([
      ['GET', '/v2/', 401, 'none'], ['GET', MANIFEST, 401, 'basic'], ['GET', MANIFEST, 200, 'basic'], ['GET', MANIFEST, 401, 'basic'],
    ]);
  });

  test('uses the token server in the challenge', async () => {
    await startWith({ authentication: 'token', credentials: CREDENTIALS });
    const realm = `Bearer realm="${registry.url}/token",service="local-registry"`;
    expect(await challengeOf('/v2/')).toEqual([401, realm]);
    expect(await challengeOf(MANIFEST)).toEqual([401, `${realm},scope="${scope}"`]);
    expect(await challengeOf(MANIFEST, { authorization: BASIC })).toEqual([401, `${realm},scope="${scope}"`]);
    expect(await (await askForToken()).json()).toEqual({ token: 'token-1', expires_in: 300 });
    expect(await statusWith(await bearer())).toBe(200);
    expect((await get('/v2/', await bearer())).status).toBe(200);
    expect(registry.requests.find(({ path }) => path === '/token'))
      .toMatchObject({ authorization: 'basic', query: expect.stringContaining('scope=repository') });
  });

  test('accepts a token for its repository, with both names of the token', async () => {
    await startWith({ authentication: 'token', credentials: CREDENTIALS, tokenMember: 'access_token' });
    registry.addImage({ name: 'other', tag: 'v1' });
    const headers = await bearer();
    expect(await statusWith(headers)).toBe(200);
    expect(await challengeOf('/v2/other/manifests/v1', headers))
      .toEqual([401, expect.stringContaining('scope="repository:other:pull",error="insufficient_scope"')]);
    expect(await statusWith(await bearer({ scope: `repository:other:pull ${scope},push` }))).toBe(200);
  });

  test.each([
    ['refused', 401, undefined],
    ['allowed', 200, 200],
    ['powerless', 200, 401],
  ] as const)('without credentials, a token is %s', async (anonymous, ofToken, ofManifest) => {
    await startWith({ authentication: 'token', credentials: CREDENTIALS, anonymous });
    expect((await askForToken({}, {})).status).toBe(ofToken);
    if (ofManifest !== undefined) expect(await statusWith(await bearer({}, {}))).toBe(ofManifest);
    expect((await askForToken({}, { authorization: 'Basic bm9ib2R5Og==' })).status).toBe(401);
  });

  test('rejects a token that is used up, expired, or revoked', async () => {
    let at = Date.UTC(2026, 0, 1);
    await startWith({ authentication: 'token', credentials: CREDENTIALS, tokenUses: 2, tokenSeconds: 60, now: () => new Date(at) });
    const usedUp = await bearer();
    for (const expected of [200, 200, 401]) expect(await statusWith(usedUp)).toBe(expected);
    expect(await challengeOf(MANIFEST, usedUp)).toEqual([401, expect.stringContaining('error="invalid_token"')]);
    const expiring = await bearer();
    at += 59_999;
    expect(await statusWith(expiring)).toBe(200);
    at += 1;
    expect(await statusWith(expiring)).toBe(401);
    const forgotten = await bearer();
    registry.forgetTokens();
    expect(await statusWith(forgotten)).toBe(401);
    expect(await statusWith(await bearer())).toBe(200);
    registry.forgetCredentials();
    expect((await askForToken()).status).toBe(401);
  });

  test('requires the name of the service at the token server', async () => {
    await startWith({ authentication: 'token', anonymous: 'allowed' });
    expect((await askForToken({ service: 'other' })).status).toBe(400);
    await registry.stop();
    await start();
    expect((await askForToken()).status).toBe(404);
  });
});

describe('faults', () => {
  let layer: string;
  const startWith = async (options: LocalRegistryOptions = {}) => {
    await start(options);
    ({ layers: [layer] } = registry.addImage({ name, tag: 'v1', layers: [300_000] }));
  };
  const statuses = () => registry.requests.map(({ status }) => status);

  test('return 429 for too many requests', async () => {
    await startWith();
    registry.answerTooMany(2, 3);
    registry.answerTooMany(1, new Date(Date.UTC(2026, 0, 1)));
    registry.answerTooMany(1);
    const answers = new Array<unknown>();
    for (let n = 0; n < 5; n += 1) {
      const { status, headers } = await getManifest('v1');
      answers.push([status, headers.get('retry-after')]);
    }
    expect(answers).toEqual([[429, '3'], [429, '3'], [429, 'Thu, 01 Jan 2026 00:00:00 GMT'], [429, null], [200, null]]);
    expect(registry.pending).toEqual([]);
  });

  test('return errors for the requested paths', async () => {
    await startWith({ authentication: 'token', anonymous: 'allowed' });
    registry.answerError(1, 503, /^\/token/);
    registry.answerError(1, 500);
    expect(registry.pending).toHaveLength(2);
    expect((await getManifest('v1')).status).toBe(401);
    const path = `/token?service=local-registry&scope=repository:${name}:pull`;
    expect((await get(path)).status).toBe(503);
    const { token } = await (await get(path)).json() as { token: string };
    const failed = await getManifest('v1', { authorization: `Bearer ${token}` });
    expect([failed.status, await failed.text()]).toEqual([500, '<html><h1>500</h1></html>']);
    expect((await getManifest('v1', { authorization: `Bearer ${token}` })).status).toBe(200);
  });

  test('can prevent a response', async () => {
    await startWith();
    registry.reset(1);
    registry.hang(1);
    await expect(getManifest('v1')).rejects.toThrow();
    await expect(get('/v2/', {}, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({ name: 'TimeoutError' });
    expect((await get('/v2/')).status).toBe(200);
    expect(statuses()).toEqual([0, 0, 200]);
  });

  test.each(['none', 'absolute'] as const)('cut a blob, whose other bytes can be read later; redirects: %s', async redirects => {
    await startWith({ redirects });
    registry.cut(1, 100_000);
    const received = new Array<Buffer>();
    const read = async () => {
      for await (const piece of (await getBlob(layer)).body!) received.push(Buffer.from(piece as Uint8Array));
    };
    await expect(read()).rejects.toThrow();
    expect(Buffer.concat(received)).toHaveLength(100_000);
    received.push(await bytesOf(await getBlob(layer, { range: 'bytes=100000-' })));
    expect(sha256(Buffer.concat(received))).toBe(layer);
  });

  test('can cut a blob before its first byte', async () => {
    await startWith();
    registry.cut(1, 0);
    const response = await getBlob(layer);
    expect(response.status).toBe(200);
    await expect(response.arrayBuffer()).rejects.toThrow();
  });

  test('corrupt one byte of a blob, and HEAD does not count', async () => {
    await startWith();
    registry.corrupt(1);
    await getBlob(layer, {}, { method: 'HEAD' });
    const [spoilt, right] = [await bytesOf(await getBlob(layer)), await bytesOf(await getBlob(layer))];
    expect(sha256(right)).toBe(layer);
    expect(spoilt).toHaveLength(right.length);
    expect([...spoilt].filter((byte, at) => byte !== right[at])).toHaveLength(1);
  });

  test('corrupt a manifest that can still be parsed', async () => {
    await startWith();
    registry.corruptManifest(1);
    const [spoilt, right] = [await bytesOf(await getManifest('v1')), await bytesOf(await getManifest('v1'))];
    expect(spoilt).toHaveLength(right.length);
    expect(JSON.parse(spoilt.toString())).not.toEqual(JSON.parse(right.toString()));
  });

  test('return a wrong digest header, also for HEAD', async () => {
    await startWith();
    const { digest } = registry.addImage({ name, tag: 'v2' });
    registry.wrongDigestHeader(2);
    const headers = new Array<string | null>();
    for (const method of ['HEAD', 'GET', 'GET']) {
      headers.push((await get(`/v2/${name}/manifests/v2`, { accept: OCI.manifest }, { method })).headers.get('docker-content-digest'));
    }
    expect(headers).toEqual([expect.stringMatching(/^sha256:/), headers[0], digest]);
    expect(headers[0]).not.toBe(digest);
  });
});

test('the registry stops with requests in progress', async () => {
  await start();
  const { layers: [layer] } = registry.addImage({ name, layers: [10_000_000] });
  const response = await getBlob(layer);
  registry.hang(1);
  const hanging = get('/v2/').then(() => 'answered', () => 'refused');
  await new Promise(resolve => setTimeout(resolve, 50));
  await registry.stop();
  expect(await hanging).toBe('refused');
  await expect(response.arrayBuffer()).rejects.toThrow();
  expect(registry.host).toMatch(/^127\.0\.0\.1:\d+$/);
});
