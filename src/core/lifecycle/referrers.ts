import { Rule, wordOf } from './rule';
import { actingRule, Decision, SimulatedImage } from './simulate';
import { subjectPlaces } from './subjects';
import type { LifecycleWarning } from './warnings';
import { pluralize } from '../format';

const EXAMPLES = '(signatures, SBOMs, attestations)';

/**
 * Returns warnings about effects on reference artifacts that the author of a policy may not expect: a rule expires artifacts of images that
 * are kept, or counts artifacts instead of images.
 */
export function referrerWarnings(images: readonly SimulatedImage[], decisions: readonly Decision[]): LifecycleWarning[] {
  if (!images.some(({ subject }) => subject !== undefined)) return [];
  const rules = new Set(decisions.flatMap(({ rule }) => rule === undefined ? [] : [rule]));
  return [...rules].sort((one, other) => one.rulePriority - other.rulePriority)
    .flatMap(rule => [...expiryWarnings(rule, images, decisions), ...countWarnings(rule, images, decisions)]);
}

function expiryWarnings(rule: Rule, images: readonly SimulatedImage[], decisions: readonly Decision[]): LifecycleWarning[] {
  const places = subjectPlaces(images);
  const taken = [...images.keys()].filter(index => {
    const place = places[index];
    return place !== undefined && actingRule(decisions[index]) === rule && isLeaving(decisions[index]) && !isLeaving(decisions[place]);
  });
  if (taken.length === 0) return [];
  const [first] = taken;
  const { tags: [subject = images[first].subject] } = images[places[first]!];
  return [{
    code: 'lifecycle-expires-referrers',
    message: `rule ${rule.rulePriority} would ${wordOf(rule)} ${pluralize(taken.length, 'reference artifact')} ${EXAMPLES} of images that`
      + ` are kept, such as ${images[first].digest} of ${subject}. A rule cannot distinguish them from images. Limit the rule to tags, or`
      + ' let it act later than the rules for the images that they belong to',
  }];
}

/** Counts artifacts within the limit, even if they are later removed with their subject. */
function countWarnings(rule: Rule, images: readonly SimulatedImage[], decisions: readonly Decision[]): LifecycleWarning[] {
  const { rulePriority, selection: { countType, countNumber } } = rule;
  if (countType !== 'imageCountMoreThan') return [];
  const decided = images.map((image, index) => ({ image, decision: decisions[index] })).filter(({ decision }) => decision.rule === rule);
  const isActing = ({ action, followedRule }: Decision) => action !== 'KEEP' && !followedRule;
  const counted = decided.filter(({ image, decision }) => image.subject !== undefined && !isActing(decision)).length;
  const displaced = decided.filter(({ image, decision }) => image.subject === undefined && isActing(decision)).length;
  return counted === 0 || displaced === 0 ? [] : [{
    code: 'lifecycle-counts-referrers',
    message: `rule ${rulePriority} counts ${pluralize(counted, 'reference artifact')} ${EXAMPLES} among its newest ${countNumber}, and`
      + ` would therefore ${wordOf(rule)} ${pluralize(Math.min(counted, displaced), 'more image')}. Raise its countNumber, or limit the`
      + ' rule to tags',
  }];
}

function isLeaving({ action, blockedBy }: Decision): boolean {
  return action !== 'KEEP' && blockedBy.length === 0;
}
