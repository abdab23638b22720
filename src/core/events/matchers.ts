/**
 * Value in an event pattern.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export type EventMatcher = string
  | { readonly exists: boolean }
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly wildcard: string }
  | { readonly numeric: readonly [string, number] }
  | { readonly 'anything-but': { readonly prefix: readonly string[] } };

/**
 * Most wildcards in the values of one field. EventBridge rejects rules that are too complex, and does not document the limit: it accepted
 * three values like `*text*` and rejected four (github.com/vals-ai/Valkyrie, pull request 278). A prefix or a suffix is no wildcard.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching-complexity
 */
export const MAX_WILDCARDS_OF_FIELD = 6;

/** Returns the matchers of tags. A tag cannot contain `*`, so a text with it is a pattern. EventBridge allows no `**`. */
export function tagMatchers(tags: readonly string[]): EventMatcher[] {
  return tags.map(tag => {
    const pattern = tag.replace(/\*+/g, '*');
    const at = pattern.indexOf('*');
    if (at < 0) return tag;
    if (pattern.length === 1) return { exists: true };
    if (at === pattern.length - 1) return { prefix: pattern.slice(0, -1) };
    return pattern.lastIndexOf('*') === 0 ? { suffix: pattern.slice(1) } : { wildcard: pattern };
  });
}

/** Returns the number of wildcards that count for the complexity of a rule. */
export function wildcardCount(matchers: readonly EventMatcher[]): number {
  return matchers.reduce((sum, matcher) =>
    sum + (typeof matcher === 'object' && 'wildcard' in matcher ? matcher.wildcard.split('*').length - 1 : 0), 0);
}
