import {
  ECRClient, PutImageCommand, PutImageCommandInput, PutImageTagMutabilityCommand, UpdateImageStorageClassCommand,
} from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { digestOf, OCI_INDEX, OCI_MANIFEST } from './manifest';
import { startForEachTest } from './test-client';

const repositoryName = 'app';
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName });
});

const manifest = (n: number, more: object = {}) => JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: { mediaType: 'application/vnd.oci.image.config.v1+json', size: n },
  layers: [{ size: 100 }],
  ...more,
});
const index = (...digests: string[]) =>
  JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: digests.map(digest => ({ digest })) });
const push = (imageManifest: string, imageTag?: string, more: Partial<PutImageCommandInput> = {}) =>
  client.send(new PutImageCommand({ repositoryName, imageManifest, imageTag, ...more }));
const tagsByDigest = () => Object.fromEntries(ecr.repository(repositoryName).images.map(image => [image.digest, image.tags]));

test('a push returns the digest of the manifest and the manifest', async () => {
  const { image } = await push(manifest(1), 'v1');
  expect(image).toEqual({
    registryId: '000000000000',
    repositoryName,
    imageId: { imageDigest: digestOf(manifest(1)), imageTag: 'v1' },
    imageManifest: manifest(1),
    imageManifestMediaType: OCI_MANIFEST,
  });
});

test('a push with a wrong digest fails', async () => {
  await expect(push(manifest(1), 'v1', { imageDigest: digestOf('other') }))
    .rejects.toMatchObject({ name: 'ImageDigestDoesNotMatchException' });
  expect(ecr.images(repositoryName)).toBe(0);
});

test('a manifest without a media type requires the parameter', async () => {
  const bare = JSON.stringify({ schemaVersion: 2, layers: [] });
  await expect(push(bare)).rejects.toMatchObject({
    name: 'InvalidParameterException', message: "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'",
  });
  expect((await push(bare, undefined, { imageManifestMediaType: OCI_MANIFEST })).image!.imageManifestMediaType).toBe(OCI_MANIFEST);
});

test('an index requires its children, and then prevents their deletion', async () => {
  const child = digestOf(manifest(1));
  await expect(push(index(child), 'v1')).rejects.toMatchObject({
    name: 'ReferencedImagesNotFoundException', message: expect.stringContaining(`'[${child}]'`),
  });
  await push(manifest(1));
  await push(index(child), 'v1');
  expect(ecr.repository(repositoryName).images.map(image => image.children)).toEqual([[], [child]]);
});

test('a push that changes nothing fails, and a push with a new tag adds the tag', async () => {
  await push(manifest(1), 'v1');
  for (const tag of [undefined, 'v1']) await expect(push(manifest(1), tag)).rejects.toMatchObject({ name: 'ImageAlreadyExistsException' });
  await push(manifest(1), 'v2');
  expect(tagsByDigest()).toEqual({ [digestOf(manifest(1))]: ['v1', 'v2'] });
});

test('a mutable tag moves, and the old image is kept untagged', async () => {
  await push(manifest(1), 'v1');
  await push(manifest(2), 'v1');
  expect(tagsByDigest()).toEqual({ [digestOf(manifest(1))]: [], [digestOf(manifest(2))]: ['v1'] });
});

test.each([
  ['MUTABLE', undefined, 'moves'],
  ['IMMUTABLE', undefined, 'stays'],
  ['MUTABLE_WITH_EXCLUSION', 'v*', 'stays'],
  ['MUTABLE_WITH_EXCLUSION', 'prod-*', 'moves'],
  ['IMMUTABLE_WITH_EXCLUSION', 'v*', 'moves'],
  ['IMMUTABLE_WITH_EXCLUSION', 'prod-*', 'stays'],
] as const)('with %s and the exclusion %s, the tag v1 %s', async (imageTagMutability, filter, expected) => {
  await push(manifest(1), 'v1');
  await client.send(new PutImageTagMutabilityCommand({
    repositoryName,
    imageTagMutability,
    ...filter ? { imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter }] } : {},
  }));
  const outcome = await push(manifest(2), 'v1').then(() => 'moves', error => error.name === 'ImageTagAlreadyExistsException'
    ? 'stays' : error);
  expect(outcome).toBe(expected);
});

test('exclusion filters are valid only for two modes', async () => {
  const put = (imageTagMutability: 'IMMUTABLE' | 'IMMUTABLE_WITH_EXCLUSION', filters?: string[]) =>
    client.send(new PutImageTagMutabilityCommand({
      repositoryName, imageTagMutability, imageTagMutabilityExclusionFilters: filters?.map(filter => ({ filterType: 'WILDCARD', filter })),
    }));
  await expect(put('IMMUTABLE', ['v*'])).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(put('IMMUTABLE_WITH_EXCLUSION')).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(put('IMMUTABLE_WITH_EXCLUSION', ['1', '2', '3', '4', '5', '6']))
    .rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('a push restores an archived image immediately', async () => {
  const { image } = await push(manifest(1), 'v1');
  await client.send(new UpdateImageStorageClassCommand({ repositoryName, imageId: image!.imageId, targetStorageClass: 'ARCHIVE' }));
  await push(manifest(1), 'v1');
  expect(ecr.repository(repositoryName).images).toMatchObject([{ status: 'ACTIVE', tags: ['v1'] }]);
});

test('a subject does not have to exist, and is stored', async () => {
  const subject = digestOf('elsewhere');
  await push(manifest(1, { subject: { digest: subject }, artifactType: 'application/spdx+json' }));
  expect(ecr.repository(repositoryName).images).toMatchObject([{ subject }]);
});

test('an image has at most 1,000 tags', async () => {
  const { image } = await push(manifest(1), 'v0');
  for (let n = 1; n < 1000; n += 1) await push(manifest(1), `v${n}`);
  await expect(push(manifest(1), 'v1000')).rejects.toMatchObject({ name: 'LimitExceededException' });
  expect(tagsByDigest()[image!.imageId!.imageDigest!]).toHaveLength(1000);
});
