import type { FindingKind } from '../../src/core/shield/findings';
import type { PartitionState } from '../../src/core/shield/state';
import type { ImageTagStore } from '../shared/images/remove-tags';

/** The state as it was read. */
export interface StateReading {
  /** Undefined if the object does not exist or is damaged. */
  readonly state?: PartitionState;
  readonly isDamaged: boolean;
  readonly version?: string;
}

/** An image as ECR describes it. */
export interface LiveImage {
  readonly tags: readonly string[];
  readonly isActive: boolean;
}

/** Why an image in use has no protection, or an image is not released. */
export interface Problem {
  readonly kind: FindingKind;
  readonly message: string;
}

/** Where the protocol of the shield reads and writes. Tests explore it with a model. */
export interface Partition {
  readState(): Promise<StateReading>;
  /** @returns false if the state is no longer the one of the version */
  writeState(state: PartitionState, version: string | undefined): Promise<boolean>;
  /** Returns the images that exist, by digest. */
  describe(repositoryName: string, digests: readonly string[]): Promise<Map<string, LiveImage>>;
  /** Adds a tag. @returns the problem if the image cannot get it */
  putTag(repositoryName: string, digest: string, tag: string): Promise<Problem | undefined>;
  image(repositoryName: string, digest: string): ImageTagStore;
}

/** Another function writes the same state again and again only while it works on the same partition, which is bounded. */
const MAX_ATTEMPTS = 100;

/**
 * Reads the state, changes it, and writes it, until no other function has written it in between.
 *
 * @param change returns undefined if there is nothing to write
 */
export async function changeState(
  partition: Partition, initial: PartitionState, change: (state: PartitionState) => Promise<PartitionState | undefined>,
): Promise<PartitionState> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const { state, isChanged, version } = await nextState(partition, initial, change);
    if (!isChanged || await partition.writeState(state, version)) return state;
  }
  throw new Error(`the state was written by others ${MAX_ATTEMPTS} times in between. Try again.`);
}

/** In a function of its own, so that the former state is not in memory while the new one is written. */
async function nextState(
  partition: Partition, initial: PartitionState, change: (state: PartitionState) => Promise<PartitionState | undefined>,
): Promise<{ readonly state: PartitionState; readonly isChanged: boolean; readonly version?: string }> {
  const { state = initial, version } = await partition.readState();
  const changed = await change(state);
  return { state: changed ?? state, isChanged: changed !== undefined, version };
}
