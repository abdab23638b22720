import { patternsOf, Rule } from './rule';
import { canMatchSomeTag, covers } from '../images/tag-pattern';

/** Whether the first rule selects every image that the second rule selects, in one storage class. */
export function selectsAllOf(one: Rule, other: Rule): boolean {
  if (one.selection.tagStatus === 'any') return true;
  if (one.selection.tagStatus !== other.selection.tagStatus) return false;
  return patternsOf(one).every(pattern => patternsOf(other).some(narrower => covers(pattern, narrower)));
}

export function selectsUntagged({ selection }: Rule): boolean {
  return selection.tagStatus === 'untagged';
}

/** Whether a rule selects at least every tagged image. */
export function selectsEveryTag(rule: Rule): boolean {
  return rule.selection.tagStatus === 'any'
    || (rule.selection.tagStatus === 'tagged' && patternsOf(rule).every(pattern => covers(pattern, '*')));
}

/** Returns a rule for the images that both rules select. */
export function selectedByBoth(one: Rule, other: Rule): Rule {
  const tagPatternList = [...patternsOf(one), ...patternsOf(other)];
  return { ...one, selection: { ...one.selection, tagPrefixList: undefined, tagPatternList } };
}

/** Whether an image can have the tags of a rule, and no earlier rule selects all such images. */
export function decidesSome(rule: Rule, earlier: readonly Rule[]): boolean {
  return patternsOf(rule).every(canMatchSomeTag) && !earlier.some(other => selectsAllOf(other, rule));
}
