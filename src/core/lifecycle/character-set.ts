/* eslint-disable no-bitwise -- a set of characters is a number here, so that a hundred thousand of them cost nothing */

/**
 * Returns the set of characters in texts, folded to 32 bits. A tag that lacks a character of a pattern cannot match it, so most comparisons
 * are avoided.
 */
export function charactersOf(texts: readonly string[]): number {
  let bits = 0;
  for (const text of texts) for (let at = 0; at < text.length; at++) bits |= 1 << (text.charCodeAt(at) & 31);
  return bits;
}

export function lacksSomeOf(wanted: number, present: number): boolean {
  return (wanted & ~present) !== 0;
}
