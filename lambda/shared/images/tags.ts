import { BatchDeleteImageCommand, DescribeImagesCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import type { ImageDetail } from '@aws-sdk/client-ecr';
import { readManifest } from './manifest';
import { ImageMemo, movedHash, shortHash, TagChange } from './memo';
import { sendToEcr } from '../aws/send-command';
import { UserError, isNamed, isRepositoryMissing } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

/** An image as PutImage takes it. */
export interface PutableImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly manifest: string;
}

/** The image that a tag or digest names, whatever its status; undefined when there is none, or no such repository. */
export async function describeImage(task: EcrTask, repositoryName: string, tagOrDigest: string): Promise<ImageDetail | undefined> {
  const imageId = tagOrDigest.startsWith('sha256:') ? { imageDigest: tagOrDigest } : { imageTag: tagOrDigest };
  const input = { repositoryName, imageIds: [imageId], filter: { imageStatus: 'ANY' as const } };
  try {
    const answer = await sendToEcr(task, DescribeImagesCommand, input);
    return answer?.imageDetails?.[0];
  } catch (error) {
    if (isNamed(error, 'ImageNotFoundException', 'RepositoryNotFoundException')) return undefined;
    throw error;
  }
}

/** Puts an image, which is often there already. */
export async function putImage(task: EcrTask, repositoryName: string, image: PutableImage, tag?: string): Promise<void> {
  const { digest, mediaType, manifest } = image;
  const input = { repositoryName, imageManifest: manifest, imageManifestMediaType: mediaType, imageDigest: digest, imageTag: tag };
  try {
    await sendToEcr(task, PutImageCommand, input);
  } catch (error) {
    if (isNamed(error, 'ImageAlreadyExistsException')) return;
    if (isNamed(error, 'ImageTagAlreadyExistsException')) throw await immutableTagError(task, repositoryName, digest, tag!, error as Error);
    if (!isNamed(error, 'LimitExceededException')) throw error;
    throw new UserError(`Repository '${repositoryName}': ${(error as Error).message}`
      + ' — take some off, or have the quota raised', { cause: error });
  }
}

/**
 * Lets the tags point to the image.
 *
 * @returns the tags that did not point to it before
 * @throws UserError when one is immutable and points to another image; those before it in the list are set then
 */
export async function putTags(task: EcrTask, repositoryName: string, image: PutableImage, tags: readonly string[]): Promise<TagChange[]> {
  const changes = new Array<TagChange>();
  for (const tag of tags) {
    task.progress(`setting the tag '${tag}' in repository '${repositoryName}'`);
    const before = await describeImage(task, repositoryName, tag);
    if (before?.imageDigest === image.digest && before.imageStatus === 'ACTIVE') continue;
    await putImage(task, repositoryName, image, tag);
    if (before?.imageDigest === image.digest) continue;
    changes.push({ tag, previousDigest: before?.imageDigest });
    if (before) task.log(`repository '${repositoryName}': the tag '${tag}' pointed to ${before.imageDigest} before`);
  }
  return changes;
}

/** Reads the tags back. */
export async function requireTags(task: EcrTask, repositoryName: string, digest: string, tags: readonly string[]): Promise<void> {
  const image = await describeImage(task, repositoryName, digest);
  if (!image) {
    throw new UserError(`Repository '${repositoryName}': the image ${digest} went away while it was tagged`
      + ' — see who deletes images there, then try again');
  }
  const missing = tags.filter(tag => !image.imageTags?.includes(tag));
  if (missing.length === 0) return;
  throw new UserError(`Repository '${repositoryName}': somebody else set ${missing.map(tag => `'${tag}'`).join(', ')} to another image`
    + ` at the same time as this deployment set it to ${digest} — see who sets it, then try again`);
}

/**
 * Removes the tags that the construct added and that still point to the image.
 *
 * @param keepsImage whether the last tag stays, since ECR would delete the image with it
 */
export async function removeAddedTags(
  task: EcrTask, repositoryName: string, { digest, addedTags }: ImageMemo, keepsImage: boolean,
): Promise<void> {
  const image = await describeImage(task, repositoryName, digest);
  const tags = (image?.imageTags ?? []).filter(tag => addedTags.has(shortHash(tag)));
  for (const tag of tags) {
    task.progress(`taking the tag '${tag}' off in repository '${repositoryName}'`);
    // read again for each tag: others may remove tags too
    const live = await describeImage(task, repositoryName, digest);
    if (!live?.imageTags?.includes(tag)) continue;
    if (keepsImage && live.imageTags.length === 1) {
      task.log(`repository '${repositoryName}': '${tag}' is the last tag of ${digest} and stays, since the image would be deleted with it`);
      continue;
    }
    await removeTag(task, repositoryName, tag);
  }
  if (tags.length === 0) task.log(`repository '${repositoryName}': no tag of this stack points to ${digest} any more`);
}

/** Lets the tags that an Update moved point to the previous image again, unless somebody else has moved them since. */
export async function moveTagsBack(
  task: EcrTask, repositoryName: string, { digest, previousDigest, movedTags }: ImageMemo, ownTags: readonly string[],
): Promise<void> {
  const liveTags = (await describeImage(task, repositoryName, digest))?.imageTags ?? [];
  const tags = liveTags.filter(tag => ownTags.includes(tag) && movedTags.has(movedHash(tag)));
  const canMove = previousDigest !== undefined && tags.length > 0;
  const image = canMove ? await readManifest(task, { repositoryName }, previousDigest) : undefined;
  if (!image) return task.log(`repository '${repositoryName}': no tag is to be put back`);
  await putTags(task, repositoryName, { ...image, manifest: image.text }, tags);
  task.log(`repository '${repositoryName}': ${tags.join(', ')} point to ${image.digest} again`);
}

/** How to make an image usable that is archived or being restored. */
export function restoreAdvice(status: string): string {
  return status === 'ACTIVATING' ? 'wait until it is restored' : 'restore it (aws ecr update-image-storage-class)';
}

async function removeTag(task: EcrTask, repositoryName: string, tag: string): Promise<void> {
  const input = { repositoryName, imageIds: [{ imageTag: tag }] };
  const [failure] = await sendToEcr(task, BatchDeleteImageCommand, input).then(
    answer => answer?.failures ?? [],
    (error: unknown) => {
      if (isRepositoryMissing(error)) return [];
      throw error;
    });
  if (!failure || failure.failureCode === 'ImageNotFound') return task.log(`repository '${repositoryName}': took the tag '${tag}' off`);
  if (failure.failureCode === 'ImageReferencedByManifestList') {
    return task.log(`repository '${repositoryName}': '${tag}' is the last tag of an image that an index refers to, and stays:`
      + ` ${failure.failureReason}`);
  }
  throw new UserError(`Repository '${repositoryName}': the tag '${tag}' cannot be taken off`
    + ` (${failure.failureCode}: ${failure.failureReason}) — take it off by hand, or try again`);
}

async function immutableTagError(task: EcrTask, repositoryName: string, digest: string, tag: string, cause: Error): Promise<UserError> {
  const live = await describeImage(task, repositoryName, tag);
  return new UserError(`Repository '${repositoryName}': the tag '${tag}' is immutable and points to`
    + ` ${live?.imageDigest ?? 'another image'}, not to ${digest}`
    + ' — use another tag, or an exclusion filter of the repository for tags that move', { cause });
}
