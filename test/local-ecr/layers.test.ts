import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { gunzipSync } from 'node:zlib';
import {
  BatchCheckLayerAvailabilityCommand, BatchGetImageCommand, CompleteLayerUploadCommand, DescribeImagesCommand, ECRClient,
  GetAccountSettingCommand, GetAuthorizationTokenCommand, GetDownloadUrlForLayerCommand, InitiateLayerUploadCommand,
  PutAccountSettingCommand, PutImageCommand, UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import type { IamStatement } from './iam';
import { LocalEcr } from './local-ecr';
import { digestOf, OCI_INDEX, OCI_MANIFEST } from './manifest';
import type { RealImage } from './real-images';
import { clientOf, errorOf, startForEachTest } from './test-client';

const repositoryName = 'app';
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName });
});

const begin = async (name = repositoryName) => (await client.send(new InitiateLayerUploadCommand({ repositoryName: name }))).uploadId!;
const part = (uploadId: string, partFirstByte: number, bytes: string | Buffer, more: object = {}) =>
  client.send(new UploadLayerPartCommand({
    repositoryName, uploadId, partFirstByte, partLastByte: partFirstByte + bytes.length - 1, layerPartBlob: Buffer.from(bytes), ...more,
  }));
const complete = (uploadId: string, ...layerDigests: string[]) =>
  client.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));
const upload = async (...parts: string[]) => {
  const uploadId = await begin();
  let at = 0;
  for (const bytes of parts) {
    await part(uploadId, at, bytes);
    at += bytes.length;
  }
  return complete(uploadId, digestOf(parts.join('')));
};
const check = (...layerDigests: string[]) => client.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }));
const urlOf = async (layerDigest: string, name = repositoryName) =>
  (await client.send(new GetDownloadUrlForLayerCommand({ repositoryName: name, layerDigest }))).downloadUrl!;
const download = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
};
const manifestOver = (layer: string, more: object[] = []) => JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: layer, size: 1 },
  layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer, size: 1 }, ...more],
});
const push = (imageManifest: string) => client.send(new PutImageCommand({ repositoryName, imageManifest }));

describe('uploading', () => {
  test('a layer is uploaded in parts and is available by its digest', async () => {
    ecr.minimumPartSize = 3;
    const { uploadId, partSize } = await client.send(new InitiateLayerUploadCommand({ repositoryName }));
    expect(partSize).toBe(10_485_760);
    const identity = { registryId: '000000000000', repositoryName, uploadId };
    expect(await part(uploadId!, 0, 'abc')).toMatchObject({ ...identity, lastByteReceived: 2 });
    expect(await part(uploadId!, 3, 'de')).toMatchObject({ ...identity, lastByteReceived: 4 });
    expect(await complete(uploadId!, digestOf('abcde'))).toMatchObject({ ...identity, layerDigest: digestOf('abcde') });
    expect((await check(digestOf('abcde'))).layers)
      .toEqual([{ layerDigest: digestOf('abcde'), layerAvailability: 'AVAILABLE', layerSize: 5 }]);
    expect(ecr.layersOf(repositoryName)).toEqual({ [digestOf('abcde')]: 5 });
  });

  test('a part of 20 MiB is accepted and is not in the log, but a larger part fails', async () => {
    const bytes = Buffer.alloc(20_971_520, 7);
    const uploadId = await begin();
    await part(uploadId, 0, bytes);
    const { layerDigest } = await complete(uploadId, digestOf(bytes.toString('latin1')));
    expect((await check(layerDigest!)).layers).toMatchObject([{ layerSize: 20_971_520 }]);
    expect(JSON.stringify(ecr.calls).length).toBeLessThan(5000);
    await expect(part(await begin(), 0, Buffer.alloc(20_971_521))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test.each([['a gap', 4, 'de', {}], ['the same again', 0, 'abc', {}], ['another length than it says', 3, 'de', { partLastByte: 9 }]])(
    '%s is refused, and the refusal says how far it got', async (_name, first, bytes, more) => {
      ecr.minimumPartSize = 1;
      const uploadId = await begin();
      await part(uploadId, 0, 'abc');
      expect(await errorOf(part(uploadId, first, bytes, more))).toMatchObject({
        name: 'InvalidLayerPartException', registryId: '000000000000', repositoryName, uploadId, lastValidByteReceived: 2,
      });
      await part(uploadId, 3, 'de');
      await complete(uploadId, digestOf('abcde'));
    });

  test('the digest must match the bytes', async () => {
    const uploadId = await begin();
    await part(uploadId, 0, 'abc');
    for (const digests of [[digestOf('other')], [digestOf('abc'), digestOf('other')]]) {
      await expect(complete(uploadId, ...digests)).rejects.toMatchObject({ name: 'InvalidLayerException' });
    }
    await complete(uploadId, digestOf('abc'));
  });

  test('every part except the last has a minimum size', async () => {
    await expect(upload('abc', 'de')).rejects.toMatchObject({ name: 'LayerPartTooSmallException' });
    await upload('abc');
  });

  test('an upload without parts fails', async () => {
    await expect(complete(await begin(), digestOf(''))).rejects.toMatchObject({ name: 'EmptyUploadException' });
  });

  test('an upload of an existing layer fails as such', async () => {
    await upload('abc');
    await expect(upload('abc')).rejects.toMatchObject({ name: 'LayerAlreadyExistsException' });
  });

  test('an upload id is valid for one repository, once, and until it expires', async () => {
    const lost = { name: 'UploadNotFoundException' };
    ecr.seed({ repositoryName: 'other' });
    await expect(part(await begin('other'), 0, 'abc')).rejects.toMatchObject(lost);
    const done = await begin();
    await part(done, 0, 'abc');
    await complete(done, digestOf('abc'));
    await expect(complete(done, digestOf('abc'))).rejects.toMatchObject(lost);
    const forgotten = await begin();
    await part(forgotten, 0, 'def');
    ecr.forgetUploads();
    await expect(part(forgotten, 3, 'g')).rejects.toMatchObject(lost);
    await expect(complete(forgotten, digestOf('def'))).rejects.toMatchObject(lost);
    const ofAnother = await begin();
    ecr.recreate(repositoryName);
    await expect(part(ofAnother, 0, 'abc')).rejects.toMatchObject(lost);
  });

  test('a KMS fault fails each step', async () => {
    ecr.seed({ repositoryName: 'sealed', encryption: { encryptionType: 'KMS' } });
    ecr.faults.add({ kind: 'kms', operation: 'InitiateLayerUpload' });
    await expect(begin('sealed')).rejects.toMatchObject({ name: 'KmsException' });
    const uploadId = await begin('sealed');
    ecr.disableKey('alias/aws/ecr');
    await expect(part(uploadId, 0, 'abc', { repositoryName: 'sealed' })).rejects.toMatchObject({ name: 'KmsException' });
  });

  test.each([
    ['throttle', 'ThrottlingException'], ['serverError', 'ServerException'], ['accessDenied', 'AccessDeniedException'],
  ] as const)('the fault %s has no effect on the upload', async (kind, name) => {
    const uploadId = await begin();
    ecr.faults.add({ kind, operation: 'UploadLayerPart' });
    await expect(part(uploadId, 0, 'abc')).rejects.toMatchObject({ name });
    await part(uploadId, 0, 'abc');
  });

  test('a lost response keeps the uploaded part', async () => {
    const uploadId = await begin();
    ecr.faults.add({ kind: 'killAfter', operation: 'UploadLayerPart' });
    expect(await errorOf(part(uploadId, 0, 'abc'))).toMatchObject({ message: expect.stringContaining('socket hang up') });
    ecr.revive('test');
    expect(await errorOf(part(uploadId, 0, 'abc'))).toMatchObject({ name: 'InvalidLayerPartException', lastValidByteReceived: 2 });
    await complete(uploadId, digestOf('abc'));
  });
});

describe('availability', () => {
  test('a missing layer is unavailable, and an invalid digest is a failure', async () => {
    expect(await check(digestOf('none'), 'none', '')).toMatchObject({
      layers: [{ layerDigest: digestOf('none'), layerAvailability: 'UNAVAILABLE' }],
      failures: [{ layerDigest: 'none', failureCode: 'InvalidLayerDigest' }, { layerDigest: '', failureCode: 'MissingLayerDigest' }],
    });
  });

  test('a call accepts 1 to 100 digests', async () => {
    await expect(check()).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(check(...new Array<string>(101).fill(digestOf('none')))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('a layer of only archived images is archived', async () => {
    const { layerDigests: [digest] } = ecr.addRealImage({ repositoryName, status: 'ARCHIVED', seed: 1 });
    expect((await check(digest)).layers).toMatchObject([{ layerAvailability: 'ARCHIVED' }]);
    await expect(urlOf(digest)).rejects.toMatchObject({ name: 'LayerInaccessibleException' });
    ecr.addRealImage({ repositoryName, seed: 1, annotations: { other: 'image' } });
    expect((await check(digest)).layers).toMatchObject([{ layerAvailability: 'AVAILABLE' }]);
  });
});

describe('downloading', () => {
  let image: RealImage;
  let digest: string;

  beforeEach(() => {
    image = ecr.addRealImage({ repositoryName, tags: ['v1'], layers: [Buffer.from('0123456789')] });
    [digest] = image.layerDigests;
  });

  test('the URL returns all bytes or a range', async () => {
    const url = await urlOf(digest);
    expect(url).toMatch(new RegExp(`^${ecr.endpoint}/`));
    const whole = await download(url);
    expect([whole.status, whole.headers.get('content-length'), whole.bytes.toString()]).toEqual([200, '10', '0123456789']);
    const rest = await download(url, { range: 'bytes=7-' });
    expect([rest.status, rest.headers.get('content-range'), rest.headers.get('content-length'), rest.bytes.toString()])
      .toEqual([206, 'bytes 7-9/10', '3', '789']);
    expect((await download(url, { range: 'bytes=2-3' })).bytes.toString()).toBe('23');
    expect((await download(url, { range: 'bytes=10-' })).status).toBe(416);
    expect(ecr.downloads).toEqual([{ digest, from: 0, bytes: 10 }, { digest, from: 7, bytes: 3 }, { digest, from: 2, bytes: 2 }]);
  });

  test('the URL is sufficient, and a wrong URL or an additional Authorization header fails', async () => {
    const url = await urlOf(digest);
    expect((await download(`${url}0`)).status).toBe(403);
    expect((await download(url, { authorization: 'Basic QVdTOg==' })).status).toBe(400);
    expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(403);
    expect(ecr.downloads).toEqual([]);
  });

  test('the URL expires', async () => {
    let now = new Date('2026-06-01T12:00:00Z');
    const dated = await LocalEcr.start({ now: () => now });
    dated.seed({ repositoryName });
    const { layerDigests } = dated.addRealImage({ repositoryName });
    const { downloadUrl } = await clientOf(dated).send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: layerDigests[0] }));
    expect((await download(downloadUrl!)).status).toBe(200);
    now = new Date('2026-06-01T13:00:00Z');
    expect((await download(downloadUrl!)).status).toBe(403);
    await dated.stop();
  });

  test('a missing layer, or a layer without an image, cannot be downloaded', async () => {
    await expect(urlOf(digestOf('none'))).rejects.toMatchObject({ name: 'LayersNotFoundException' });
    await upload('abc');
    await expect(urlOf(digestOf('abc'))).rejects.toMatchObject({ name: 'LayerInaccessibleException' });
    await push(manifestOver(digestOf('abc')));
    expect((await download(await urlOf(digestOf('abc')))).bytes.toString()).toBe('abc');
    expect(ecr.cleanUpLayers(repositoryName)).toEqual([]);
  });

  test('layers belong to a repository', async () => {
    ecr.seed({ repositoryName: 'other' });
    await expect(urlOf(digest, 'other')).rejects.toMatchObject({ name: 'LayersNotFoundException' });
    ecr.recreate(repositoryName);
    await expect(urlOf(digest)).rejects.toMatchObject({ name: 'LayersNotFoundException' });
  });

  test('downloads are corrupted the requested number of times', async () => {
    const url = await urlOf(digest);
    ecr.corruptDownloads(1);
    const [bad, good] = [await download(url), await download(url)];
    expect(bad.bytes).toHaveLength(10);
    expect([...bad.bytes].filter((byte, at) => byte !== good.bytes[at])).toHaveLength(1);
    expect(good.bytes.toString()).toBe('0123456789');
  });

  test('long downloads are cut the requested number of times and can be resumed', async () => {
    const url = await urlOf(digest);
    ecr.cutDownloads(1, 4);
    expect((await download(url, { range: 'bytes=6-' })).bytes.toString()).toBe('6789');
    const response = await fetch(url);
    const received = new Array<Buffer>();
    await expect((async () => {
      for await (const chunk of response.body as unknown as AsyncIterable<Buffer>) received.push(chunk);
    })()).rejects.toThrow();
    expect(Buffer.concat(received).toString()).toBe('0123');
    expect((await download(url, { range: 'bytes=4-' })).bytes.toString()).toBe('456789');
    expect(ecr.downloads.map(({ from, bytes }) => [from, bytes])).toEqual([[6, 4], [0, 4], [4, 6]]);
    ecr.cutDownloads(1, 0);
    await expect(download(url)).rejects.toThrow();
  });

  test('the bytes of large layers are in a directory that is removed with the server', async () => {
    const own = () => readdirSync(tmpdir()).filter(name => name.startsWith('local-ecr-'));
    const before = own();
    const other = await LocalEcr.start();
    other.seed({ repositoryName });
    expect(own()).toEqual(before);
    other.addRealImage({ repositoryName });
    expect(own()).toEqual(before);
    other.addRealImage({ repositoryName, layerSize: 100_000 });
    const [directory] = own().filter(name => !before.includes(name));
    expect(readdirSync(`${tmpdir()}/${directory}`)).toHaveLength(2);
    await other.stop();
    expect(existsSync(`${tmpdir()}/${directory}`)).toBe(false);
  });

  test('layers whose bytes are only counted cannot be downloaded', async () => {
    const counting = await LocalEcr.start({ layerBytes: 'counted' });
    counting.seed({ repositoryName });
    const same = counting.addRealImage({ repositoryName, layers: [Buffer.from('0123456789')] });
    expect(same).toEqual(image);
    const { downloadUrl } = await clientOf(counting).send(new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest: digest }));
    expect((await download(downloadUrl!)).status).toBe(404);
    await counting.stop();
  });
});

describe('PutImage', () => {
  const missing = { name: 'LayersNotFoundException', message: expect.stringContaining(`'[${digestOf('abc')}]'`) };

  test('requires the layers of a manifest if layers are modelled', async () => {
    ecr.layers = 'modelled';
    await expect(push(manifestOver(digestOf('abc')))).rejects.toMatchObject(missing);
    await upload('abc');
    await push(manifestOver(digestOf('abc'), [
      { mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', digest: digestOf('foreign') },
      { mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', digest: digestOf('foreign') },
    ]));
  });

  test('requires no layers for an existing image', async () => {
    const digest = ecr.addImage({ repositoryName });
    ecr.layers = 'modelled';
    const { images } = await client.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest: digest }] }));
    await client.send(new PutImageCommand({ repositoryName, imageManifest: images![0].imageManifest, imageTag: 'again' }));
  });

  test('fails for layers that were cleaned up', async () => {
    ecr.layers = 'modelled';
    await upload('abc');
    expect(ecr.cleanUpLayers(repositoryName)).toEqual([digestOf('abc')]);
    await expect(push(manifestOver(digestOf('abc')))).rejects.toMatchObject(missing);
  });
});

describe('real images', () => {
  test('have correct sizes, digests, and diff ids', async () => {
    const real = ecr.addRealImage({ repositoryName, tags: ['v1'], layers: 2, layerSize: 5000, foreignLayers: 1 });
    const { images } = await client.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }));
    expect(images)
      .toMatchObject([{ imageId: { imageDigest: real.digest }, imageManifest: real.manifest, imageManifestMediaType: OCI_MANIFEST }]);
    type Described = { digest: string; size: number; urls?: string[] };
    const manifest = JSON.parse(real.manifest) as { config: Described; layers: Described[] };
    const { bytes } = await download(await urlOf(real.configDigest));
    const config = JSON.parse(bytes.toString()) as { architecture: string; rootfs: { diff_ids: string[] } };
    expect([config.architecture, manifest.config.size]).toEqual(['amd64', bytes.length]);
    const layers = manifest.layers.filter(layer => layer.urls === undefined);
    expect(layers.map(layer => layer.digest)).toEqual(real.layerDigests);
    for (const [n, layer] of layers.entries()) {
      const gzipped = (await download(await urlOf(layer.digest))).bytes;
      expect(gzipped).toHaveLength(layer.size);
      expect(config.rootfs.diff_ids[n]).toBe(`sha256:${createHash('sha256').update(gunzipSync(gzipped)).digest('hex')}`);
    }
    const { imageDetails } = await client.send(new DescribeImagesCommand({ repositoryName }));
    expect(imageDetails)
      .toMatchObject([{ imageSizeInBytes: [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0) }]);
  });

  test('are equal for the same seed in any repository', () => {
    ecr.seed({ repositoryName: 'other' });
    const first = ecr.addRealImage({ repositoryName, seed: 7 });
    expect(ecr.addRealImage({ repositoryName: 'other', seed: 7 })).toEqual(first);
    expect(ecr.addRealImage({ repositoryName, seed: 8 }).layerDigests).not.toEqual(first.layerDigests);
  });

  test('can be in an index, nested or with attestations, and are stored before their index', async () => {
    const index = ecr.addRealIndex({ repositoryName, tags: ['v1'], images: 3, nested: true, attestations: true, format: 'docker' });
    expect(index.images).toHaveLength(6);
    const view = ecr.repository(repositoryName);
    expect(view.images.map(({ digest, tags, children }) => [digest, tags, children])).toEqual([
      ...index.images.map(({ digest }) => [digest, [], []]),
      [index.inner, [], index.images.map(({ digest }) => digest)],
      [index.digest, ['v1'], [index.inner]],
    ]);
    expect(new Set(view.images.map(({ mediaType }) => mediaType)).size).toBe(2);
    const plain = ecr.addRealIndex({ repositoryName, images: [{ os: 'windows', architecture: 'amd64' }] });
    const [{ digest, manifest }] = plain.images;
    expect([plain.mediaType, JSON.parse(plain.manifest)]).toEqual([OCI_INDEX, expect.objectContaining({
      manifests: [{ mediaType: OCI_MANIFEST, digest, size: manifest.length, platform: { os: 'windows', architecture: 'amd64' } }],
    })]);
  });

  test('can refer to a subject', () => {
    const { digest, manifest, mediaType } = ecr.addRealImage({ repositoryName });
    const artifact = ecr.addRealImage({
      repositoryName, subject: digest, artifactType: 'application/spdx+json', layers: [Buffer.from('{}')],
    });
    expect(JSON.parse(artifact.manifest))
      .toMatchObject({ artifactType: 'application/spdx+json', subject: { digest, mediaType, size: manifest.length } });
    expect(ecr.repository(repositoryName).images[1]).toMatchObject({ subject: digest });
  });

  test('are replicated with their layers', async () => {
    ecr.replicate({ from: {}, to: [{ region: 'eu-west-1' }] });
    const { layerDigests } = ecr.addRealIndex({ repositoryName, tags: ['v1'] }).images[0];
    expect(Object.keys(ecr.layersOf(repositoryName, { region: 'eu-west-1' }))).toEqual(expect.arrayContaining([...layerDigests]));
  });
});

describe('the registry itself', () => {
  test('returns passwords', async () => {
    const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
    const [{ authorizationToken, expiresAt, proxyEndpoint }] = authorizationData!;
    expect(Buffer.from(authorizationToken!, 'base64').toString()).toMatch(/^AWS:.{20,}$/);
    expect(proxyEndpoint).toBe(ecr.endpoint);
    expect(Math.round((expiresAt!.getTime() - Date.now()) / 3_600_000)).toBe(12);
  });

  test('has a setting for blob mounting for each account and Region', async () => {
    const get = async (from = client) => (await from.send(new GetAccountSettingCommand({ name: 'BLOB_MOUNTING' }))).value;
    const put = (name: string, value: string) => client.send(new PutAccountSettingCommand({ name, value }));
    expect(await get()).toBe('DISABLED');
    expect(await put('BLOB_MOUNTING', 'ENABLED')).toMatchObject({ name: 'BLOB_MOUNTING', value: 'ENABLED' });
    expect([await get(), await get(clientOf(ecr, 'test', { region: 'eu-west-1' }))]).toEqual(['ENABLED', 'DISABLED']);
    await expect(put('BLOB_MOUNTING', 'on')).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(put('BLOBS', 'ENABLED')).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(put('REGISTRY_POLICY_SCOPE', 'V2')).rejects.toMatchObject({ name: 'LocalServiceDefect' });
  });

  test('checks IAM for each action, on the repository or on no resource', async () => {
    const policy: IamStatement[] = [
      'InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload', 'BatchCheckLayerAvailability', 'GetDownloadUrlForLayer',
    ].map(action => ({
      Effect: 'Allow', Action: `ecr:${action}`, Resource: `arn:aws:ecr:us-east-1:000000000000:repository/${repositoryName}`,
    }));
    policy.push({ Effect: 'Allow', Action: ['ecr:GetAuthorizationToken', 'ecr:GetAccountSetting'], Resource: '*' });
    ecr.principal('test', { policy });
    const { configDigest } = ecr.addRealImage({ repositoryName });
    await upload('abc');
    await check(digestOf('abc'));
    await urlOf(configDigest);
    await client.send(new GetAuthorizationTokenCommand({}));
    await client.send(new GetAccountSettingCommand({ name: 'BLOB_MOUNTING' }));
    expect(ecr.granted('test')).toHaveLength(7);
    ecr.seed({ repositoryName: 'other' });
    for (const denied of [begin('other'), client.send(new PutAccountSettingCommand({ name: 'BLOB_MOUNTING', value: 'ENABLED' }))]) {
      await expect(denied).rejects.toMatchObject({ name: 'AccessDeniedException' });
    }
  });
});
