/**
 * "There is a maximum limit of four wildcards (*) per string."
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export const MAX_WILDCARDS = 4;

/**
 * Pattern, split at its wildcards. Only `*` is a wildcard, which matches any number of characters. A pattern without a wildcard matches
 * only an equal tag.
 */
export interface TagPattern {
  readonly first: string;
  /** Last character of `first`, which is compared first because it excludes most tags. */
  readonly probe: number;
  readonly middle: readonly string[];
  /** Undefined if there is no wildcard. */
  readonly last?: string;
}

export function tagPattern(pattern: string): TagPattern {
  const literals = pattern.split('*');
  const [first] = literals;
  return {
    first,
    probe: first === '' ? NaN : first.charCodeAt(first.length - 1),
    middle: literals.slice(1, -1),
    last: literals.length === 1 ? undefined : literals[literals.length - 1],
  };
}

export function matches({ first, probe, middle, last }: TagPattern, tag: string): boolean {
  if (first !== '' && (tag.charCodeAt(first.length - 1) !== probe || !tag.startsWith(first))) return false;
  if (last === undefined) return tag.length === first.length;
  const end = tag.length - last.length;
  if (end < first.length || !tag.endsWith(last)) return false;
  let at = first.length;
  for (const literal of middle) {
    const position = tag.indexOf(literal, at);
    if (position < 0 || position + literal.length > end) return false;
    at = position + literal.length;
  }
  return true;
}

/** Whether a tag matches one of the patterns. */
export function tagMatcher(patterns: readonly string[]): (tag: string) => boolean {
  const compiled = patterns.map(tagPattern);
  return tag => compiled.some(pattern => matches(pattern, tag));
}

/** Whether the first pattern matches every tag that the second pattern matches. */
export function covers(one: string, other: string): boolean {
  // a character that no pattern has: only a wildcard can match what another wildcard stands for
  return matches(tagPattern(one), other.replace(/\*/g, '\u0000'));
}

/** Whether a tag can match both patterns. */
export function overlap(one: string, other: string): boolean {
  // from the ends: whether what is left of both from here on can be the same text
  let previousRow = new Uint8Array(other.length + 1);
  for (let at = one.length; at >= 0; at--) {
    const row = new Uint8Array(other.length + 1);
    for (let of = other.length; of >= 0; of--) {
      const [isLast, isOtherLast] = [at === one.length, of === other.length];
      if (isLast && isOtherLast) row[of] = 1;
      else if (one[at] === '*') row[of] = previousRow[of] || (isOtherLast ? 0 : row[of + 1]);
      else if (other[of] === '*') row[of] = row[of + 1] || (isLast ? 0 : previousRow[of]);
      else if (!isLast && !isOtherLast && one[at] === other[of]) row[of] = previousRow[of + 1];
    }
    previousRow = row;
  }
  return previousRow[0] === 1;
}

/** Letters, digits, and `_.-`, not beginning with `.` or `-`: https://docs.docker.com/reference/cli/docker/image/tag/ */
export function canMatchSomeTag(pattern: string): boolean {
  return /^[\w*][\w.*-]*$/.test(pattern);
}

/** Returns why a pattern cannot select tags, or undefined if it can. */
export function tagPatternProblem(pattern: string): string | undefined {
  if (pattern === '' || pattern.split('*').length > MAX_WILDCARDS + 1) {
    return `must be a string with at most ${MAX_WILDCARDS} wildcards`
    + ' (*)';
  }
  return canMatchSomeTag(pattern) ? undefined : 'cannot match any tag, because a tag consists of letters, digits, \'.\', \'_\', and \'-\'';
}
