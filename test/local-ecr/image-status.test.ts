import {
  BatchGetImageCommand, DescribeImagesCommand, ECRClient, ImageStatusFilter, ListImageReferrersCommand, UpdateImageStorageClassCommand,
} from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { startForEachTest } from './test-client';

const repositoryName = 'app';
const SIGNATURE = 'application/vnd.dev.cosign.artifact.sig.v1+json';
let ecr: LocalEcr;
let client: ECRClient;
let digests: Record<'ACTIVE' | 'ARCHIVED' | 'ACTIVATING', string>;

startForEachTest(async (started, itsClient) => {
  [ecr, client] = [started, itsClient];
  ecr.seed({ repositoryName });
  const subject = ecr.addImage({ repositoryName, tags: ['v1'] });
  digests = {
    ACTIVE: subject,
    ARCHIVED: ecr.addImage({ repositoryName, subject, artifactType: SIGNATURE, annotations: { by: 'me' }, status: 'ARCHIVED' }),
    ACTIVATING: ecr.addImage({ repositoryName, subject, artifactType: 'application/spdx+json', status: 'ARCHIVED' }),
  };
  await client.send(new UpdateImageStorageClassCommand({
    repositoryName, imageId: { imageDigest: digests.ACTIVATING }, targetStorageClass: 'STANDARD',
  }));
});

const pull = (imageDigest: string) => client.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageDigest }] }));
const describeImages = (imageStatus?: ImageStatusFilter) =>
  client.send(new DescribeImagesCommand({ repositoryName, filter: { imageStatus } }));
const referrers = async (artifactStatus?: 'ACTIVE' | 'ARCHIVED' | 'ACTIVATING' | 'ANY', artifactTypes?: string[]) => (await client.send(
  new ListImageReferrersCommand({ repositoryName, subjectId: { imageDigest: digests.ACTIVE }, filter: { artifactStatus, artifactTypes } }),
)).referrers!;

test.each([[undefined, 'ACTIVE'], ['ACTIVE', 'ACTIVE'], ['ARCHIVED', 'ARCHIVED'], ['ACTIVATING', 'ACTIVATING']] as const)(
  'DescribeImages with the status %s finds what is %s', async (asked, imageStatus) => {
    expect((await describeImages(asked)).imageDetails).toMatchObject([{ imageDigest: digests[imageStatus], imageStatus }]);
  });

test('DescribeImages returns the subject of an artifact and the time of its archiving', async () => {
  const { imageDetails } = await describeImages('ANY');
  expect(imageDetails!.map(image => [image.imageDigest, image.subjectManifestDigest, image.artifactMediaType])).toEqual([
    [digests.ACTIVE, undefined, expect.any(String)],
    [digests.ARCHIVED, digests.ACTIVE, SIGNATURE],
    [digests.ACTIVATING, digests.ACTIVE, 'application/spdx+json'],
  ]);
  expect(imageDetails!.map(image => image.lastArchivedAt !== undefined)).toEqual([false, true, true]);
});

test.each(['ARCHIVED', 'ACTIVATING'] as const)('a pull of an image that is %s returns "not found" in a 200 response', async status => {
  expect(await pull(digests[status]))
    .toMatchObject({ images: [], failures: [{ imageId: { imageDigest: digests[status] }, failureCode: 'ImageNotFound' }] });
});

test('an image can be pulled after its restore, and its referrers are active', async () => {
  expect(await referrers()).toEqual([]);
  ecr.finishRestores(repositoryName);
  expect((await pull(digests.ACTIVATING)).images).toMatchObject([{ imageId: { imageDigest: digests.ACTIVATING } }]);
  expect(await referrers()).toMatchObject([{ digest: digests.ACTIVATING, artifactStatus: 'ACTIVE' }]);
  expect((await pull(digests.ARCHIVED)).images).toEqual([]);
});

test('referrers are found by status and type', async () => {
  expect(await referrers('ARCHIVED')).toEqual([{
    digest: digests.ARCHIVED,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: SIGNATURE,
    size: expect.any(Number),
    annotations: { by: 'me' },
    artifactStatus: 'ARCHIVED',
  }]);
  expect(await referrers('ACTIVATING')).toMatchObject([{ digest: digests.ACTIVATING }]);
  expect((await referrers('ANY')).map(each => each.digest)).toEqual([digests.ARCHIVED, digests.ACTIVATING]);
  expect(await referrers('ANY', [SIGNATURE])).toMatchObject([{ digest: digests.ARCHIVED }]);
});

test('an image that is being restored cannot be archived', async () => {
  const archive = client.send(new UpdateImageStorageClassCommand({
    repositoryName, imageId: { imageDigest: digests.ACTIVATING }, targetStorageClass: 'ARCHIVE',
  }));
  await expect(archive).rejects.toMatchObject({ name: 'ImageStorageClassUpdateNotSupportedException' });
});
