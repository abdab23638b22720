import { decidesSome, selectedByBoth } from '../lifecycle/coverage';
import { parseLifecyclePolicy } from '../lifecycle/parse';
import { KEEP_COUNT, keepSelection, neverActs, Rule, storageClassOf, wordOf } from '../lifecycle/rule';

/**
 * Returns why a lifecycle policy may expire or archive images with a keep tag, and what to do. Undefined if it keeps all of them, whatever
 * their other tags, their age, and their number are.
 *
 * Rules for archived images do not matter: an archived image cannot be pulled, so the policy cannot take it from a workload.
 *
 * @param policyText Undefined if the repository has no lifecycle policy.
 */
export function policyGap(policyText: string | undefined, tagPrefix: string): string | undefined {
  if (policyText === undefined) return undefined;
  const { rules, problems } = parseLifecyclePolicy(policyText);
  if (problems.length > 0) return `the lifecycle policy cannot be read, so it may not keep images in use: ${problems.join('; ')}`;
  const keepTags = `${tagPrefix}*`;
  const inUse: Rule = { rulePriority: 0, selection: keepSelection(keepTags), action: { type: 'expire' } };
  const standardRules = rules.filter(rule => storageClassOf(rule) === 'standard');
  // the first such rule: what is before it keeps images, or selects none in use
  const gap = standardRules.find((rule, index) => !neverActs(rule) && rule.selection.tagStatus !== 'untagged'
    && decidesSome(selectedByBoth(inUse, rule), standardRules.slice(0, index)));
  return gap && `rule ${gap.rulePriority} of the lifecycle policy can ${wordOf(gap)} images in use, because no earlier rule keeps all`
    + ` images with a tag '${keepTags}'. Put shield.keepRule first: tagPatternList ["${keepTags}"], imageCountMoreThan ${KEEP_COUNT}`;
}
