import type { HeldImage } from './held-image';
import { tagMatcher } from './tag-pattern';

/** What stays when a repository is emptied. */
export interface Exceptions {
  /** Patterns, `*` stands for any characters; an image with a tag that matches one of them stays. */
  readonly tags: readonly string[];
  /** How many of the tagged images stay, those pushed last. */
  readonly newest: number;
}

export const NO_EXCEPTIONS: Exceptions = { tags: [], newest: 0 };

export function hasExceptions({ tags, newest }: Exceptions): boolean {
  return tags.length > 0 || newest > 0;
}

/** Whether one of these tags is named to stay. */
export function isExcepted({ tags: patterns }: Exceptions): (tags: readonly string[]) => boolean {
  const matchesOne = tagMatcher(patterns);
  return tags => tags.some(matchesOne);
}

/**
 * The tag that cosign gives to what it attaches to an image where a registry knows no referrers.
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
const ATTACHED_BY_TAG = /^sha256-([0-9a-f]{64})(\..+)?$/;

/**
 * The images that are named to stay, without what hangs on them. Of those pushed in the same moment as the last of the newest all stay.
 * What cosign attached by tag is nobody's image and is not counted among the newest.
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
 * Adds to the images that stay what hangs on them: signatures, attestations and whatever else names one of them as its subject or in its
 * tag. What an index refers to is only known from its manifest, so the new indexes are handed back for it to be read; until there are none.
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
