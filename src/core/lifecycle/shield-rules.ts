import { keeps, patternsOf, Rule, storageClassOf } from './rule';
import { canMatchSomeTag } from '../images/tag-pattern';
import { DEFAULT_TAG_PREFIX, releasedPrefix } from '../shield/tags';

/** The rules of a policy that belong to image shields. */
export interface ShieldRules {
  /** Rules that keep images in use. */
  readonly keeping: ReadonlySet<Rule>;
  /** Rules that act on released images. */
  readonly released: ReadonlySet<Rule>;
}

/**
 * Recognizes the rules by their patterns, because a policy does not say which construct wrote it. A prefix other than the default one is
 * recognized only if a rule of the policy has the prefix of its released images.
 */
export function shieldRulesOf(rules: readonly Rule[]): ShieldRules {
  const byPrefix = rules.flatMap(rule => onlyPrefixes(rule).map(prefix => ({ rule, prefix })));
  const isUsed = (prefix: string) => byPrefix.some(other => other.prefix === prefix);
  const keeping = byPrefix.filter(({ rule, prefix }) =>
    keeps(rule) && (prefix === DEFAULT_TAG_PREFIX || isUsed(releasedPrefix(prefix))));
  const releasedPrefixes = [DEFAULT_TAG_PREFIX, ...keeping.map(({ prefix }) => prefix)].map(releasedPrefix);
  const released = byPrefix.filter(({ rule, prefix }) => !keeps(rule) && releasedPrefixes.includes(prefix));
  return { keeping: new Set(keeping.map(({ rule }) => rule)), released: new Set(released.map(({ rule }) => rule)) };
}

/** Returns the prefix if a rule selects exactly the images in the standard storage class that have a tag with this prefix. */
function onlyPrefixes(rule: Rule): string[] {
  const [pattern, ...others] = patternsOf(rule);
  if (storageClassOf(rule) !== 'standard' || others.length > 0 || !pattern?.endsWith('*')) return [];
  const prefix = pattern.slice(0, -1);
  return prefix !== '' && !prefix.includes('*') && canMatchSomeTag(prefix) ? [prefix] : [];
}
