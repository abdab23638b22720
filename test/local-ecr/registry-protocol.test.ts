import { randomBytes } from 'node:crypto';
import { ECRClient, GetAuthorizationTokenCommand, PutImageTagMutabilityCommand } from '@aws-sdk/client-ecr';
import type { IamStatement } from './iam';
import { LocalEcr } from './local-ecr';
import { digestOf, OCI_INDEX, OCI_MANIFEST } from './manifest';
import type { RealImage } from './real-images';
import { clientOf, startForEachTest } from './test-client';

const repositoryName = 'team/app';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
let ecr: LocalEcr;
let client: ECRClient;
let authorization: string;

startForEachTest(async (started, itsClient) => {
  [ecr, client] = [started, itsClient];
  authorization = await login();
  ecr.layers = 'modelled';
  ecr.seed({ repositoryName });
});

const login = async (from = client) => {
  const { authorizationData } = await from.send(new GetAuthorizationTokenCommand({}));
  return `Basic ${authorizationData![0].authorizationToken}`;
};
const call = (path: string, init: RequestInit & { duplex?: 'half' } = {}) => fetch(
  path.startsWith('http') ? path : `${ecr.endpoint}/v2/${path}`,
  { redirect: 'manual', ...init, headers: { authorization, ...init.headers } },
);
const errorsOf = async (response: Response) => ((await response.json()) as { errors: { code: string; message: string }[] }).errors;
const begin = async (name = repositoryName) => (await call(`${name}/blobs/uploads/`, { method: 'POST' })).headers.get('location')!;
const pushBlob = async (bytes: string, name = repositoryName) => {
  const location = await begin(name);
  await call(location, { method: 'PATCH', body: bytes });
  return call(`${location}?digest=${digestOf(bytes)}`, { method: 'PUT' });
};
const manifestOver = (config: string, more: object = {}) => JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: { mediaType: CONFIG, digest: digestOf(config), size: config.length },
  layers: [],
  ...more,
});
const pushManifest = (reference: string, body: string, type = OCI_MANIFEST, name = repositoryName) =>
  call(`${name}/manifests/${reference}`, { method: 'PUT', body, headers: { 'content-type': type } });
const mount = (digest: string, from: string, name = repositoryName) =>
  call(`${name}/blobs/uploads/?mount=${digest}&from=${encodeURIComponent(from)}`, { method: 'POST' });

describe('login', () => {
  test.each([
    ['nothing', ''], ['another scheme', 'Bearer x'], ['another user', `Basic ${Buffer.from('me:password').toString('base64')}`],
    ['another password', `Basic ${Buffer.from('AWS:password').toString('base64')}`],
  ])('%s is not authorized', async (_name, other) => {
    const response = await call('', { headers: { authorization: other } });
    expect([response.status, response.headers.get('www-authenticate'), await response.text()])
      .toEqual([401, `Basic realm="${ecr.endpoint}/",service="ecr.amazonaws.com"`, 'Not Authorized\n']);
    expect(ecr.registryCalls).toEqual([{ method: 'GET', path: '/v2/', status: 401 }]);
  });

  test('a password is valid for the registry of its caller in its Region', async () => {
    ecr.principal('far', { account: '111111111111' });
    const place = { account: '111111111111', region: 'eu-west-1' };
    ecr.seed({ repositoryName: 'elsewhere', ...place });
    const { digest } = ecr.addRealImage({ repositoryName: 'elsewhere', tags: ['v1'], ...place });
    expect((await call('')).status).toBe(200);
    expect((await call('elsewhere/manifests/v1')).status).toBe(404);
    authorization = await login(clientOf(ecr, 'far', { region: 'eu-west-1' }));
    expect((await call('elsewhere/manifests/v1')).headers.get('docker-content-digest')).toBe(digest);
  });

  test('a password expires after 12 hours', async () => {
    let now = new Date('2026-06-01T00:00:00Z');
    const dated = await LocalEcr.start({ now: () => now });
    const headers = { authorization: await login(clientOf(dated)) };
    expect((await fetch(`${dated.endpoint}/v2/`, { headers })).status).toBe(200);
    now = new Date('2026-06-01T12:00:00Z');
    const response = await fetch(`${dated.endpoint}/v2/`, { headers });
    expect([response.status, await errorsOf(response)]).toEqual([403, [{ code: 'DENIED', message: expect.stringContaining('expired') }]]);
    await dated.stop();
  });
});

describe('pulling', () => {
  let image: RealImage;

  beforeEach(() => {
    image = ecr.addRealImage({ repositoryName, tags: ['v1'] });
  });

  test.each(['GET', 'HEAD'])('%s finds a manifest by tag and by digest', async method => {
    for (const reference of ['v1', image.digest]) {
      const response = await call(`${repositoryName}/manifests/${reference}`, { method });
      expect([response.status, ...['content-type', 'docker-content-digest', 'content-length'].map(name => response.headers.get(name))])
        .toEqual([200, OCI_MANIFEST, image.digest, String(image.manifest.length)]);
      expect(await response.text()).toBe(method === 'GET' ? image.manifest : '');
    }
  });

  test('a manifest that is missing, archived, or of an unaccepted type is unknown', async () => {
    const archived = ecr.addRealImage({ repositoryName, status: 'ARCHIVED' });
    const [none, cold, other] = [
      await call(`${repositoryName}/manifests/v2`),
      await call(`${repositoryName}/manifests/${archived.digest}`),
      await call(`${repositoryName}/manifests/v1`, { headers: { accept: `${OCI_INDEX}, text/plain;q=0.5` } }),
    ];
    for (const response of [none, cold, other]) {
      expect([response.status, await errorsOf(response)])
        .toEqual([404, [{ code: 'MANIFEST_UNKNOWN', message: 'Requested image not found' }]]);
    }
    expect(await errorsOf(await call('none/manifests/v1'))).toMatchObject([{ code: 'NAME_UNKNOWN' }]);
  });

  test('a blob is downloaded from another host without the password', async () => {
    const [digest] = image.layerDigests;
    const head = await call(`${repositoryName}/blobs/${digest}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('docker-content-digest')]).toEqual([200, digest]);
    const size = Number(head.headers.get('content-length'));
    const redirect = await call(`${repositoryName}/blobs/${digest}`);
    expect([redirect.status, redirect.headers.get('location')]).toEqual([307, expect.stringMatching(/^http:\/\/localhost:\d+\//)]);
    expect((await call(redirect.headers.get('location')!)).status).toBe(400);
    const followed = await call(`${repositoryName}/blobs/${digest}`, { redirect: 'follow', headers: { range: 'bytes=10-' } });
    expect([followed.status, (await followed.arrayBuffer()).byteLength]).toEqual([206, size - 10]);
    expect(ecr.downloads).toEqual([{ digest, from: 10, bytes: size - 10 }]);
    for (const method of ['GET', 'HEAD']) expect((await call(`${repositoryName}/blobs/${digestOf('none')}`, { method })).status).toBe(404);
  });

  test('tags are listed in pages', async () => {
    ecr.addRealImage({ repositoryName, tags: ['v2', 'v3'] });
    ecr.addRealImage({ repositoryName });
    const first = await call(`${repositoryName}/tags/list?n=2`);
    expect(await first.json()).toEqual({ name: repositoryName, tags: ['v1', 'v2'] });
    const [, next] = /^<(.+)>; rel="next"$/.exec(first.headers.get('link')!)!;
    expect(await (await call(`${ecr.endpoint}${next}`)).json()).toEqual({ name: repositoryName, tags: ['v3'] });
  });

  test('referrers are listed in an index, optionally by type', async () => {
    const artifact = ecr.addRealImage({
      repositoryName, subject: image.digest, artifactType: 'application/spdx+json', annotations: { by: 'me' },
    });
    ecr.addRealImage({ repositoryName, subject: image.digest, artifactType: 'application/other' });
    const all = await call(`${repositoryName}/referrers/${image.digest}`);
    expect([all.headers.get('content-type'), ((await all.json()) as { manifests: object[] }).manifests])
      .toEqual([OCI_INDEX, expect.any(Array)]);
    const some = await call(`${repositoryName}/referrers/${image.digest}?artifactType=application/spdx%2Bjson`);
    expect(some.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(await some.json()).toEqual({
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{
        mediaType: OCI_MANIFEST,
        digest: artifact.digest,
        size: artifact.manifest.length,
        artifactType: 'application/spdx+json',
        annotations: { by: 'me' },
      }],
    });
    expect(await (await call(`${repositoryName}/referrers/${digestOf('none')}`)).json()).toMatchObject({ manifests: [] });
  });

  test('referrers are listed in pages of 50', async () => {
    for (let n = 0; n < 51; n += 1) {
      ecr.addRealImage({ repositoryName, subject: image.digest, artifactType: 'application/other', annotations: { n: String(n) } });
    }
    const first = await call(`${repositoryName}/referrers/${image.digest}`);
    const [, next] = /^<(.+)>; rel="next"$/.exec(first.headers.get('link')!)!;
    const second = await call(`${ecr.endpoint}${next}`);
    const pages = (await Promise.all([first, second].map(async page => page.json()))) as { manifests: object[] }[];
    expect(pages.map(({ manifests }) => manifests.length)).toEqual([50, 1]);
  });
});

describe('pushing', () => {
  test('a blob can be pushed in chunks, followed by its manifest', async () => {
    const location = await begin();
    expect(location).toMatch(new RegExp(`^${ecr.endpoint}/v2/${repositoryName}/blobs/uploads/[0-9a-f-]{36}$`));
    const first = await call(location, { method: 'PATCH', body: '{"a":', headers: { 'content-range': '0-4' } });
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-4']);
    const status = await call(location);
    expect([status.status, status.headers.get('range')]).toEqual([204, '0-4']);
    const gap = await call(location, { method: 'PATCH', body: '1}', headers: { 'content-range': '6-7' } });
    expect([gap.status, gap.headers.get('range')]).toEqual([416, '0-4']);
    const done = await call(`${location}?digest=${digestOf('{"a":1}')}`, { method: 'PUT', body: '1}' });
    expect([done.status, done.headers.get('location'), done.headers.get('docker-content-digest')])
      .toEqual([201, `${ecr.endpoint}/v2/${repositoryName}/blobs/${digestOf('{"a":1}')}`, digestOf('{"a":1}')]);
    const text = manifestOver('{"a":1}', { subject: { digest: digestOf('subject') } });
    const pushed = await pushManifest('v1', text);
    expect([pushed.status, pushed.headers.get('docker-content-digest'), pushed.headers.get('oci-subject')])
      .toEqual([201, digestOf(text), digestOf('subject')]);
    expect(ecr.repository(repositoryName).images).toMatchObject([{ digest: digestOf(text), tags: ['v1'] }]);
    const again = await pushManifest('v1', text);
    expect([again.status, again.headers.get('oci-subject')]).toEqual([201, digestOf('subject')]);
    expect(ecr.registryCalls.map(({ method, status: code }) => `${method} ${code}`))
      .toEqual(['POST 202', 'PATCH 202', 'GET 204', 'PATCH 416', 'PUT 201', 'PUT 201', 'PUT 201']);
    expect(ecr.registryCalls[4]).toMatchObject({ query: expect.stringContaining('?digest=sha256') });
    expect(ecr.calls.map(({ operation }) => operation)).toEqual(['GetAuthorizationToken']);
  });

  test('a large blob is streamed', async () => {
    const bytes = randomBytes(30_000_000);
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000);
    }
    const location = await begin();
    const streamed = await call(location, { method: 'PATCH', body: chunks() as unknown as BodyInit, duplex: 'half' });
    expect([streamed.status, streamed.headers.get('range')]).toEqual([202, '0-29999999']);
    const digest = `sha256:${Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex')}`;
    expect((await call(`${location}?digest=${digest}`, { method: 'PUT' })).status).toBe(201);
    expect(ecr.layersOf(repositoryName)).toEqual({ [digest]: bytes.length });
  });

  test('a second push of the same image succeeds', async () => {
    for (const _ of ['first', 'again']) {
      expect((await pushBlob('{}')).status).toBe(201);
      const pushed = await pushManifest('v1', manifestOver('{}'));
      expect([pushed.status, pushed.headers.get('docker-content-digest')]).toEqual([201, digestOf(manifestOver('{}'))]);
    }
  });

  test('an upload can be cancelled, expire, or fail', async () => {
    const location = await begin();
    expect((await call(location, { method: 'DELETE' })).status).toBe(204);
    expect(await errorsOf(await call(location, { method: 'PATCH', body: 'abc' }))).toMatchObject([{ code: 'BLOB_UPLOAD_UNKNOWN' }]);
    const other = await begin();
    await call(other, { method: 'PATCH', body: 'abc' });
    const wrong = await call(`${other}?digest=${digestOf('abd')}`, { method: 'PUT' });
    expect([wrong.status, await errorsOf(wrong)]).toMatchObject([400, [{ code: 'DIGEST_INVALID' }]]);
    ecr.forgetUploads();
    expect((await call(`${other}?digest=${digestOf('abc')}`, { method: 'PUT' })).status).toBe(404);
  });

  test('a manifest fails for missing blobs, immutable tags, and invalid content', async () => {
    const missing = await pushManifest('v1', manifestOver('{}'));
    expect([missing.status, await errorsOf(missing)]).toMatchObject([404, [{ code: 'MANIFEST_BLOB_UNKNOWN' }]]);
    const index = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [{ digest: digestOf('none') }] });
    expect(await errorsOf(await pushManifest('v1', index, OCI_INDEX))).toMatchObject([{ code: 'MANIFEST_BLOB_UNKNOWN' }]);
    expect(await errorsOf(await pushManifest('v1', 'nothing'))).toMatchObject([{ code: 'MANIFEST_INVALID' }]);
    await pushBlob('{}');
    expect(await errorsOf(await pushManifest(digestOf('other'), manifestOver('{}')))).toMatchObject([{ code: 'DIGEST_INVALID' }]);
    await pushManifest('v1', manifestOver('{}'));
    await client.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: 'IMMUTABLE' }));
    const immutable = await pushManifest('v1', manifestOver('{}', { annotations: {} }));
    expect([immutable.status, await errorsOf(immutable)]).toMatchObject([400, [{ code: 'TAG_INVALID' }]]);
    const removal = await call(`${repositoryName}/manifests/v1`, { method: 'DELETE' });
    expect([removal.status, await errorsOf(removal)]).toMatchObject([405, [{ code: 'UNSUPPORTED' }]]);
  });
});

describe('mounting', () => {
  let digest: string;

  beforeEach(() => {
    ecr.seed({ repositoryName: 'base' });
    ({ layerDigests: [digest] } = ecr.addRealImage({ repositoryName: 'base' }));
    ecr.blobMounting('ENABLED');
  });

  test('copies a layer without a transfer', async () => {
    const mounted = await mount(digest, 'base');
    expect([mounted.status, mounted.headers.get('location'), mounted.headers.get('docker-content-digest')])
      .toEqual([201, `${ecr.endpoint}/v2/${repositoryName}/blobs/${digest}`, digest]);
    expect((await call(`${repositoryName}/blobs/${digest}`, { method: 'HEAD' })).status).toBe(200);
    ecr.vanish('base');
    expect(Object.keys(ecr.layersOf(repositoryName))).toEqual([digest]);
    expect(ecr.registryCalls[0]).toEqual({
      method: 'POST', path: `/v2/${repositoryName}/blobs/uploads/`, status: 201, query: `?mount=${digest}&from=base`,
    });
  });

  test.each([
    ['the setting is off', () => ecr.blobMounting('DISABLED')],
    ['the layer is not there', () => ecr.recreate('base')],
    ['the repository is not there', () => ecr.vanish('base')],
    ['the encryption differs', () => {
      ecr.vanish(repositoryName);
      ecr.seed({ repositoryName, encryption: { encryptionType: 'KMS' } });
    }],
    ['the caller may not download it', () => ecr.principal('test', {
      policy: [
        { Effect: 'Allow', Action: 'ecr:*', Resource: '*' },
        { Effect: 'Deny', Action: 'ecr:GetDownloadUrlForLayer', Resource: 'arn:aws:ecr:us-east-1:000000000000:repository/base' },
      ],
    })],
  ])('starts an upload if %s', async (_name, arrange) => {
    arrange();
    const answer = await mount(digest, 'base');
    expect([answer.status, answer.headers.get('location')]).toEqual([202, expect.stringContaining('/blobs/uploads/')]);
  });

  test('starts an upload for a layer without an image, or without a source repository', async () => {
    await pushBlob('{}', 'base');
    expect((await mount(digestOf('{}'), 'base')).status).toBe(202);
    await pushManifest('v1', manifestOver('{}'), OCI_MANIFEST, 'base');
    expect((await mount(digestOf('{}'), 'base')).status).toBe(201);
    expect((await call(`${repositoryName}/blobs/uploads/?mount=${digest}`, { method: 'POST' })).status).toBe(202);
  });
});

describe('permissions and faults', () => {
  const may = (...actions: string[]): void => {
    const policy: IamStatement[] = actions.map(Action => ({
      Effect: 'Allow', Action, Resource: `arn:aws:ecr:us-east-1:000000000000:repository/${repositoryName}`,
    }));
    ecr.principal('test', { policy });
  };

  test('a push needs exactly the permissions that ECR documents', async () => {
    may('ecr:BatchCheckLayerAvailability', 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload', 'ecr:PutImage');
    await call(`${repositoryName}/blobs/${digestOf('{}')}`, { method: 'HEAD' });
    await pushBlob('{}');
    expect((await pushManifest('v1', manifestOver('{}'))).status).toBe(201);
    expect(ecr.granted('test')).toHaveLength(5);
    const denied = await call(`${repositoryName}/manifests/v1`);
    expect([denied.status, await errorsOf(denied)])
      .toMatchObject([403, [{ code: 'DENIED', message: expect.stringContaining('ecr:BatchGetImage') }]]);
  });

  test('a pull needs two permissions', async () => {
    const { layerDigests: [digest] } = ecr.addRealImage({ repositoryName, tags: ['v1'] });
    may('ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer');
    await call(`${repositoryName}/manifests/v1`);
    await call(`${repositoryName}/referrers/${digest}`);
    expect((await call(`${repositoryName}/blobs/${digest}`)).status).toBe(307);
    expect(ecr.granted('test')).toHaveLength(2);
    expect((await call(`${repositoryName}/tags/list`)).status).toBe(403);
  });

  test('the last chunk of an upload also needs the permission for parts', async () => {
    may('ecr:InitiateLayerUpload', 'ecr:CompleteLayerUpload');
    const location = await begin();
    expect((await call(`${location}?digest=${digestOf('{}')}`, { method: 'PUT', body: '{}' })).status).toBe(403);
  });

  test.each([['throttle', 429, 'TOOMANYREQUESTS'], ['serverError', 500, 'UNKNOWN'], ['accessDenied', 403, 'DENIED']] as const)(
    '%s is %s %s, and nothing is done', async (kind, status, code) => {
      ecr.faults.add({ kind, operation: 'PutImage' });
      await pushBlob('{}');
      const response = await pushManifest('v1', manifestOver('{}'));
      expect([response.status, await errorsOf(response)]).toMatchObject([status, [{ code }]]);
      expect(ecr.images(repositoryName)).toBe(0);
    });

  test('an error before the body is read keeps the connection usable', async () => {
    const location = await begin();
    ecr.faults.add({ kind: 'throttle', operation: 'UploadLayerPart' });
    expect((await call(location, { method: 'PATCH', body: Buffer.alloc(5_000_000) })).status).toBe(429);
    expect((await call(location, { method: 'PATCH', body: Buffer.alloc(5_000_000) })).status).toBe(202);
  });

  test('reset and killAfter end the connection', async () => {
    const location = await begin();
    ecr.faults.add({ kind: 'reset', operation: 'UploadLayerPart' }, { kind: 'killAfter', operation: 'UploadLayerPart' });
    await expect(call(location, { method: 'PATCH', body: 'abc' })).rejects.toThrow();
    await expect(call(location, { method: 'PATCH', body: 'abc' })).rejects.toThrow();
    await expect(call('')).rejects.toThrow();
    ecr.revive('test');
    expect((await call(location)).headers.get('range')).toBe('0-2');
    expect(ecr.registryCalls.map(({ status }) => status)).toEqual([202, 0, 0, 0, 204]);
  });

  test('the rate limit of the operation applies', async () => {
    ecr.limitRate({ operation: 'BatchGetImage', perSecond: 0.001, burst: 1 });
    expect((await call(`${repositoryName}/manifests/v1`)).status).toBe(404);
    expect((await call(`${repositoryName}/manifests/v1`)).status).toBe(429);
  });

  test('the logs can be cleared', async () => {
    await call('');
    ecr.clearCalls();
    expect([ecr.calls, ecr.registryCalls, ecr.downloads]).toEqual([[], [], []]);
  });
});
