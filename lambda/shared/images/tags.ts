import { BatchDeleteImageCommand, DescribeImagesCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import type { ImageDetail } from '@aws-sdk/client-ecr';
import { readManifest } from './manifest';
import { ChangedTag, ImageMemo, movedHash, shortHash } from './memo';
import { untilAllowed } from '../aws/until-allowed';
import { Explained, isNamed } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

/** An image as it is put into a repository. */
export interface PutableImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly manifest: string;
}

/** The image that a tag or digest names, whatever state it is in; undefined when there is none, or no such repository. */
export async function describeImage(task: EcrTask, repositoryName: string, tagOrDigest: string): Promise<ImageDetail | undefined> {
  const imageId = tagOrDigest.startsWith('sha256:') ? { imageDigest: tagOrDigest } : { imageTag: tagOrDigest };
  const input = { repositoryName, imageIds: [imageId], filter: { imageStatus: 'ANY' as const } };
  try {
    const answer = await untilAllowed(task, () => task.ecr.send(new DescribeImagesCommand(input), { abortSignal: task.signal }));
    return answer?.imageDetails?.[0];
  } catch (error) {
    if (isNamed(error, 'ImageNotFoundException', 'RepositoryNotFoundException')) return undefined;
    throw error;
  }
}

/** Puts an image, which is there already as often as not. */
export async function putImage(task: EcrTask, repositoryName: string, { digest, mediaType, manifest }: PutableImage, tag?: string): Promise<void> {
  const input = { repositoryName, imageManifest: manifest, imageManifestMediaType: mediaType, imageDigest: digest, imageTag: tag };
  try {
    await untilAllowed(task, () => task.ecr.send(new PutImageCommand(input), { abortSignal: task.signal }));
  } catch (error) {
    if (isNamed(error, 'ImageAlreadyExistsException')) return;
    if (isNamed(error, 'ImageTagAlreadyExistsException')) throw await immutable(task, repositoryName, digest, tag!, error as Error);
    if (!isNamed(error, 'LimitExceededException')) throw error;
    throw new Explained(`Repository '${repositoryName}': ${(error as Error).message} — take some off, or have the quota raised`, { cause: error });
  }
}

/**
 * Has the tags point to the image.
 *
 * @returns those that did not before
 * @throws Explained when one is immutable and points elsewhere; those before it in the list are set then
 */
export async function putTags(task: EcrTask, repositoryName: string, image: PutableImage, tags: readonly string[]): Promise<ChangedTag[]> {
  const changed = new Array<ChangedTag>();
  for (const tag of tags) {
    task.progress(`setting the tag '${tag}' in repository '${repositoryName}'`);
    const before = await describeImage(task, repositoryName, tag);
    if (before?.imageDigest === image.digest && before.imageStatus === 'ACTIVE') continue;
    await putImage(task, repositoryName, image, tag);
    if (before?.imageDigest === image.digest) continue;
    changed.push({ tag, before: before?.imageDigest });
    if (before) task.log(`repository '${repositoryName}': the tag '${tag}' pointed to ${before.imageDigest} before`);
  }
  return changed;
}

/** What was promised is seen, not believed. */
export async function requireTags(task: EcrTask, repositoryName: string, digest: string, tags: readonly string[]): Promise<void> {
  const image = await describeImage(task, repositoryName, digest);
  if (!image) throw new Explained(`Repository '${repositoryName}': the image ${digest} went away while it was tagged — see who deletes images there, then try again`);
  const missing = tags.filter(tag => !image.imageTags?.includes(tag));
  if (missing.length === 0) return;
  throw new Explained(`Repository '${repositoryName}': somebody else set ${missing.map(tag => `'${tag}'`).join(', ')} to another image at the same time`
    + ` as this deployment set it to ${digest} — see who sets it, then try again`);
}

/**
 * Takes tags off that were not there before and still point to the image.
 *
 * @param keepsImage whether the last tag stays, with which ECR would delete the image
 */
export async function removeTags(task: EcrTask, repositoryName: string, { digest, made }: ImageMemo, keepsImage: boolean): Promise<void> {
  const image = await describeImage(task, repositoryName, digest);
  const tags = (image?.imageTags ?? []).filter(tag => made.has(shortHash(tag)));
  for (const tag of tags) {
    task.progress(`taking the tag '${tag}' off in repository '${repositoryName}'`);
    // each time anew: others may take tags off too
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

/** Has those of the tags that an update moved point to the image of before again, unless somebody else has moved them since. */
export async function putBack(task: EcrTask, repositoryName: string, { digest, former, moved }: ImageMemo, ours: readonly string[]): Promise<void> {
  const live = (await describeImage(task, repositoryName, digest))?.imageTags ?? [];
  const tags = live.filter(tag => ours.includes(tag) && moved.has(movedHash(tag)));
  const image = former === undefined || tags.length === 0 ? undefined : await readManifest(task, { repositoryName }, former);
  if (!image) return task.log(`repository '${repositoryName}': no tag is to be put back`);
  await putTags(task, repositoryName, { ...image, manifest: image.text }, tags);
  task.log(`repository '${repositoryName}': ${tags.join(', ')} point to ${image.digest} again`);
}

/** What brings an image back that is archived or on its way back. */
export function restored(status: string): string {
  return status === 'ACTIVATING' ? 'wait until it is restored' : 'restore it (aws ecr update-image-storage-class)';
}

async function removeTag(task: EcrTask, repositoryName: string, tag: string): Promise<void> {
  const input = { repositoryName, imageIds: [{ imageTag: tag }] };
  const [failure] = await untilAllowed(task, () => task.ecr.send(new BatchDeleteImageCommand(input), { abortSignal: task.signal })).then(
    answer => answer?.failures ?? [],
    (error: unknown) => {
      if (isNamed(error, 'RepositoryNotFoundException')) return [];
      throw error;
    });
  if (!failure || failure.failureCode === 'ImageNotFound') return task.log(`repository '${repositoryName}': took the tag '${tag}' off`);
  if (failure.failureCode === 'ImageReferencedByManifestList') {
    return task.log(`repository '${repositoryName}': '${tag}' is the last tag of an image that an index refers to, and stays: ${failure.failureReason}`);
  }
  throw new Explained(`Repository '${repositoryName}': the tag '${tag}' cannot be taken off (${failure.failureCode}: ${failure.failureReason})`
    + ' — take it off by hand, or try again');
}

async function immutable(task: EcrTask, repositoryName: string, digest: string, tag: string, cause: Error): Promise<Explained> {
  const there = await describeImage(task, repositoryName, tag);
  return new Explained(`Repository '${repositoryName}': the tag '${tag}' is immutable and points to ${there?.imageDigest ?? 'another image'}, not to ${digest}`
    + ' — use another tag, or an exclusion filter of the repository for tags that move', { cause });
}
