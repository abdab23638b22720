/**
 * Value in an event pattern.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export type EventMatcher = string
  | { readonly exists: boolean }
  | { readonly wildcard: string }
  | { readonly numeric: readonly [string, number] }
  | { readonly 'anything-but': { readonly prefix: readonly string[] } };

/** Returns the matchers of tags. A tag cannot contain `*`, so a text with it is a pattern. EventBridge allows no `**`. */
export function tagMatchers(tags: readonly string[]): EventMatcher[] {
  return tags.map(tag => tag.includes('*') ? { wildcard: tag.replace(/\*+/g, '*') } : tag);
}
