import type { LiveImage, Partition, Problem } from './partition';
import { Done, ImageEntry } from './state-changes';
import { generationOf, isKeepTag, keepTag, releasedTag } from '../../src/core/shield/tags';
import { IMAGE_IDS_AT_ONCE } from '../shared/images/listing';
import { isThrottled } from '../shared/protocol/errors';
import { releaseTags } from '../shared/shield/release';

/** Called for an image that stays without protection, or is not released. */
export type Report = (entry: ImageEntry, problem: Problem) => void;

export interface Kept {
  /** The images whose keep tag was read. */
  readonly done: readonly Done[];
  /** Whether AWS throttled a tag until the time was up. The other images were not tagged. */
  readonly isThrottled: boolean;
}

/** Sets the keep tags of images of one repository, and reads them back. */
export async function keepImages(
  partition: Partition, entries: readonly ImageEntry[], tagPrefix: string, report: Report, isTimeUp: () => boolean,
): Promise<Kept> {
  const done = new Array<Done>();
  let wasThrottled = false;
  for (let from = 0; from < entries.length && !isTimeUp() && !wasThrottled; from += IMAGE_IDS_AT_ONCE) {
    const batch = entries.slice(from, from + IMAGE_IDS_AT_ONCE);
    const { repositoryName } = batch[0];
    const digests = batch.map(({ digest }) => digest);
    const before = await partition.describe(repositoryName, digests);
    const isTagged = (live: typeof before, { digest, image }: ImageEntry) =>
      live.get(digest)?.tags.includes(keepTag(tagPrefix, digest, image.generation)) === true;
    let hasPut = false;
    for (const entry of batch) {
      const live = before.get(entry.digest);
      if (isTimeUp()) break;
      if (isTagged(before, entry) && live?.isActive) continue;
      const problem = problemOf(entry, live) ?? await putTag(partition, entry, tagPrefix);
      if (problem === 'throttled') {
        wasThrottled = true;
        break;
      }
      if (problem === undefined) hasPut = true;
      else report(entry, problem);
    }
    const after = hasPut ? await partition.describe(repositoryName, digests) : before;
    for (const entry of batch.filter(each => isTagged(after, each))) done.push(doneOf(entry, 'kept'));
  }
  return { done, isThrottled: wasThrottled };
}

/** A call is repeated while AWS throttles it, so it fails for that reason only when there is no time for another attempt. */
async function putTag(
  partition: Partition, { repositoryName, digest, image: { generation } }: ImageEntry, tagPrefix: string,
): Promise<Problem | 'throttled' | undefined> {
  try {
    return await partition.putTag(repositoryName, digest, keepTag(tagPrefix, digest, generation));
  } catch (error) {
    if (!isThrottled(error)) throw error;
    return 'throttled';
  }
}

function problemOf({ repositoryName, digest, image: { usedBy } }: ImageEntry, live: LiveImage | undefined): Problem | undefined {
  if (live?.isActive) return undefined;
  return live === undefined ? {
    kind: 'image-missing',
    message: `${usedBy} uses ${digest} of repository '${repositoryName}', which does not exist. It cannot start again. Push the image, or`
      + ' deploy another one.',
  } : {
    kind: 'image-archived',
    message: `${usedBy} uses ${digest} of repository '${repositoryName}', which is archived and cannot be pulled. Restore it with`
      + ' `aws ecr update-image-storage-class`.',
  };
}

/**
 * Releases images that the state marks as being released.
 *
 * @returns the images that have no keep tag any more
 */
export async function releaseImages(
  partition: Partition, entries: readonly ImageEntry[], tagPrefix: string, report: Report, isTimeUp: () => boolean,
): Promise<Done[]> {
  const done = new Array<Done>();
  for (const entry of entries) {
    if (isTimeUp()) break;
    const { repositoryName, digest, image: { generation } } = entry;
    const store = partition.image(repositoryName, digest);
    const keepTags = (await store.read()).filter(tag =>
      isKeepTag(tagPrefix, digest, tag) && generationOf(tagPrefix, digest, tag) <= generation);
    const release = await releaseTags(store, keepTags, releasedTag(tagPrefix, digest));
    if (typeof release === 'object') {
      const message = `repository '${repositoryName}': the keep tag of ${digest} stays, because ${release.reason}.`
        + ' The next run tries again.';
      report(entry, { kind: 'image-unreadable', message });
      continue;
    }
    done.push(doneOf(entry, 'released'));
  }
  return done;
}

function doneOf({ repositoryName, digest, image: { generation } }: ImageEntry, phase: Done['phase']): Done {
  return { repositoryName, digest, generation, phase };
}
