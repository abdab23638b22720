import { isKeepPart, Part } from './part';
import type { Survey } from './survey';
import { canonical, renderLifecyclePolicy } from '../../../../src/core/lifecycle/parse';
import { assignPriorities } from '../../../../src/core/lifecycle/priorities';
import { labelOf, lifecycleProblems, textProblems } from '../../../../src/core/lifecycle/problems';
import { referrerWarnings } from '../../../../src/core/lifecycle/referrers';
import type { Rule } from '../../../../src/core/lifecycle/rule';
import { lifecycleWarnings } from '../../../../src/core/lifecycle/warnings';
import { Fate, foresee } from '../../../page/future';
import type { ReportedImage } from '../image-figures';
import { HORIZON_DAYS, isLeavingSoon } from '../policy-effect';

export interface Verified {
  /** In the order of their rules. */
  readonly parts: readonly Part[];
  readonly rules: readonly Rule[];
  readonly fates: readonly Fate[];
  /** Sentences about the parts that the simulation refused. */
  readonly refusals: readonly string[];
}

/**
 * Returns the parts that pass a simulation with the images of the repository. Parts that act on an image that must stay are removed, until
 * the others pass.
 */
export function verify(parts: readonly Part[], images: readonly ReportedImage[], surveyed: Survey, at: number): Verified {
  const refusals = new Array<string>();
  let accepted = parts;
  while (accepted.some(part => !isKeepPart(part))) {
    const candidate = accepted;
    const numbered = assignPriorities(candidate.map(({ draft }) => draft))
      .sort((one, other) => one.rule.rulePriority - other.rule.rulePriority);
    const rules = canonical(numbered.map(({ rule }) => rule));
    const fates = foresee(rules, images, at);
    const harmful = harmfulRules(fates, surveyed);
    const refused = new Set([...harmful].map(rule => candidate[numbered[rule].index]));
    if (refused.size === 0 && hasComplaints(rules, images, fates)) refused.add(candidate[candidate.length - 1]);
    if (refused.size === 0) return { parts: [...new Set(numbered.map(({ index }) => candidate[index]))], rules, fates, refusals };
    for (const { refusal } of refused) refusals.push(refusal);
    accepted = candidate.filter(part => !refused.has(part));
  }
  return { parts: [], rules: [], fates: [], refusals };
}

/** Returns the indexes of rules that act within the horizon on an image that is needed, or that expire the newest tagged image. */
function harmfulRules(fates: readonly Fate[], { needed, newestTagged }: Survey): Set<number> {
  const rules = new Set<number>();
  fates.forEach((fate, index) => {
    const isHarmed = needed[index] === 1 ? isLeavingSoon(fate) : index === newestTagged && fate.expiryDay <= HORIZON_DAYS;
    if (isHarmed) rules.add(fate.rule);
  });
  return rules;
}

/** Whether ECR would reject the rules, or a check of this library warns, except for the warning that every rule that archives has. */
function hasComplaints(rules: readonly Rule[], images: readonly ReportedImage[], fates: readonly Fate[]): boolean {
  return lifecycleProblems(rules.map((rule, index) => ({ label: labelOf(index, rule), rule }))).length > 0
    || textProblems(renderLifecyclePolicy(rules)).length > 0
    || lifecycleWarnings(rules).some(({ code }) => code !== 'lifecycle-archive-minimum')
    || referrerWarnings(images, fates.map(({ decision }) => decision)).length > 0;
}
