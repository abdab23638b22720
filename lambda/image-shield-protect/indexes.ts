import { INDEX_MEDIA_TYPES } from '../../src/core/images/media-types';
import { allImages, readIndexes } from '../shared/images/listing';
import type { EcrTask } from '../shared/protocol/job';

/** Manifests that are read at a time. Of each, only the images that matter are kept. */
const INDEXES_AT_ONCE = 100;

/**
 * Returns the indexes that refer to images, directly or through another index, by the digest of the image. Lists the repository, so it is
 * called only for images that are new in use and have no tag.
 */
export async function indexesOf(task: EcrTask, repositoryName: string, digests: readonly string[]): Promise<Map<string, string[]>> {
  const indexes = new Set<string>();
  for await (const page of allImages(task, repositoryName)) {
    for (const { imageDigest, imageManifestMediaType = '', imageStatus = 'ACTIVE' } of page) {
      if (imageDigest && imageStatus === 'ACTIVE' && INDEX_MEDIA_TYPES.includes(imageManifestMediaType)) indexes.add(imageDigest);
    }
  }
  const wanted = new Set(digests);
  const parents = new Map<string, string[]>();
  const all = [...indexes];
  for (let from = 0; from < all.length; from += INDEXES_AT_ONCE) {
    for (const [index, children] of await readIndexes(task, repositoryName, all.slice(from, from + INDEXES_AT_ONCE))) {
      for (const child of children) {
        if (wanted.has(child) || indexes.has(child)) parents.set(child, [...parents.get(child) ?? [], index]);
      }
    }
  }
  return new Map(digests.map(digest => [digest, [...ancestorsOf(digest, parents)].sort()]));
}

function ancestorsOf(digest: string, parents: ReadonlyMap<string, readonly string[]>, ancestors = new Set<string>()): Set<string> {
  for (const index of parents.get(digest) ?? []) {
    if (ancestors.has(index)) continue;
    ancestors.add(index);
    ancestorsOf(index, parents, ancestors);
  }
  return ancestors;
}
