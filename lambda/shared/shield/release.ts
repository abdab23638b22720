import { releasedTag } from '../../../src/core/shield/tags';
import type { ImageTagStore } from '../images/remove-tags';
import { taggedImage } from '../images/tags';
import type { EcrTask } from '../protocol/job';

/** `gone` if the image does not exist, otherwise the reason why the image keeps its tags. */
export type Release = 'released' | 'gone' | { readonly reason: string };

/** Removes the keep tags of an image, so that lifecycle policies can expire it again. Never deletes the image. */
export function releaseImage(
  task: EcrTask, repositoryName: string, image: { readonly digest: string; readonly keepTags: readonly string[] }, tagPrefix: string,
): Promise<Release> {
  return releaseTags(taggedImage(task, repositoryName, image.digest), image.keepTags, releasedTag(tagPrefix, image.digest));
}

/**
 * Adds the tag of a released image, reads it back, and only then removes the keep tags.
 *
 * ECR deletes an image with its last tag. Nothing ever removes the tag of a released image, so a keep tag is never the last one, whatever
 * other tags are removed or moved at the same time.
 */
export async function releaseTags(image: ImageTagStore, keepTags: readonly string[], released: string): Promise<Release> {
  let tags = await image.read();
  if (tags.length === 0) return 'gone';
  if (!keepTags.some(tag => tags.includes(tag))) return 'released';
  if (!tags.includes(released)) {
    if (!await image.put(released)) return { reason: `the tag '${released}' cannot be added` };
    tags = await image.read();
    if (!tags.includes(released)) return { reason: `the tag '${released}' was added and is not visible yet` };
  }
  await image.remove(keepTags.filter(tag => tags.includes(tag)));
  return 'released';
}
