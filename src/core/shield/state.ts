import { isDigest } from '../images/digest';
import { isJsonObject, parseJson } from '../json';

/**
 * What an image shield knows about the images of one partition. It is the only object that decides about a release: whoever wants to
 * protect or release an image writes it first, with a conditional write.
 */
export interface PartitionState {
  readonly version: 1;
  /**
   * Whether all keep tags of the partition are in the state. Otherwise, the next run looks for them, and releases nothing. A name is the
   * last repository that was searched.
   */
  readonly complete: boolean | string;
  /** Images by repository and digest. */
  readonly images: Readonly<Record<string, Readonly<Record<string, ProtectedImage>>>>;
}

/** An image that is in use, or was within `keepAfterUse`. Times are ISO 8601 in UTC. */
export interface ProtectedImage {
  /** Number of the keep tag, which is never used again while a function that may remove it can still run. */
  readonly generation: number;
  /**
   * - `wanted`: the image is in use, and its tag may not be set yet.
   * - `kept`: the tag was set and read.
   * - `releasing`: the tag is being removed.
   * - `released`: the tag was removed. The entry is deleted an hour later.
   */
  readonly phase: 'wanted' | 'kept' | 'releasing' | 'released';
  /** Time of the last change of the phase. */
  readonly changed: string;
  /** First time that the image was seen in use. */
  readonly since: string;
  /** Last time that the image was seen in use, or could not be ruled out. */
  readonly lastUsed: string;
  /** Sources of the last time: `<account>/<region> <source>`. */
  readonly seenIn: readonly string[];
  /** One workload that uses it, for people. */
  readonly usedBy: string;
  /** Digests of the indexes that refer to the image. They are kept with it. Absent if they are not known yet. */
  readonly indexes?: readonly string[];
}

export const NEW_STATE: PartitionState = { version: 1, complete: false, images: {} };

/** A function of AWS Lambda runs for at most 15 minutes. After an hour, no function can remove the tag of a release. */
export const RELEASE_MEMORY_SECONDS = 3_600;

const PHASES: readonly string[] = ['wanted', 'kept', 'releasing', 'released'] satisfies Array<ProtectedImage['phase']>;

/** Returns undefined if the text is not the state of a partition. */
export function parseState(text: string): PartitionState | undefined {
  const state = parseJson(text);
  if (!isJsonObject(state) || state.version !== 1 || !isJsonObject(state.images)) return undefined;
  if (typeof state.complete !== 'boolean' && typeof state.complete !== 'string') return undefined;
  const areValid = Object.values(state.images).every(images => isJsonObject(images) && Object.entries(images).every(isProtectedImage));
  return areValid ? state as unknown as PartitionState : undefined;
}

/** Whether a digest and a value are an entry of the state. */
export function isProtectedImage([digest, image]: [string, unknown]): boolean {
  if (!isDigest(digest) || !isJsonObject(image)) return false;
  const { generation, phase, changed, since, lastUsed, seenIn, usedBy, indexes = [] } = image;
  return Number.isSafeInteger(generation) && (generation as number) >= 1 && PHASES.includes(phase as string)
    && [changed, since, lastUsed].every(time => typeof time === 'string' && !Number.isNaN(Date.parse(time)))
    && isTextList(seenIn) && typeof usedBy === 'string' && isTextList(indexes);
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every(each => typeof each === 'string');
}
