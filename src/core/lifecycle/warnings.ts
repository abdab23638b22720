import { decidesSome, selectedByBoth, selectsAllOf, selectsEveryTag, selectsUntagged } from './coverage';
import { COUNT_TYPES, keeps, LITERAL_STAR, MIN_ARCHIVED_DAYS, patternsOf, Rule, StorageClass, storageClassOf, wordOf } from './rule';
import { ShieldRules, shieldRulesOf } from './shield-rules';
import { capitalize } from '../format';
import { canMatchSomeTag, covers, overlap } from '../images/tag-pattern';
import { DEFAULT_TAG_PREFIX } from '../shield/tags';

/** All codes, without the name of the library. */
export const LIFECYCLE_WARNING_CODES = [
  'lifecycle-and-trap', 'lifecycle-unreachable-rule', 'lifecycle-overlapping-patterns', 'lifecycle-untagged-children',
  'lifecycle-archive-minimum', 'lifecycle-keep-cannot-work', 'lifecycle-expires-everything', 'lifecycle-matches-nothing',
  'lifecycle-count-used-up', 'lifecycle-keep-tag-not-first', 'lifecycle-keep-tag-expired', 'lifecycle-released-too-early',
  'lifecycle-expires-referrers', 'lifecycle-counts-referrers',
] as const;

/** Ten years. A rule with such an age is meant to keep images, although it never acts only from a hundred years on. */
const MEANT_TO_KEEP_DAYS = 3_650;
/** A rule with at least this count is meant to keep images if another rule of the policy counts to a tenth of it or less. */
const MEANT_TO_KEEP_COUNT = 999;

/** A rule that ECR accepts and that is probably a mistake. */
export interface LifecycleWarning {
  readonly code: typeof LIFECYCLE_WARNING_CODES[number];
  readonly message: string;
}

/** Returns the warnings for valid rules, which can be in any order. */
export function lifecycleWarnings(rules: readonly Rule[]): LifecycleWarning[] {
  const byPriority = [...rules].sort((one, other) => one.rulePriority - other.rulePriority);
  const shield = shieldRulesOf(byPriority);
  return [
    ...byPriority.flatMap(andTrapWarnings),
    ...byPriority.flatMap(noMatchWarnings),
    ...byPriority.flatMap((rule, index) => shadowWarnings(rule, byPriority.slice(0, index), byPriority, shield)),
    ...byPriority.flatMap((rule, index) => usedUpWarnings(rule, byPriority.slice(0, index), byPriority)),
    ...byPriority.flatMap(untaggedChildrenWarnings),
    ...byPriority.flatMap((rule, index) => keepWarnings(rule, byPriority.slice(0, index), byPriority, shield)),
    ...byPriority.flatMap((rule, index) => keepTagExpiredWarnings(rule, byPriority.slice(0, index), byPriority)),
    ...byPriority.flatMap((rule, index) => releasedWarnings(rule, byPriority.slice(0, index), byPriority, shield)),
    ...expiresEverythingWarnings(byPriority),
    ...archiveMinimumWarnings(byPriority),
  ];
}

function andTrapWarnings(rule: Rule): LifecycleWarning[] {
  const patterns = patternsOf(rule);
  if (patterns.length < 2) return [];
  return [{
    code: 'lifecycle-and-trap',
    message: `rule ${rule.rulePriority} selects only images that have a matching tag for each of ${list(patterns)}. To select images that`
      + ' match any of them, write one rule per pattern',
  }];
}

function noMatchWarnings(rule: Rule): LifecycleWarning[] {
  const impossible = patternsOf(rule).filter(pattern => !canMatchSomeTag(pattern));
  return impossible.length === 0 ? [] : [{
    code: 'lifecycle-matches-nothing',
    message: `rule ${rule.rulePriority} selects no images, because no tag can match ${list(impossible)}. Tags consist of letters, digits,`
      + ' \'_\', \'.\', and \'-\' only',
  }];
}

/**
 * Whether a rule is meant to keep the images that it selects. This is a guess for warnings. Only the simulation shows what the rule does
 * when there are that many images, or when they are that old.
 */
function isMeantToKeep(rule: Rule, all: readonly Rule[]): boolean {
  const { countNumber } = rule.selection;
  if (keeps(rule)) return true;
  if (!countsImages(rule)) return countNumber >= MEANT_TO_KEEP_DAYS;
  return countNumber >= MEANT_TO_KEEP_COUNT && all.some(other => countsImages(other) && other.selection.countNumber * 10 <= countNumber);
}

/** Only rules of one storage class select the same images. */
function rulesOfClass(rule: Rule, rules: readonly Rule[]): Rule[] {
  return rules.filter(other => storageClassOf(other) === storageClassOf(rule));
}

function countsImages({ selection }: Rule): boolean {
  return COUNT_TYPES[selection.countType].unit === 'images';
}

/**
 * Returns the earlier rules of a storage class that together select every image that a rule selects. Empty if images are left for the rule.
 */
function rulesThatShadow(rule: Rule, ofClass: readonly Rule[]): readonly Rule[] {
  const shadow = ofClass.find(other => selectsAllOf(other, rule));
  if (shadow) return [shadow];
  const isAll = rule.selection.tagStatus === 'any' && ofClass.some(selectsUntagged) && ofClass.some(selectsEveryTag);
  return isAll ? ofClass.filter(other => selectsUntagged(other) || selectsEveryTag(other)) : [];
}

/** Only the first rule that selects an image decides about it. */
function shadowWarnings(rule: Rule, earlier: readonly Rule[], all: readonly Rule[], shield: ShieldRules): LifecycleWarning[] {
  const ofClass = rulesOfClass(rule, earlier);
  const by = rulesThatShadow(rule, ofClass);
  if (by.length > 0) {
    return [{
      code: 'lifecycle-unreachable-rule',
      message: `rule ${rule.rulePriority} never acts, because every image that it selects is first selected by rule`
        + ` ${by.map(other => other.rulePriority).join(' or ')}, and only the first rule that selects an image can act on it. Order the`
        + ' rules'
        + ' from specific to general, or give each rule its own tags',
    }];
  }
  if (shield.released.has(rule)) return []; // it comes after all rules for tags on purpose
  // a rule for released images that comes too early has its own warning
  const isIntended = (other: Rule) => isMeantToKeep(other, all) || selectsAllOf(rule, other) || shield.released.has(other);
  const overlaps = ofClass.filter(other => !isIntended(other)).flatMap(other => {
    const pairs = patternsOf(other).flatMap(one => patternsOf(rule).filter(two => overlap(one, two)).map(two => [one, two]));
    return pairs.slice(0, 1).map(both => ({ other, both }));
  });
  if (overlaps.length === 0) return [];
  const [{ other: first, both }] = overlaps;
  return [{
    code: 'lifecycle-overlapping-patterns',
    message: `rule ${rule.rulePriority} overlaps with ${namesOf(overlaps.map(({ other }) => other))}. Only rule ${first.rulePriority} can`
      + ' act'
      + ` on an image whose tag matches both ${list(both)}. Make the patterns disjoint, or check with \`simulate\` that this is intended`,
  }];
}

/**
 * "Rules … can still identify [images that are marked by higher priority rules] as if they haven't been expired or archived": a rule that
 * counts counts what earlier rules decide, too.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
 *
 * Warns only if the earlier rules alone can use up the limit. Otherwise some of the limit remains, and the number of images that a rule
 * without a count keeps is unknown.
 */
function usedUpWarnings(rule: Rule, earlier: readonly Rule[], all: readonly Rule[]): LifecycleWarning[] {
  const isLimit = (one: Rule) => countsImages(one) && !isMeantToKeep(one, all);
  const ofClass = rulesOfClass(rule, earlier);
  if (!isLimit(rule) || rulesThatShadow(rule, ofClass).length > 0) return [];
  const counted = ofClass.filter((other, index) =>
    isLimit(other) && selectsAllOf(rule, other) && decidesSome(other, ofClass.slice(0, index)));
  const { rulePriority, selection: { countNumber } } = rule;
  const places = counted.reduce((sum, other) => sum + other.selection.countNumber, 0);
  if (places < countNumber) return [];
  const keep = counted.length === 1 ? 'keeps' : 'keep';
  return [{
    code: 'lifecycle-count-used-up',
    message: `rule ${rulePriority} also counts the images that ${namesOf(counted)} ${keep}. If these are its newest ${countNumber} images,`
      + ' it'
      + ` ${wordOf(rule)}s every other image that it selects. Raise the countNumber of rule ${rulePriority} above ${places}`
      + ` (${places + countNumber} leaves ${countNumber} for the others)`,
  }];
}

function untaggedChildrenWarnings(rule: Rule): LifecycleWarning[] {
  const { tagStatus, countNumber } = rule.selection;
  if (tagStatus !== 'untagged' || !countsImages(rule) || keeps(rule)) return [];
  return [{
    code: 'lifecycle-untagged-children',
    message: `rule ${rule.rulePriority} also counts the images of multi-architecture indexes. They are untagged, ECR cannot delete them`
      + ` while their index exists, and they use up its limit of ${countNumber}. Expire untagged images by age instead`,
  }];
}

function keepWarnings(rule: Rule, earlier: readonly Rule[], all: readonly Rule[], shield: ShieldRules): LifecycleWarning[] {
  if (!isMeantToKeep(rule, all) || rule.selection.tagStatus !== 'tagged') return [];
  const ofClass = rulesOfClass(rule, earlier);
  const before = ofClass.find((other, index) => !isMeantToKeep(other, all) && other.selection.tagStatus !== 'untagged'
    && decidesSome(selectedByBoth(rule, other), ofClass.slice(0, index)));
  const archive = storageClassOf(rule) === 'standard'
    && all.some(other => storageClassOf(other) === 'archive' && !isMeantToKeep(other, all) && !selectsUntagged(other))
    && !all.some(other => storageClassOf(other) === 'archive' && isMeantToKeep(other, all)
      && selectsAllOf({ ...other, selection: { ...other.selection, storageClass: undefined } }, rule));
  const reasons = [
    ...before ? [`rule ${before.rulePriority} acts first on images that also have a tag for it`] : [],
    ...archive ? ['another rule expires such images in the archive'] : [],
  ];
  const isNotFirst = before && shield.keeping.has(rule);
  const remedies = [
    ...before ? [`give rule ${rule.rulePriority} ${isNotFirst ? 'the lowest' : 'a lower'} rulePriority`] : [],
    ...archive ? ['add a rule that keeps them in the archive too, as LifecycleRule.keep does'] : [],
  ];
  return reasons.length === 0 ? [] : [{
    code: isNotFirst ? 'lifecycle-keep-tag-not-first' : 'lifecycle-keep-cannot-work',
    message: `rule ${rule.rulePriority} is meant to keep ${isNotFirst ? 'images in use, ' : ''}${list(patternsOf(rule))}, but`
      + ` ${reasons.join(', and ')}. ${capitalize(remedies.join(', and '))}`,
  }];
}

/** Warns about a rule that can select nothing but images in use, if no rule keeps them. */
function keepTagExpiredWarnings(rule: Rule, earlier: readonly Rule[], all: readonly Rule[]): LifecycleWarning[] {
  const aimed = patternsOf(rule).filter(pattern => covers(`${DEFAULT_TAG_PREFIX}*`, pattern));
  if (aimed.length === 0 || storageClassOf(rule) !== 'standard' || !decidesSome(rule, rulesOfClass(rule, earlier))) return [];
  if (rulesOfClass(rule, all).some(other => isMeantToKeep(other, all) && selectsAllOf(other, rule))) return [];
  const { rulePriority } = rule;
  return [{
    code: 'lifecycle-keep-tag-expired',
    message: `rule ${rulePriority} ${wordOf(rule)}s images with the tags ${list(aimed)}, which an image shield gives to images in use. Keep`
      + ` '${DEFAULT_TAG_PREFIX}*' with the first rule, or limit rule ${rulePriority} to other tags`,
  }];
}

/** A released image can have other tags too. The rules for these must decide about it, before its age does. */
function releasedWarnings(rule: Rule, earlier: readonly Rule[], all: readonly Rule[], { released }: ShieldRules): LifecycleWarning[] {
  if (!released.has(rule)) return [];
  const before = rulesOfClass(rule, earlier);
  const ofClass = rulesOfClass(rule, all);
  const late = ofClass.filter((other, index) => index > before.length && other.selection.tagStatus === 'tagged' && !released.has(other)
    && !isMeantToKeep(other, all) && decidesSome(selectedByBoth(rule, other), before)
    && rulesThatShadow(other, ofClass.slice(0, index)).length === 0);
  return late.length === 0 ? [] : [{
    code: 'lifecycle-released-too-early',
    message: `rule ${rule.rulePriority} ${wordOf(rule)}s released images, ${list(patternsOf(rule))}, even if they also have a tag for`
      + ` ${namesOf(late)}, which cannot act on them. Give rule ${rule.rulePriority} a rulePriority after all rules for tags`,
  }];
}

function expiresEverythingWarnings(rules: readonly Rule[]): LifecycleWarning[] {
  const standardRules = rulesThatEmpty(rules, 'standard');
  const archiveRules = standardRules?.some(rule => rule.action.type === 'transition') ? rulesThatEmpty(rules, 'archive') : [];
  if (!standardRules || !archiveRules) return [];
  const emptying = [...standardRules, ...archiveRules];
  return [{
    code: 'lifecycle-expires-everything',
    message: `${namesOf(emptying)} ${emptying.length === 1 ? 'expires' : 'expire'} every tagged image after some time, including the newest`
      + ' images and images in use. A repository that receives no pushes loses all of them. Keep a number of images with an earlier rule,'
      + ' or limit the rule to some tags',
  }];
}

/** Returns the rules that remove every tagged image from a storage class over time. Undefined if some images may be kept. */
function rulesThatEmpty(rules: readonly Rule[], storageClass: StorageClass): Rule[] | undefined {
  const emptying = new Array<Rule>();
  for (const rule of rules) {
    if (storageClassOf(rule) !== storageClass || selectsUntagged(rule) || !patternsOf(rule).every(canMatchSomeTag)) continue;
    if (isMeantToKeep(rule, rules) || !COUNT_TYPES[rule.selection.countType].actsInTime) return undefined;
    emptying.push(rule);
    if (selectsEveryTag(rule)) return emptying;
  }
  return undefined;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html */
function archiveMinimumWarnings(rules: readonly Rule[]): LifecycleWarning[] {
  const archivingRules = rules.filter(rule => rule.action.type === 'transition' && !isMeantToKeep(rule, rules));
  return archivingRules.length === 0 ? [] : [{
    code: 'lifecycle-archive-minimum',
    message: `${namesOf(archivingRules)} ${archivingRules.length === 1 ? 'archives' : 'archive'} images. An archived image cannot be pulled`
      + ` until it is restored, and is billed for ${MIN_ARCHIVED_DAYS} days even if it is restored or deleted sooner. Check that this is`
      + ' intended',
  }];
}

/** Returns `rule 1`, `rules 1 and 2`, or `rules 1, 2, and 3`. */
function namesOf(rules: readonly Rule[]): string {
  const priorities = rules.map(({ rulePriority }) => rulePriority);
  const last = priorities.pop()!;
  if (priorities.length === 0) return `rule ${last}`;
  return `rules ${priorities.join(', ')}${priorities.length > 1 ? ',' : ''} and ${last}`;
}

function list(patterns: readonly string[]): string {
  return patterns.map(pattern => `'${pattern.replaceAll(LITERAL_STAR, '*')}'`).join(' and ');
}
