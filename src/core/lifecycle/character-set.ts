/* eslint-disable no-bitwise -- a set of characters is a number here, so that a hundred thousand of them cost nothing */

/**
 * Which characters are in texts, folded to 32 bits: a tag that lacks one of a pattern's cannot match it, which is seen without looking at
 * either.
 */
export function charactersOf(texts: readonly string[]): number {
  let bits = 0;
  for (const text of texts) for (let at = 0; at < text.length; at++) bits |= 1 << (text.charCodeAt(at) & 31);
  return bits;
}

export function lacksSomeOf(wanted: number, present: number): boolean {
  return (wanted & ~present) !== 0;
}
