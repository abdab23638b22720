import { changeState, Partition } from './partition';
import { copyOf } from './state-changes';
import { UNKNOWN_SOURCE } from '../../src/core/shield/found-use';
import { partitionOf } from '../../src/core/shield/keys';
import { isSelected, Selection } from '../../src/core/shield/selection';
import { NEW_STATE, PartitionState, ProtectedImage } from '../../src/core/shield/state';
import { generationOf, isKeepTag } from '../../src/core/shield/tags';
import { allImages } from '../shared/images/listing';
import { ifRepositoryMissing, isAccessDenied } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';
import { listRepositoryArns } from '../shared/repository/list-repositories';
import { repositoryName } from '../shared/repository/repository';

/** Where to look for keep tags. */
export interface RebuildScope {
  readonly partition: string;
  readonly selection: Selection;
  readonly tagPrefix: string;
  /** Time of the run, from which the images count as unused. */
  readonly seenAt: string;
  /** Called for a repository that denies access, while others of the partition allow it. */
  onDenied(repositoryName: string, error: Error): void;
}

/** Images that have a keep tag, by repository and digest. */
type TaggedImages = Map<string, Map<string, ProtectedImage>>;

/** Returns the selected repositories of a partition in the order of their names. */
async function repositoriesOf(task: EcrTask, { partition, selection }: RebuildScope): Promise<string[]> {
  const [registry, region] = partition.split('/');
  const names = (await listRepositoryArns(task)).map(repositoryName);
  return names.filter(name => isSelected(selection, name) && partitionOf(registry, region, name) === partition).sort();
}

/** Returns the images of a repository that have keep tags, as images that were in use until now. */
async function taggedImagesOf(task: EcrTask, name: string, { tagPrefix, seenAt }: RebuildScope): Promise<Map<string, ProtectedImage>> {
  const images = new Map<string, ProtectedImage>();
  for await (const page of allImages(task, name, { tagStatus: 'TAGGED', imageStatus: 'ANY' })) {
    for (const { imageDigest = '', imageTags = [] } of page) {
      const keepTags = imageTags.filter(tag => isKeepTag(tagPrefix, imageDigest, tag));
      const generations = keepTags.map(tag => generationOf(tagPrefix, imageDigest, tag));
      if (generations.length === 0) continue;
      images.set(imageDigest, {
        generation: Math.max(...generations),
        phase: 'kept',
        changed: seenAt,
        since: seenAt,
        lastUsed: seenAt,
        seenIn: [UNKNOWN_SOURCE],
        usedBy: 'unknown: the keep tag is older than the state',
      });
    }
  }
  return images;
}

/** Returns the state with images that it did not know, and with the latest generation of the others. */
function withTagged(state: PartitionState, tagged: TaggedImages, complete: PartitionState['complete']): PartitionState {
  const images = copyOf(state);
  for (const [name, ofRepository] of tagged) {
    for (const [digest, image] of ofRepository) {
      images[name] ??= {};
      const known = images[name][digest] ?? image;
      images[name][digest] = { ...known, generation: Math.max(known.generation, image.generation) };
    }
  }
  return { ...state, complete, images };
}

/**
 * After so many images, the state is written, so that the work continues from there. The number grows with the state, because the whole
 * state is written.
 */
function imagesPerWrite(saved: number): number {
  return Math.min(10_000, Math.max(1_000, saved / 4));
}

/**
 * Adds the images that have keep tags to an incomplete state: a new one, a damaged one, or one that was begun before. A repository that
 * denies access does not stop the work on the others: its keep tags stay, and an image in use there is a finding of each run.
 *
 * @returns whether the state is complete now
 */
export async function rebuild(task: EcrTask, partition: Partition, scope: RebuildScope, isTimeUp: () => boolean): Promise<boolean> {
  const from = (await partition.readState()).state?.complete ?? false;
  const names = (await repositoriesOf(task, scope)).filter(name => typeof from === 'boolean' || name > from);
  let tagged: TaggedImages = new Map();
  let count = 0;
  let saved = 0;
  const save = async (complete: PartitionState['complete']) => {
    await changeState(partition, NEW_STATE, async state => withTagged(state, tagged, complete));
    tagged = new Map();
    saved += count;
    count = 0;
  };
  const denials = new Map<string, Error>();
  for (const name of names) {
    // a permission that takes effect late is waited for once
    const reader = denials.size === 0 ? task : { ...task, patience: 0 };
    const images = await taggedImagesOf(reader, name, scope).catch(ifRepositoryMissing(new Map<string, ProtectedImage>()))
      .catch((error: unknown) => {
        if (!isAccessDenied(error)) throw error;
        denials.set(name, error as Error);
        return new Map<string, ProtectedImage>();
      });
    tagged.set(name, images);
    count += images.size;
    if (isTimeUp() || count >= imagesPerWrite(saved)) await save(name);
    if (isTimeUp()) return false;
  }
  // a function that is denied everything may be allowed later
  if (typeof from === 'boolean' && names.length > 0 && denials.size === names.length) throw [...denials.values()][0];
  for (const [name, error] of denials) scope.onDenied(name, error);
  await save(true);
  return true;
}
