import {
  BatchDeleteImageCommand, BatchGetImageCommand, DescribeImagesCommand, ECRClient, ImageIdentifier, ListImageReferrersCommand,
  ListImagesCommand, paginateListImages, UpdateImageStorageClassCommand,
} from '@aws-sdk/client-ecr';
import type { LocalEcr } from './local-ecr';
import { digestOf } from './manifest';
import { errorOf, startForEachTest } from './test-client';

const ALL = { tagStatus: 'ANY', imageStatus: 'ANY' } as const;
const repositoryName = 'team/app';
let ecr: LocalEcr;
let client: ECRClient;

startForEachTest((started, itsClient) => {
  [ecr, client] = [started, itsClient];
});

const remove = (...imageIds: ImageIdentifier[]) => client.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));

describe('listing', () => {
  test('returns one row for each tag, and one row with only the digest for an untagged image', async () => {
    ecr.seed({ repositoryName });
    const tagged = ecr.addImage({ repositoryName, tags: ['a', 'b'] });
    const untagged = ecr.addImage({ repositoryName });
    const { imageIds, nextToken } = await client.send(new ListImagesCommand({ repositoryName }));
    expect(imageIds).toEqual([{ imageDigest: tagged, imageTag: 'a' }, { imageDigest: tagged, imageTag: 'b' }, { imageDigest: untagged }]);
    expect(nextToken).toBeUndefined();
  });

  test('returns pages of 100 rows by default, and every image exactly once', async () => {
    ecr.seed({ repositoryName, images: 250, kind: 'flat' });
    const first = await client.send(new ListImagesCommand({ repositoryName }));
    expect(first.imageIds).toHaveLength(100);
    const sizes = new Array<number>();
    const digests = new Set<string>();
    for await (const page of paginateListImages({ client, pageSize: 120 }, { repositoryName })) {
      sizes.push(page.imageIds!.length);
      page.imageIds!.forEach(id => digests.add(id.imageDigest!));
    }
    expect(sizes).toEqual([120, 120, 10]);
    expect(digests.size).toBe(250);
  });

  test('can split the tags of one image across pages', async () => {
    ecr.seed({ repositoryName });
    ecr.addImage({ repositoryName, tags: ['a', 'b', 'c'] });
    ecr.addImage({ repositoryName, tags: ['d'] });
    const pages = new Array<(string | undefined)[]>();
    for await (const page of paginateListImages({ client, pageSize: 2 }, { repositoryName })) {
      pages.push(page.imageIds!.map(id => id.imageTag));
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd']]);
  });

  test.each([
    [undefined, undefined, 6],
    ['TAGGED', undefined, 4],
    ['UNTAGGED', undefined, 2],
    ['ANY', 'ANY', 10],
    ['ANY', 'ARCHIVED', 4],
    ['UNTAGGED', 'ARCHIVED', 0],
    ['ANY', 'ACTIVATING', 0],
  ] as const)('with tagStatus %s and imageStatus %s returns %d of 10 images', async (tagStatus, imageStatus, expected) => {
    ecr.seed({ repositoryName, images: 10, kind: 'flat', archived: 4, untagged: 2 });
    const filter = { tagStatus, imageStatus };
    expect((await client.send(new ListImagesCommand({ repositoryName, filter }))).imageIds).toHaveLength(expected);
    expect((await client.send(new DescribeImagesCommand({ repositoryName, filter }))).imageDetails).toHaveLength(expected);
  });

  test('skips images if images are deleted while paging', async () => {
    ecr.seed({ repositoryName, images: 6, kind: 'flat' });
    const first = await client.send(new ListImagesCommand({ repositoryName, maxResults: 3 }));
    await remove(...first.imageIds!.map(({ imageDigest }) => ({ imageDigest })));
    const second = await client.send(new ListImagesCommand({ repositoryName, maxResults: 3, nextToken: first.nextToken }));
    expect(second.imageIds).toEqual([]);
    expect(ecr.images(repositoryName)).toBe(3);
  });

  test('accepts a token only for its own request', async () => {
    ecr.seed({ repositoryName, images: 3, kind: 'flat' });
    ecr.seed({ repositoryName: 'other', images: 3, kind: 'flat' });
    const { nextToken } = await client.send(new ListImagesCommand({ repositoryName, maxResults: 1 }));
    for (const call of [
      client.send(new ListImagesCommand({ repositoryName: 'other', maxResults: 1, nextToken })),
      client.send(new ListImagesCommand({ repositoryName, maxResults: 1, nextToken, filter: ALL })),
      client.send(new DescribeImagesCommand({ repositoryName, maxResults: 1, nextToken })),
      client.send(new ListImagesCommand({ repositoryName, nextToken: 'made-up' })),
    ]) {
      await expect(call).rejects.toMatchObject({ name: 'InvalidParameterException', message: expect.stringContaining("'nextToken'") });
    }
  });

  test.each([0, 1001])('refuses maxResults %d', async maxResults => {
    ecr.seed({ repositoryName });
    await expect(client.send(new ListImagesCommand({ repositoryName, maxResults })))
      .rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  test('returns the seeded times of an image', async () => {
    const [pushedAt, lastArchivedAt, lastActivatedAt, lastRecordedPullTime] = [1, 2, 3, 4].map(day => new Date(Date.UTC(2026, 0, day)));
    ecr.seed({ repositoryName });
    ecr.addImage({ repositoryName, pushedAt, lastArchivedAt, lastActivatedAt, lastRecordedPullTime });
    const { imageDetails } = await client.send(new DescribeImagesCommand({ repositoryName }));
    expect(imageDetails).toMatchObject([{ imagePushedAt: pushedAt, lastArchivedAt, lastActivatedAt, lastRecordedPullTime }]);
  });

  test('returns the time of a pull', async () => {
    ecr.seed({ repositoryName, images: 2, kind: 'flat' });
    const before = new Date(Math.floor(Date.now() / 1_000) * 1_000);
    await client.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }));
    const { imageDetails = [] } = await client.send(new DescribeImagesCommand({ repositoryName }));
    const pulled = imageDetails.filter(({ lastRecordedPullTime }) => lastRecordedPullTime !== undefined);
    expect(pulled).toMatchObject([{ imageTags: ['v1'] }]);
    expect(pulled[0].lastRecordedPullTime!.getTime()).toBeGreaterThanOrEqual(before.getTime());
  });

  test('returns images by id, or fails if one is missing, without paging', async () => {
    ecr.seed({ repositoryName, images: 3, kind: 'multiArch' });
    const index = ecr.repository(repositoryName).images[2];
    const { imageDetails } = await client.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }] }));
    expect(imageDetails).toEqual([expect.objectContaining({
      registryId: '000000000000',
      repositoryName,
      imageDigest: index.digest,
      imageTags: ['v1'],
      imageStatus: 'ACTIVE',
      imageManifestMediaType: 'application/vnd.oci.image.index.v1+json',
      imagePushedAt: new Date('2026-01-01T00:00:03Z'),
    })]);
    await expect(client.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }, { imageTag: 'v2' }] })))
      .rejects.toMatchObject({
        name: 'ImageNotFoundException',
        message: 'The image with imageId {imageDigest:\'null\', imageTag:\'v2\'} does not exist within the repository with name'
          + ' \'team/app\' in the registry with id \'000000000000\'',
      });
    await expect(client.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }], maxResults: 5 })))
      .rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('BatchDeleteImage', () => {
  test('returns two rows for a digest with two tags', async () => {
    ecr.seed({ repositoryName });
    const imageDigest = ecr.addImage({ repositoryName, tags: ['a', 'b'] });
    const { imageIds, failures } = await remove({ imageDigest });
    expect(imageIds).toEqual([{ imageDigest, imageTag: 'a' }, { imageDigest, imageTag: 'b' }]);
    expect(failures).toEqual([]);
    expect(ecr.images(repositoryName)).toBe(0);
  });

  test('removes only the tag, and deletes the image with its last tag', async () => {
    ecr.seed({ repositoryName });
    const imageDigest = ecr.addImage({ repositoryName, tags: ['a', 'b'] });
    expect((await remove({ imageTag: 'a' })).imageIds).toEqual([{ imageDigest, imageTag: 'a' }]);
    expect(ecr.repository(repositoryName).images).toMatchObject([{ tags: ['b'] }]);
    expect((await remove({ imageTag: 'b', imageDigest })).imageIds).toEqual([{ imageDigest, imageTag: 'b' }]);
    expect(ecr.images(repositoryName)).toBe(0);
  });

  test('returns failures in order in a 200 response', async () => {
    ecr.seed({ repositoryName });
    const imageDigest = ecr.addImage({ repositoryName, tags: ['a'] });
    const unknown = digestOf('unknown');
    const { imageIds, failures } = await remove(
      {}, { imageDigest: 'sha256:1' }, { imageTag: '-a' }, { imageTag: 'gone' }, { imageDigest: unknown },
      { imageDigest, imageTag: 'gone' }, { imageDigest },
      { imageDigest },
    );
    expect(imageIds).toEqual([{ imageDigest, imageTag: 'a' }]);
    expect(failures!.map(failure => failure.failureCode)).toEqual([
      'MissingDigestAndTag', 'InvalidImageDigest', 'InvalidImageTag', 'ImageNotFound', 'ImageNotFound', 'ImageTagDoesNotMatchDigest',
      'ImageNotFound',
    ]);
    expect(failures![4]).toEqual({
      imageId: { imageDigest: unknown }, failureCode: 'ImageNotFound', failureReason: 'Requested image not found',
    });
  });

  test.each([0, 101])('refuses %d ids', async count => {
    ecr.seed({ repositoryName, images: 101, kind: 'flat' });
    const ids = ecr.repository(repositoryName).images.slice(0, count).map(image => ({ imageDigest: image.digest }));
    await expect(remove(...ids)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    expect(ecr.images(repositoryName)).toBe(101);
  });

  test('deletes only the index if a call contains an index and its children', async () => {
    ecr.seed({ repositoryName, images: 3, kind: 'multiArch' });
    const [child, attestation, index] = ecr.repository(repositoryName).images.map(image => ({ imageDigest: image.digest }));
    const { imageIds, failures } = await remove(index, child, attestation);
    expect(imageIds).toEqual([{ ...index, imageTag: 'v1' }]);
    expect(failures).toEqual([child, attestation].map(imageId => ({
      imageId,
      failureCode: 'ImageReferencedByManifestList',
      failureReason: `Requested image referenced by manifest list: [${index.imageDigest}]`,
    })));
    expect((await remove(child, attestation)).failures).toEqual([]);
    expect(ecr.images(repositoryName)).toBe(0);
  });

  test('deletes a nested index with one call for each level', async () => {
    ecr.seed({ repositoryName, images: 4, kind: 'nested' });
    const left = new Array<number>();
    for (let pass = 0; pass < 3; pass += 1) {
      await remove(...ecr.repository(repositoryName).images.map(image => ({ imageDigest: image.digest })));
      left.push(ecr.images(repositoryName));
    }
    expect(left).toEqual([3, 2, 0]);
  });

  test('keeps a shared child until all its indexes are deleted, and names them', async () => {
    ecr.seed({ repositoryName, images: 5, kind: 'sharedChild' });
    const [shared, , , first, second] = ecr.repository(repositoryName).images.map(image => image.digest);
    const reason = async () => (await remove({ imageDigest: shared })).failures![0]?.failureReason;
    expect(await reason()).toBe(`Requested image referenced by manifest list: [${first}, ${second}]`);
    await remove({ imageDigest: first });
    expect(await reason()).toBe(`Requested image referenced by manifest list: [${second}]`);
    await remove({ imageDigest: second });
    expect(await reason()).toBeUndefined();
  });

  test('keeps the only tag of a referenced image, but removes a second tag', async () => {
    ecr.seed({ repositoryName });
    const child = ecr.addImage({ repositoryName, tags: ['a', 'b'] });
    ecr.addImage({ repositoryName, children: [child] });
    expect((await remove({ imageTag: 'a' })).failures).toEqual([]);
    expect((await remove({ imageTag: 'b' })).failures).toMatchObject([{ failureCode: 'ImageReferencedByManifestList' }]);
    expect(ecr.repository(repositoryName).images[0].tags).toEqual(['b']);
  });

  test('deletes a subject without its referrers', async () => {
    ecr.seed({ repositoryName, images: 3, kind: 'referrers' });
    const [subject] = ecr.repository(repositoryName).images;
    expect((await remove({ imageDigest: subject.digest })).failures).toEqual([]);
    expect(ecr.repository(repositoryName).images.map(image => image.subject)).toEqual([subject.digest, subject.digest]);
  });

  test('deletes archived images', async () => {
    ecr.seed({ repositoryName, images: 2, kind: 'flat', archived: 2 });
    expect((await remove({ imageTag: 'v1' }, { imageTag: 'v2' })).failures).toEqual([]);
    expect(ecr.images(repositoryName)).toBe(0);
  });
});

describe('reading and archiving', () => {
  test('returns a manifest that matches its digest, and failures for missing and archived images', async () => {
    ecr.seed({ repositoryName, images: 3, kind: 'flat', archived: 1 });
    const [archived] = ecr.repository(repositoryName).images;
    const { images, failures } = await client.send(new BatchGetImageCommand({
      repositoryName,
      imageIds: [{ imageTag: 'v1' }, { imageTag: 'v2' }, { imageTag: 'v9' }, { imageTag: 'v2', imageDigest: archived.digest }],
    }));
    expect(images!.map(image => [image.imageId!.imageTag, digestOf(image.imageManifest!) === image.imageId!.imageDigest]))
      .toEqual([['v2', true]]);
    expect(failures!.map(failure => [failure.imageId!.imageTag, failure.failureCode])).toEqual([
      ['v1', 'ImageNotFound'], ['v9', 'ImageNotFound'], ['v2', 'ImageTagDoesNotMatchDigest'],
    ]);
  });

  test('returns an index only to a caller that accepts its media type', async () => {
    ecr.seed({ repositoryName, images: 3, kind: 'multiArch' });
    const get = (acceptedMediaTypes?: string[]) =>
      client.send(new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }], acceptedMediaTypes }));
    expect((await get()).failures).toHaveLength(1);
    expect((await get(['application/vnd.oci.image.manifest.v1+json'])).failures).toHaveLength(1);
    const { images } = await get(['application/vnd.oci.image.index.v1+json']);
    expect(JSON.parse(images![0].imageManifest!).manifests).toHaveLength(2);
  });

  test('archives an image, and restores it through ACTIVATING', async () => {
    ecr.seed({ repositoryName, images: 1, kind: 'flat' });
    const move = (targetStorageClass: 'ARCHIVE' | 'STANDARD', imageTag = 'v1') =>
      client.send(new UpdateImageStorageClassCommand({ repositoryName, imageId: { imageTag }, targetStorageClass }));
    expect((await move('ARCHIVE')).imageStatus).toBe('ARCHIVED');
    expect((await move('STANDARD')).imageStatus).toBe('ACTIVATING');
    ecr.finishRestores(repositoryName);
    const { imageDetails } = await client.send(new DescribeImagesCommand({ repositoryName }));
    expect(imageDetails).toMatchObject([{ imageStatus: 'ACTIVE', lastArchivedAt: expect.any(Date), lastActivatedAt: expect.any(Date) }]);
    await expect(move('ARCHIVE', 'v9')).rejects.toMatchObject({ name: 'ImageNotFoundException' });
  });

  test('does not archive a child before its index', async () => {
    ecr.seed({ repositoryName, images: 3, kind: 'multiArch' });
    const [child, , index] = ecr.repository(repositoryName).images;
    const archive = (imageDigest: string) =>
      client.send(new UpdateImageStorageClassCommand({ repositoryName, imageId: { imageDigest }, targetStorageClass: 'ARCHIVE' }));
    expect((await errorOf(archive(child.digest))).name).toBe('ImageStorageClassUpdateNotSupportedException');
    await archive(index.digest);
    expect((await archive(child.digest)).imageStatus).toBe('ARCHIVED');
  });

  test('returns referrers by subject, type, and status, in pages of 20', async () => {
    ecr.seed({ repositoryName });
    const subject = digestOf('not even here');
    for (let n = 0; n < 25; n += 1) {
      ecr.addImage({ repositoryName, subject, artifactType: n === 0 ? 'application/spdx+json' : 'signature' });
    }
    ecr.addImage({ repositoryName, subject, artifactType: 'signature', status: 'ARCHIVED' });
    const find = (filter?: object, nextToken?: string, maxResults?: number) =>
      client.send(new ListImageReferrersCommand({ repositoryName, subjectId: { imageDigest: subject }, filter, nextToken, maxResults }));
    const first = await find();
    expect(first.referrers).toHaveLength(20);
    expect((await find(undefined, first.nextToken)).referrers).toHaveLength(5);
    expect((await find({ artifactTypes: ['application/spdx+json'] })).referrers)
      .toMatchObject([{ artifactStatus: 'ACTIVE', size: expect.any(Number) }]);
    expect((await find({ artifactStatus: 'ANY' }, undefined, 50)).referrers).toHaveLength(26);
    await expect(find({}, undefined, 51)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });
});

describe('100,000 images', () => {
  test('can be seeded in one call and listed in 100 pages', async () => {
    ecr.seed({ repositoryName, images: 100_000, kind: 'multiArch', archived: 10_000 });
    let calls = 0;
    const digests = new Set<string>();
    for await (const page of paginateListImages({ client, pageSize: 1000 }, { repositoryName, filter: ALL })) {
      calls += 1;
      page.imageIds!.forEach(id => digests.add(id.imageDigest!));
    }
    expect([calls, digests.size]).toEqual([100, 100_000]);
  });
});
