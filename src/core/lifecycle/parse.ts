import { labelOf, lifecycleProblems, textProblems } from './problems';
import type { ActionType, Rule, Selection } from './rule';
import { toOneLine, quote } from '../format';

export interface ParsedPolicy {
  /** In order of priority, as they are rendered; empty if there are problems. */
  readonly rules: readonly Rule[];
  readonly problems: readonly string[];
}

/** Parses the JSON text of a policy from ECR, the AWS CLI, or another tool. */
export function parseLifecyclePolicy(policyText: string): ParsedPolicy {
  let policy: unknown;
  try {
    policy = JSON.parse(policyText.replace(/^\uFEFF/, ''));
  } catch (error) {
    return { rules: [], problems: [`the policy must be JSON: ${toOneLine((error as Error).message)}`] };
  }
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy)) {
    return {
      rules: [],
      problems: ['the policy must be a JSON object with a list \'rules\', got:'
        + ` ${policy === null ? 'null' : Array.isArray(policy) ? 'a list' : typeof policy}`],
    };
  }
  if ('lifecyclePolicyText' in policy) {
    return {
      rules: [],
      problems: ['this is the output of `aws ecr get-lifecycle-policy`, which contains the policy as text. Add `--query'
        + ' lifecyclePolicyText --output text`'],
    };
  }
  const { rules, ...others } = policy as { rules?: unknown };
  const problems = Object.keys(others).map(key => `'${key}' is not a property that ECR supports, allowed: rules`);
  if (!Array.isArray(rules)) {
    problems.push(`'rules' must be a list of rules, got: ${quote(rules)}`);
    return { rules: [], problems };
  }
  problems.push(...lifecycleProblems(rules.map((rule: unknown, index) => ({ label: labelOf(index, rule), rule }))));
  if (problems.length === 0) problems.push(...textProblems(renderLifecyclePolicy(rules as Rule[])));
  return { rules: problems.length > 0 ? [] : canonical(rules as Rule[]), problems };
}

const ACTIONS: Readonly<Record<ActionType, Rule['action']>> = {
  expire: { type: 'expire' },
  transition: { type: 'transition', targetStorageClass: 'archive' },
};

/** Returns the rules by priority, without repeated entries. */
export function canonical(rules: readonly Rule[]): Rule[] {
  return [...rules].sort((one, other) => one.rulePriority - other.rulePriority).map(rule => ({
    rulePriority: rule.rulePriority,
    ...rule.description === undefined ? {} : { description: rule.description },
    selection: canonicalSelection(rule.selection),
    action: ACTIONS[rule.action.type],
  }));
}

/** Keys are in the order in which aws-ecr renders them. The order of a list is irrelevant, because all of its entries must match. */
function canonicalSelection(
  { tagStatus, tagPrefixList, tagPatternList, storageClass, countType, countNumber, countUnit }: Selection,
): Selection {
  const entries = (list: readonly string[]) => [...new Set(list)].sort();
  return {
    tagStatus,
    ...tagPrefixList ? { tagPrefixList: entries(tagPrefixList) } : {},
    ...tagPatternList ? { tagPatternList: entries(tagPatternList) } : {},
    ...storageClass === 'archive' ? { storageClass } : {},
    countType,
    countNumber,
    ...countUnit ? { countUnit } : {},
  };
}

/** Returns the text of a policy. Equal rules result in equal texts. */
export function renderLifecyclePolicy(rules: readonly Rule[]): string {
  return JSON.stringify({ rules: canonical(rules) });
}
