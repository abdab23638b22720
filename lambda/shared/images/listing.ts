import { BatchGetImageCommand, DescribeImagesCommand } from '@aws-sdk/client-ecr';
import type { DescribeImagesFilter, ImageDetail, ImageIdentifier } from '@aws-sdk/client-ecr';
import { imageIdOf } from './manifest';
import { INDEX_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { sendToEcr } from '../aws/send-command';
import { isNamed } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

const PAGE = 1_000;
const MANIFESTS_AT_ONCE = 100;
/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DescribeImages.html */
export const IMAGE_IDS_AT_ONCE = 100;

/** Includes untagged and archived images, and images that are being restored. */
export const EVERYTHING = { tagStatus: 'ANY', imageStatus: 'ANY' } as const;

/**
 * Returns the images with the given ids. UNCERTAIN: whether ids can be combined with a filter. If ECR rejects that, the images are read
 * without a filter, which omits archived images.
 *
 * @param registryId account of the registry; undefined for the caller's account
 */
export async function describeImages(
  task: EcrTask, repositoryName: string, imageIds: ImageIdentifier[], registryId?: string,
): Promise<ImageDetail[]> {
  const describe = (filter?: typeof EVERYTHING) =>
    sendToEcr(task, DescribeImagesCommand, { registryId, repositoryName, imageIds, filter });
  const answer = await describe(EVERYTHING).catch((error: unknown) => {
    if (!isNamed(error, 'InvalidParameterException')) throw error;
    return describe();
  });
  return answer?.imageDetails ?? [];
}

/**
 * Returns the images that exist, by tag or digest, a hundred at a time. DescribeImages fails if one of its images does not exist. Then it
 * is called for each half of them.
 *
 * @param registryId account of the registry; undefined for the caller's account
 */
export async function* describeExistingImages(
  task: EcrTask, repositoryName: string, tagsOrDigests: readonly string[], registryId?: string,
): AsyncGenerator<readonly ImageDetail[]> {
  for (let from = 0; from < tagsOrDigests.length; from += IMAGE_IDS_AT_ONCE) {
    const batch = tagsOrDigests.slice(from, from + IMAGE_IDS_AT_ONCE);
    try {
      yield await describeImages(task, repositoryName, batch.map(imageIdOf), registryId);
    } catch (error) {
      if (!isNamed(error, 'ImageNotFoundException')) throw error;
      const half = Math.ceil(batch.length / 2);
      if (batch.length === 1) continue;
      yield* describeExistingImages(task, repositoryName, batch.slice(0, half), registryId);
      yield* describeExistingImages(task, repositoryName, batch.slice(half), registryId);
    }
  }
}

/** Returns all images of a repository, or those with a filter, page by page. */
export async function* allImages(
  task: EcrTask, repositoryName: string, filter: DescribeImagesFilter = EVERYTHING,
): AsyncGenerator<readonly ImageDetail[]> {
  let nextToken: string | undefined;
  let count = 0;
  do {
    task.progress(`reading the images of repository '${repositoryName}' (${count} so far)`);
    const input = { repositoryName, nextToken, maxResults: PAGE, filter };
    const page = await sendToEcr(task, DescribeImagesCommand, input);
    yield page?.imageDetails ?? [];
    count += page?.imageDetails?.length ?? 0;
    nextToken = page?.nextToken;
  } while (nextToken);
}

/**
 * Returns the images that indexes refer to, by the digest of the index, without indexes that no longer exist. Reads only manifests of
 * indexes, because ECR may record the reading of a manifest as a pull of that image.
 */
export async function readIndexes(task: EcrTask, repositoryName: string, digests: readonly string[]): Promise<Map<string, string[]>> {
  const children = new Map<string, string[]>();
  for (let from = 0; from < digests.length; from += MANIFESTS_AT_ONCE) {
    task.progress(`reading the multi-architecture indexes of repository '${repositoryName}' (${from} of ${digests.length})`);
    const input = {
      repositoryName,
      imageIds: digests.slice(from, from + MANIFESTS_AT_ONCE).map(imageDigest => ({ imageDigest })),
      acceptedMediaTypes: INDEX_MEDIA_TYPES,
    };
    const answer = await sendToEcr(task, BatchGetImageCommand, input);
    for (const failure of answer?.failures ?? []) {
      if (failure.failureCode === 'ImageNotFound') continue;
      throw new Error(`the index ${failure.imageId?.imageDigest} cannot be read: ${failure.failureReason ?? failure.failureCode}`);
    }
    for (const { imageId, imageManifest } of answer?.images ?? []) {
      const { manifests = [] } = JSON.parse(imageManifest ?? '{}') as { manifests?: Array<{ digest: string }> };
      children.set(imageId?.imageDigest ?? '', manifests.map(manifest => manifest.digest));
    }
  }
  return children;
}
