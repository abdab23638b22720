import type { HeldImage } from './held-image';
import { tagMatcher } from './tag-pattern';

/** Images that are kept when a repository is emptied. */
export interface Exceptions {
  /** Patterns of tags. `*` matches any characters. An image with a matching tag is kept. */
  readonly tags: readonly string[];
  /** Number of tagged images to keep, by the time of their push. */
  readonly newest: number;
}

export const NO_EXCEPTIONS: Exceptions = { tags: [], newest: 0 };

export function hasExceptions({ tags, newest }: Exceptions): boolean {
  return tags.length > 0 || newest > 0;
}

/** Returns a function that checks whether one of the tags of an image matches a pattern. */
export function isExcepted({ tags: patterns }: Exceptions): (tags: readonly string[]) => boolean {
  const matchesOne = tagMatcher(patterns);
  return tags => tags.some(matchesOne);
}

/**
 * Tag that cosign uses to attach an artifact to an image in a registry without referrers.
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
const ATTACHED_BY_TAG = /^sha256-([0-9a-f]{64})(\..+)?$/;

/**
 * Returns the images that the exceptions keep, without attached artifacts. If several images were pushed at the same time as the last of
 * the newest, all of them are kept. Artifacts that cosign attached by tag are not counted among the newest images.
 */
export function namedImages(images: readonly HeldImage[], exceptions: Exceptions): string[] {
  const isNamed = isExcepted(exceptions);
  const namedDigests = images.filter(({ tags }) => isNamed(tags)).map(({ digest }) => digest);
  const candidates = images.filter(({ tags }) => tags.some(tag => !ATTACHED_BY_TAG.test(tag)))
    .sort((a, b) => (b.pushedAt ?? Infinity) - (a.pushedAt ?? Infinity));
  const { newest } = exceptions;
  const last = candidates[Math.min(newest, candidates.length) - 1];
  if (newest === 0 || last === undefined) return namedDigests;
  return [
    ...namedDigests, ...candidates.filter(({ pushedAt = Infinity }) => pushedAt >= (last.pushedAt ?? Infinity)).map(({ digest }) => digest),
  ];
}

/**
 * Adds the artifacts that are attached to the kept images: signatures, attestations, and other artifacts that refer to one of them by their
 * subject or their tag. The images of an index are known only from its manifest, so the caller reads the manifests of new indexes and calls
 * this function again.
 */
export function addAttached(keptDigests: Set<string>, images: readonly HeldImage[]): void {
  let countBefore: number;
  do {
    countBefore = keptDigests.size;
    for (const { digest, subject, tags } of images) {
      if (subject !== undefined && keptDigests.has(subject)) keptDigests.add(digest);
      else if (tags.some(tag => keptDigests.has(`sha256:${ATTACHED_BY_TAG.exec(tag)?.[1]}`))) keptDigests.add(digest);
    }
  } while (keptDigests.size > countBefore);
}
