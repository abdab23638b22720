import type { UsedImage, UsedImages } from './uses';
import { PartitionState, ProtectedImage, RELEASE_MEMORY_SECONDS } from '../../src/core/shield/state';

/** An image of the state, and the place of its entry. */
export interface ImageEntry {
  readonly repositoryName: string;
  readonly digest: string;
  readonly image: ProtectedImage;
}

type Images = Record<string, Record<string, ProtectedImage>>;

export function entriesOf(state: PartitionState): ImageEntry[] {
  return Object.entries(state.images).flatMap(([repositoryName, images]) =>
    Object.entries(images).map(([digest, image]) => ({ repositoryName, digest, image })));
}

/** The entry of an image; undefined if the state does not have it. */
export function entryOf(state: PartitionState, repositoryName: string, digest: string): ProtectedImage | undefined {
  return Object.hasOwn(state.images, repositoryName) ? state.images[repositoryName][digest] : undefined;
}

/** A search for images in use. */
export interface Search {
  /** Time of the search. */
  readonly seenAt: string;
  /** Whether the search covered a source. An image that was last seen in another source may still be in use there. */
  wasSearched(source: string): boolean;
  /** Whether images of the repository are in use that could not be found in it. */
  isUnresolved?(repositoryName: string): boolean;
}

/**
 * Returns the state with all images in use. An image that is being released, or was within the last hour, gets a new generation: its former
 * keep tag may still be removed by the function that releases it.
 *
 * @param now current time, in milliseconds
 */
export function withUses(state: PartitionState, used: UsedImages, search: Search, now: number): PartitionState {
  const images = copyOf(state);
  for (const [repositoryName, usedImages] of used) {
    for (const [digest, use] of usedImages) {
      setUsed(images, repositoryName, digest, use, search, now);
      const indexes = images[repositoryName][digest].indexes ?? [];
      for (const index of indexes) setUsed(images, repositoryName, index, { ...use, indexes: [] }, search, now);
    }
  }
  return { ...state, images };
}

function setUsed(
  images: Images, repositoryName: string, digest: string, { sources, usedBy, indexes }: UsedImage, search: Search, now: number,
): void {
  const { seenAt } = search;
  images[repositoryName] ??= {};
  const known = images[repositoryName][digest];
  const changed = new Date(now).toISOString();
  const use = { lastUsed: latest(known?.lastUsed, seenAt), seenIn: sourcesOf(known, sources, search), usedBy };
  const parents = indexes ?? known?.indexes;
  const rest = { ...use, ...parents === undefined ? {} : { indexes: parents } };
  if (known === undefined) {
    images[repositoryName][digest] = { generation: 1, phase: 'wanted', changed, since: seenAt, ...rest };
  } else if (known.phase === 'releasing' || known.phase === 'released') {
    images[repositoryName][digest] = { generation: known.generation + 1, phase: 'wanted', changed, since: seenAt, ...rest };
  } else {
    images[repositoryName][digest] = { ...known, ...rest };
  }
}

/** The image may still be in use in the sources that were not searched, and in those of a later search that was merged before. */
function sourcesOf(known: ProtectedImage | undefined, sources: readonly string[], { seenAt, wasSearched }: Search): string[] {
  const former = known?.seenIn.filter(source => known.lastUsed > seenAt || !wasSearched(source)) ?? [];
  return [...new Set([...former, ...sources])].sort();
}

function latest(one: string | undefined, other: string): string {
  return one !== undefined && one > other ? one : other;
}

/** Returns the images that the search did not find. */
function unseen(state: PartitionState, seenAt: string): ImageEntry[] {
  return entriesOf(state).filter(({ image }) => (image.phase === 'wanted' || image.phase === 'kept') && image.lastUsed < seenAt);
}

/**
 * Returns the state in which the images to release are marked. An image that was last seen in a source that cannot be searched, or whose
 * repository cannot be read, counts as in use, because it may be. Only a function that wrote this state may remove a keep tag.
 *
 * @param keepAfterUse seconds
 * @param now current time, in milliseconds
 */
export function withReleases(state: PartitionState, search: Search, keepAfterUse: number, now: number): PartitionState {
  const { seenAt } = search;
  const images = copyOf(state);
  const changed = new Date(now).toISOString();
  for (const { repositoryName, digest, image } of unseen(state, seenAt)) {
    if (search.isUnresolved?.(repositoryName) || !image.seenIn.every(source => search.wasSearched(source))) {
      images[repositoryName][digest] = { ...image, lastUsed: seenAt };
    } else if (Date.parse(seenAt) - Date.parse(image.lastUsed) >= keepAfterUse * 1_000) {
      images[repositoryName][digest] = { ...image, phase: 'releasing', changed };
    }
  }
  return { ...state, images };
}

/** What was done for one entry. It is written only if the entry is still the same. */
export interface Done {
  readonly repositoryName: string;
  readonly digest: string;
  readonly generation: number;
  readonly phase: 'kept' | 'released';
}

const BEFORE: Readonly<Record<Done['phase'], ProtectedImage['phase']>> = { kept: 'wanted', released: 'releasing' };

/** Returns the state with what was done, without the images that were released more than an hour ago. */
export function withDone(state: PartitionState, done: readonly Done[], now: number): PartitionState {
  const images = copyOf(state);
  const changed = new Date(now).toISOString();
  for (const { repositoryName, digest, generation, phase } of done) {
    const image = images[repositoryName]?.[digest];
    if (image?.generation === generation && image.phase === BEFORE[phase]) images[repositoryName][digest] = { ...image, phase, changed };
  }
  for (const { repositoryName, digest, image } of entriesOf({ ...state, images })) {
    if (image.phase === 'released' && now - Date.parse(image.changed) > RELEASE_MEMORY_SECONDS * 1_000) {
      delete images[repositoryName][digest];
      if (Object.keys(images[repositoryName]).length === 0) delete images[repositoryName];
    }
  }
  return { ...state, images };
}

/** Returns a copy of the images without a prototype, because `constructor` is a valid name of a repository. */
export function copyOf({ images }: PartitionState): Images {
  const copy = Object.create(null) as Images;
  for (const [repositoryName, ofRepository] of Object.entries(images)) copy[repositoryName] = { ...ofRepository };
  return copy;
}
