import { BatchDeleteImageCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import type { ImageDetail } from '@aws-sdk/client-ecr';
import { describeImages } from './listing';
import { imageIdOf, readManifest } from './manifest';
import { ImageMemo, movedHash, TagChange } from './memo';
import type { ImageTagStore } from './remove-tags';
import { ECR_PATIENCE, readBack } from '../aws/read-back';
import { sendToEcr } from '../aws/send-command';
import { UserError, isNamed } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

/** An image with everything that PutImage needs. */
export interface PutableImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly manifest: string;
}

/** Returns the image with a tag or digest, whatever its status; undefined if the image or the repository does not exist. */
export async function describeImage(task: EcrTask, repositoryName: string, tagOrDigest: string): Promise<ImageDetail | undefined> {
  try {
    return (await describeImages(task, repositoryName, [imageIdOf(tagOrDigest)]))[0];
  } catch (error) {
    if (isNamed(error, 'ImageNotFoundException', 'RepositoryNotFoundException')) return undefined;
    throw error;
  }
}

/** Puts an image. Does nothing if the repository has it already. */
export async function putImage(task: EcrTask, repositoryName: string, image: PutableImage, tag?: string): Promise<void> {
  const { digest, mediaType, manifest } = image;
  const input = { repositoryName, imageManifest: manifest, imageManifestMediaType: mediaType, imageDigest: digest, imageTag: tag };
  try {
    await sendToEcr(task, PutImageCommand, input);
  } catch (error) {
    if (isNamed(error, 'ImageAlreadyExistsException')) return;
    if (isNamed(error, 'ImageTagAlreadyExistsException')) throw await immutableTagError(task, repositoryName, digest, tag!, error as Error);
    if (!isNamed(error, 'LimitExceededException')) throw error;
    throw new UserError(`Repository '${repositoryName}': a quota is exceeded (${(error as Error).message}).`
      + ' Remove some tags or images, or request a higher quota.', { cause: error });
  }
}

/**
 * Sets the tags on the image.
 *
 * @param begin called before the first change, if tags point to other images
 * @returns the tags that did not point to the image before
 * @throws UserError if a tag is immutable and points to another image. The tags before it in the list are then set
 */
export async function putTags(
  task: EcrTask, repositoryName: string, image: PutableImage, tags: readonly string[], begin?: (changes: readonly TagChange[]) => void,
): Promise<TagChange[]> {
  const changes = new Array<TagChange>();
  const missing = new Array<string>();
  for (const tag of tags) {
    const before = await describeImage(task, repositoryName, tag);
    const isThere = before?.imageDigest === image.digest;
    if (isThere && before.imageStatus === 'ACTIVE') continue;
    missing.push(tag);
    if (isThere) continue;
    changes.push({ tag, previousDigest: before?.imageDigest });
    if (before) task.log(`repository '${repositoryName}': the tag '${tag}' pointed to ${before.imageDigest} before`);
  }
  if (changes.some(({ previousDigest }) => previousDigest)) begin?.(changes);
  for (const tag of missing) {
    task.progress(`setting the tag '${tag}' in repository '${repositoryName}'`);
    await putImage(task, repositoryName, image, tag);
  }
  return changes;
}

/**
 * Reads the tags back.
 *
 * @throws UserError if the tags do not point to the image within two minutes
 */
export async function requireTags(task: EcrTask, repositoryName: string, digest: string, tags: readonly string[]): Promise<void> {
  let missing: readonly string[] = tags;
  const isShown = await readBack(task, ECR_PATIENCE, `the tags of ${digest} in repository '${repositoryName}'`, async () => {
    const image = await describeImage(task, repositoryName, digest);
    missing = tags.filter(tag => !image?.imageTags?.includes(tag));
    return image !== undefined && missing.length === 0;
  });
  if (isShown) return;
  const problem = missing.length === 0 ? `does not exist ${ECR_PATIENCE / 1_000} seconds after it was put`
    : `does not have ${missing.map(tag => `'${tag}'`).join(', ')} ${ECR_PATIENCE / 1_000} seconds after it was set`;
  throw new UserError(`Repository '${repositoryName}': the image ${digest} ${problem}.`
    + ' Find out whether something else sets these tags or deletes images of this repository, then try again.');
}

/** Returns the tags of an image as the store that `removeTags` works on. */
export function taggedImage(task: EcrTask, repositoryName: string, digest: string): ImageTagStore {
  return {
    read: async () => (await describeImage(task, repositoryName, digest))?.imageTags ?? [],
    put: async tag => {
      try {
        const image = await readManifest(task, { repositoryName }, digest);
        if (image) await putImage(task, repositoryName, { ...image, manifest: image.text }, tag);
        else task.log(`repository '${repositoryName}': ${digest} is archived or no longer exists, and its tags are not removed`);
        return image !== undefined;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        task.log(`the tags are not removed: ${error.message}`);
        return false;
      }
    },
    remove: tags => deleteTags(task, repositoryName, tags),
  };
}

/** Moves tags back to the images that they pointed to, unless they have been moved again in the meantime. */
export async function moveTagsBack(
  task: EcrTask, repositoryName: string, { digest, movedTags }: ImageMemo, ownTags: readonly string[],
): Promise<void> {
  const moved = new Map<string, string[]>();
  for (const tag of (await describeImage(task, repositoryName, digest))?.imageTags ?? []) {
    const from = ownTags.includes(tag) ? movedTags.get(movedHash(tag)) : undefined;
    if (from !== undefined) moved.set(from, [...moved.get(from) ?? [], tag]);
  }
  for (const [from, tags] of moved) {
    try {
      const image = await readManifest(task, { repositoryName }, from);
      if (image) await putTags(task, repositoryName, { ...image, manifest: image.text }, tags);
      const outcome = image ? 'point again to' : 'are not moved back, because there is no image';
      task.log(`repository '${repositoryName}': ${tags.join()} ${outcome} ${from}`);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      task.log(`the tags are not moved back: ${error.message}`);
    }
  }
}

/** Returns what to do with an image that is archived or being restored, as the beginning of a sentence. */
export function restoreAdvice(status: string): string {
  return status === 'ACTIVATING' ? 'Wait until it is restored' : 'Restore it (aws ecr update-image-storage-class)';
}

async function deleteTags(task: EcrTask, repositoryName: string, tags: readonly string[]): Promise<void> {
  const what = tags.join();
  task.progress(`removing ${what}`);
  const input = { repositoryName, imageIds: tags.map(imageTag => ({ imageTag })) };
  const answer = await sendToEcr(task, BatchDeleteImageCommand, input);
  for (const { imageId, failureCode, failureReason } of answer?.failures ?? []) {
    if (failureCode === 'ImageNotFound') continue;
    if (failureCode !== 'ImageReferencedByManifestList') {
      throw new UserError(`Repository '${repositoryName}': the tag '${imageId?.imageTag}' cannot be removed`
        + ` (${failureCode}: ${failureReason}). Remove it manually, or try again.`);
    }
    task.log(`repository '${repositoryName}': '${imageId?.imageTag}' is the last tag of an image that an index refers to,`
      + ` and is not removed: ${failureReason}`);
  }
  task.log(`repository '${repositoryName}': removed ${what}`);
}

async function immutableTagError(task: EcrTask, repositoryName: string, digest: string, tag: string, cause: Error): Promise<UserError> {
  const live = await describeImage(task, repositoryName, tag);
  return new UserError(`Repository '${repositoryName}': the tag '${tag}' is immutable and points to`
    + ` ${live?.imageDigest ?? 'another image'}, not to ${digest}.`
    + ' Use another tag, or add an exclusion filter to the repository for tags that may be moved.', { cause });
}
