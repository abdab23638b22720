/** Prefix of the keep tags of an image shield. */
export const DEFAULT_TAG_PREFIX = 'in-use-';

/** Digits of the digest in a tag. Two images of a repository have the same 48 bits only by an attack on SHA-256. */
const DIGITS = 12;

/** Longest prefix, so that all tags have at most 128 characters. */
export const MAX_TAG_PREFIX = 96;

/**
 * Returns the tag that keeps an image in use.
 *
 * @param generation Number of the protection. A tag that may still be removed by an earlier release is not used again.
 */
export function keepTag(tagPrefix: string, digest: string, generation = 1): string {
  return `${tagPrefix}${digest.slice('sha256:'.length).slice(0, DIGITS)}${generation === 1 ? '' : `-${generation}`}`;
}

/** Returns the prefix of the tags of released images. */
export function releasedPrefix(tagPrefix: string): string {
  return `was-${tagPrefix}`;
}

/** Returns the tag that an image gets before its keep tag is removed, so that its last tag is never removed. */
export function releasedTag(tagPrefix: string, digest: string): string {
  return keepTag(releasedPrefix(tagPrefix), digest);
}

/** Whether the tag is a keep tag of an image, of any generation. */
export function isKeepTag(tagPrefix: string, digest: string, tag: string): boolean {
  const first = keepTag(tagPrefix, digest);
  return tag === first || (tag.startsWith(`${first}-`) && /^[1-9]\d{0,8}$/.test(tag.slice(first.length + 1)));
}

/** Returns the generation of a keep tag. */
export function generationOf(tagPrefix: string, digest: string, tag: string): number {
  return Number(tag.slice(keepTag(tagPrefix, digest).length + 1) || 1);
}
