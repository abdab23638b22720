import type { HeldImage } from './held-image';
import type { ImageUser } from './image-user';

/**
 * Conditions that stop an operation before it changes an image. Teardowns and lifecycle guards use the same names, and each uses the
 * conditions that apply to it. Durations are in seconds.
 */
export interface Guards {
  /** Maximum number of images that may be removed. */
  readonly maxImages?: number;
  /** Maximum percentage of all images that may be removed, 0 to 100. */
  readonly maxPercentage?: number;
  /** Patterns of tags. `*` matches any characters. */
  readonly protectedTags: readonly string[];
  readonly pushedWithin?: number;
  readonly pulledWithin?: number;
  readonly inUseBy: readonly ImageUser[];
  /** A tag that the repository must carry. */
  readonly requireTag?: RequiredTag;
}

export interface RequiredTag {
  readonly key: string;
  readonly value: string;
}

/** Whether the guards need the tags and times of individual images. */
export function needsImageDetails({ protectedTags, pushedWithin, pulledWithin }: Omit<Guards, 'inUseBy'>): boolean {
  return protectedTags.length > 0 || pushedWithin !== undefined || pulledWithin !== undefined;
}

/**
 * Whether a guard depends on the registry in which it is checked. A copy of an image in another registry can have other tags, other pulls,
 * and other workloads. The other guards concern the registry in which a command removes images: numbers count those, the push time of a
 * copy is that of its replication, and replication does not copy the tags of a repository.
 */
export function dependsOnRegistry({ protectedTags, pulledWithin, inUseBy }: Guards): boolean {
  return protectedTags.length > 0 || pulledWithin !== undefined || inUseBy.length > 0;
}

/** An image whose push time is unknown counts as new. */
export function isPushedWithin(seconds: number, { pushedAt = Infinity }: Pick<HeldImage, 'pushedAt'>, now: number): boolean {
  return now - pushedAt < seconds * 1_000;
}

/** An image without a recorded pull was not pulled. */
export function isPulledWithin(
  seconds: number, { lastRecordedPullTime = -Infinity }: Pick<HeldImage, 'lastRecordedPullTime'>, now: number,
): boolean {
  return now - lastRecordedPullTime < seconds * 1_000;
}
