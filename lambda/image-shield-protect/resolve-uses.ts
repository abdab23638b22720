import { indexesOf } from './indexes';
import { entryOf } from './state-changes';
import { CollectedUse, describeUse, UsedImage } from './uses';
import { isDigest } from '../../src/core/images/digest';
import { INDEX_MEDIA_TYPES } from '../../src/core/images/media-types';
import type { Finding } from '../../src/core/shield/findings';
import type { PartitionState } from '../../src/core/shield/state';
import { releasedPrefix } from '../../src/core/shield/tags';
import { describeExistingImages } from '../shared/images/listing';
import type { EcrTask } from '../shared/protocol/job';

export interface ResolvedUses {
  readonly images: ReadonlyMap<string, UsedImage>;
  readonly findings: readonly Finding[];
}

/** Finds the digests of tags in use. A tag that does not exist is a finding, because its workload cannot start. */
export async function resolveUses(
  task: EcrTask, repositoryName: string, uses: ReadonlyMap<string, CollectedUse>,
): Promise<ResolvedUses> {
  const images = new Map<string, UsedImage>();
  const findings = new Array<Finding>();
  const add = (digest: string, use: CollectedUse) => {
    const known = images.get(digest);
    const sources = [...new Set([...known?.sources ?? [], ...use.sources])].sort();
    images.set(digest, { sources, usedBy: known?.usedBy ?? describeUse(use) });
  };
  for (const [image, use] of uses) if (isDigest(image)) add(image, use);
  const tags = [...uses].filter(([image]) => !isDigest(image));
  const digests = new Map<string, string>();
  for await (const page of describeExistingImages(task, repositoryName, tags.map(([tag]) => tag))) {
    for (const { imageDigest = '', imageTags = [] } of page) for (const tag of imageTags) digests.set(tag, imageDigest);
  }
  for (const [tag, use] of tags) {
    const digest = digests.get(tag);
    if (digest) {
      add(digest, use);
    } else {
      findings.push({
        kind: 'image-missing',
        message: `${describeUse(use)} refers to the tag '${tag}' of repository '${repositoryName}', which does not exist.`
          + ' It cannot start. Push the image, or deploy another one.',
        repositoryName,
      });
    }
  }
  return { images, findings };
}

/**
 * Adds the indexes of images for which they are not known yet. Only an image without other tags is searched for, because the children of
 * indexes usually have none.
 */
export async function withIndexes(
  task: EcrTask, repositoryName: string, images: ReadonlyMap<string, UsedImage>, state: PartitionState, tagPrefix: string,
): Promise<ReadonlyMap<string, UsedImage>> {
  const unknown = [...images.keys()].filter(digest => entryOf(state, repositoryName, digest)?.indexes === undefined);
  if (unknown.length === 0) return images;
  const withoutParents = new Set<string>();
  const untagged = new Array<string>();
  for await (const page of describeExistingImages(task, repositoryName, unknown)) {
    for (const { imageDigest = '', imageTags = [], imageManifestMediaType = '' } of page) {
      const hasOtherTags = imageTags.some(tag => !tag.startsWith(tagPrefix) && !tag.startsWith(releasedPrefix(tagPrefix)));
      if (hasOtherTags || INDEX_MEDIA_TYPES.includes(imageManifestMediaType)) withoutParents.add(imageDigest);
      else untagged.push(imageDigest);
    }
  }
  const parents = untagged.length === 0 ? new Map<string, string[]>() : await indexesOf(task, repositoryName, untagged);
  return new Map([...images].map(([digest, image]) => {
    const indexes = withoutParents.has(digest) ? [] : parents.get(digest);
    return [digest, indexes === undefined ? image : { ...image, indexes }];
  }));
}
