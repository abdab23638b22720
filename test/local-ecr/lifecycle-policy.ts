import { requiredText } from './constraints';
import { invalidLifecyclePolicy, LifecycleRule, members, requireLength, requireRule, requireType } from './lifecycle-grammar';
import { isRecord, parsedJson } from './policy-text';
import { Readings } from './readings';

/** Parses the rules for PutLifecyclePolicy and StartLifecyclePolicyPreview. @throws the error of ECR */
export function parseLifecyclePolicy(value: unknown, readings = new Readings()): LifecycleRule[] {
  const text = requiredText('lifecyclePolicyText', value, { min: 100, max: 30_720 });
  const policy = parsedJson(text);
  if (!isRecord(policy)) throw invalidLifecyclePolicy('Could not map policyString into LifecyclePolicy.');
  const { rules } = members(policy, ['rules'], []);
  requireType(rules, 'array');
  const checked = (rules as unknown[]).map(rule => {
    requireRule(rule, readings);
    return rule;
  });
  requireLength(checked, 1, 50);
  requireTogether(checked, readings);
  return checked;
}

/** Checks rules against each other: the priorities of all rules, and the rest for each storage class. */
function requireTogether(rules: readonly LifecycleRule[], readings: Readings): void {
  const priorities = rules.map(rule => rule.rulePriority);
  if (new Set(priorities).size < rules.length) throw invalidLifecyclePolicy('Each rule must have a unique rulePriority.');
  for (const storageClass of [undefined, 'archive']) {
    const ofClass = rules.filter(rule => rule.selection.storageClass === storageClass);
    const last = Math.max(...ofClass.map(rule => rule.rulePriority));
    if (ofClass.some(rule => rule.selection.tagStatus === 'any' && rule.rulePriority < last)) {
      throw invalidLifecyclePolicy('Rule for tagStatus=ANY must have the lowest priority per storage class');
    }
    if (ofClass.filter(rule => rule.selection.tagStatus === 'untagged').length > 1) {
      throw invalidLifecyclePolicy('Only one rule can select Untagged images per storage class.');
    }
    if (!readings.isOther('equal-lists-conflict')) requireUniqueTags(ofClass.filter(rule => rule.selection.tagStatus === 'tagged'));
  }
}

/** Two rules conflict if they have the same entries in any order. A prefix does not conflict with the equivalent pattern. */
function requireUniqueTags(rules: readonly LifecycleRule[]): void {
  const keys = rules.map(({ selection: { tagPatternList, tagPrefixList } }) =>
    JSON.stringify([tagPatternList ? 'pattern' : 'prefix', ...[...new Set(tagPatternList ?? tagPrefixList)].sort()]));
  if (new Set(keys).size < keys.length) {
    throw invalidLifecyclePolicy('The rules of a storage class must have a unique set of tag prefixes.');
  }
}
