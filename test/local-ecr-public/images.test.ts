import {
  BatchDeleteImageCommand, DescribeImagesCommand, DescribeImageTagsCommand, ECRPUBLICClient, ImageIdentifier, paginateDescribeImages,
} from '@aws-sdk/client-ecr-public';
import type { LocalEcrPublic } from './local-ecr-public';
import { startForEachTest } from './test-client';

const repositoryName = 'app';
const absent = `sha256:${'0'.repeat(64)}`;
let ecr: LocalEcrPublic;
let client: ECRPUBLICClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
});

const describeImages = (input: object = {}) => client.send(new DescribeImagesCommand({ repositoryName, ...input }));
const describeTags = (input: object = {}) => client.send(new DescribeImageTagsCommand({ repositoryName, ...input }));
const remove = (imageIds: ImageIdentifier[], more: object = {}) =>
  client.send(new BatchDeleteImageCommand({ repositoryName, imageIds, ...more }));
const byDigest = (...digests: string[]) => digests.map(imageDigest => ({ imageDigest }));

describe('DescribeImages', () => {
  test('returns an image as in the API reference', async () => {
    ecr.seed({ repositoryName });
    const imageDigest = ecr.addImage({ repositoryName, tags: ['a', 'b'], pushedAt: new Date('2026-02-03T04:05:06Z') });
    expect((await describeImages()).imageDetails).toEqual([{
      registryId: '000000000000',
      repositoryName,
      imageDigest,
      imageTags: ['a', 'b'],
      imageSizeInBytes: expect.any(Number),
      imagePushedAt: new Date('2026-02-03T04:05:06Z'),
      imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactMediaType: 'application/vnd.oci.image.config.v1+json',
    }]);
  });

  test('returns all images in pages, including untagged images and children', async () => {
    ecr.seed({ repositoryName, images: 2500, kind: 'multiArch', untagged: 3 });
    const pages = new Array<number>();
    for await (const { imageDetails } of paginateDescribeImages({ client, pageSize: 1000 }, { repositoryName })) {
      pages.push(imageDetails!.length);
    }
    expect(pages).toEqual([1000, 1000, 500]);
    expect((await describeImages()).imageDetails).toHaveLength(100);
    await expect(describeImages({ maxResults: 1001 })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('accepts at most 100 ids without paging, and fails if one image does not exist', async () => {
    ecr.seed({ repositoryName, images: 2, kind: 'flat' });
    expect((await describeImages({ imageIds: [{ imageTag: 'v2' }] })).imageDetails).toMatchObject([{ imageTags: ['v2'] }]);
    await expect(describeImages({ imageIds: [{ imageTag: 'v2' }], maxResults: 1 }))
      .rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(describeImages({ imageIds: Array.from({ length: 101 }, () => ({ imageTag: 'v2' })) }))
      .rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(describeImages({ imageIds: [{ imageTag: 'v2' }, ...byDigest(absent)] }))
      .rejects.toMatchObject({ name: 'ImageNotFoundException' });
  });

  test('accepts a token only for its own operation and repository', async () => {
    ecr.seed({ repositoryName, images: 3, kind: 'flat' });
    ecr.seed({ repositoryName: 'other', images: 3, kind: 'flat' });
    const { nextToken } = await describeImages({ maxResults: 1 });
    await expect(describeTags({ nextToken })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(describeImages({ repositoryName: 'other', nextToken })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

test('DescribeImageTags returns one row for each tag, in pages', async () => {
  ecr.seed({ repositoryName });
  const untagged = ecr.addImage({ repositoryName });
  const imageDigest = ecr.addImage({ repositoryName, tags: ['a', 'b', 'c'] });
  const first = await describeTags({ maxResults: 2 });
  expect(first.imageTagDetails)
    .toMatchObject([{ imageTag: 'a', createdAt: expect.any(Date), imageDetail: { imageDigest } }, { imageTag: 'b' }]);
  const second = await describeTags({ maxResults: 2, nextToken: first.nextToken });
  expect(second).toMatchObject({ imageTagDetails: [{ imageTag: 'c', imageDetail: { imageDigest } }] });
  expect(second.nextToken).toBeUndefined();
  expect(untagged).not.toBe(imageDigest);
});

describe('BatchDeleteImage', () => {
  test('deletes a digest with all tags, and an image with its last tag', async () => {
    ecr.seed({ repositoryName });
    const one = ecr.addImage({ repositoryName, tags: ['a', 'b'] });
    const other = ecr.addImage({ repositoryName, tags: ['c', 'd'] });
    expect(await remove(byDigest(one)))
      .toMatchObject({ imageIds: [{ imageDigest: one, imageTag: 'a' }, { imageDigest: one, imageTag: 'b' }], failures: [] });
    expect((await remove([{ imageTag: 'c' }])).imageIds).toEqual([{ imageDigest: other, imageTag: 'c' }]);
    expect(ecr.repository(repositoryName).images).toMatchObject([{ digest: other, tags: ['d'] }]);
    await remove([{ imageTag: 'd' }]);
    expect(ecr.images(repositoryName)).toBe(0);
  });

  test('deletes children only after their index, level by level', async () => {
    ecr.seed({ repositoryName, images: 4, kind: 'nested' });
    const [one, two, inner, outer] = ecr.repository(repositoryName).images.map(image => image.digest);
    const referenced = (imageDigest: string, by: string) => ({
      imageId: { imageDigest },
      failureCode: 'ImageReferencedByManifestList',
      failureReason: `Requested image referenced by manifest list: [${by}]`,
    });
    expect(await remove(byDigest(one, inner, outer))).toMatchObject({
      imageIds: [{ imageDigest: outer, imageTag: 'v1' }], failures: [referenced(one, inner), referenced(inner, outer)],
    });
    expect((await remove(byDigest(one, two, inner))).imageIds).toEqual(byDigest(inner));
    expect((await remove(byDigest(one, two))).failures).toEqual([]);
  });

  test('returns a failure for an invalid id in a 200 response', async () => {
    ecr.seed({ repositoryName, images: 2, kind: 'flat' });
    const [{ digest }] = ecr.repository(repositoryName).images;
    const { failures, imageIds } = await remove([
      {}, { imageDigest: 'sha256:short' }, { imageTag: '-bad' }, ...byDigest(absent), { imageDigest: digest, imageTag: 'v2' },
      { imageTag: 'v1' },
    ]);
    expect(failures!.map(failure => failure.failureCode)).toEqual([
      'MissingDigestAndTag', 'InvalidImageDigest', 'InvalidImageTag', 'ImageNotFound', 'ImageTagDoesNotMatchDigest',
    ]);
    expect(imageIds).toEqual([{ imageDigest: digest, imageTag: 'v1' }]);
  });

  test('accepts 1 to 100 ids', async () => {
    ecr.seed({ repositoryName });
    for (const length of [0, 101]) {
      await expect(remove(Array.from({ length }, () => ({ imageTag: 'v1' })))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    }
  });

  test('returns only public codes with the fault imageFailure', async () => {
    ecr.seed({ repositoryName, images: 1, kind: 'flat' });
    ecr.faults.add({ kind: 'imageFailure' }, { kind: 'imageFailure', failureCode: 'UpstreamAccessDenied' });
    expect((await remove([{ imageTag: 'v1' }])).failures).toMatchObject([{ failureCode: 'KmsError' }]);
    await expect(remove([{ imageTag: 'v1' }])).rejects.toMatchObject({ name: 'LocalServiceDefect' });
    expect(ecr.images(repositoryName)).toBe(1);
  });

  test('accepts an alias as registryId', async () => {
    const account = '111122223333';
    ecr.seed({ repositoryName, account, images: 1, kind: 'flat' });
    ecr.alias('acme', { account });
    await expect(remove([{ imageTag: 'v1' }], { registryId: 'nobody' })).rejects.toMatchObject({ name: 'RepositoryNotFoundException' });
    await remove([{ imageTag: 'v1' }], { registryId: 'acme' });
    expect(ecr.images(repositoryName, { account })).toBe(0);
  });
});
