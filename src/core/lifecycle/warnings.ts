import { COUNT_TYPES, keeps, LITERAL_STAR, MIN_ARCHIVED_DAYS, patternsOf, Rule, StorageClass, storageClassOf } from './rule';
import { canMatchSomeTag, covers, overlap } from '../images/tag-pattern';

/** Every code, without the name of the library in front. */
export const LIFECYCLE_WARNING_CODES = [
  'lifecycle-and-trap', 'lifecycle-unreachable-rule', 'lifecycle-overlapping-patterns', 'lifecycle-untagged-children',
  'lifecycle-archive-minimum', 'lifecycle-keep-cannot-work', 'lifecycle-expires-everything', 'lifecycle-matches-nothing',
] as const;

/** A rule that ECR accepts and that is probably a mistake. */
export interface LifecycleWarning {
  readonly code: typeof LIFECYCLE_WARNING_CODES[number];
  readonly message: string;
}

/** For valid rules only, in any order. */
export function lifecycleWarnings(rules: readonly Rule[]): LifecycleWarning[] {
  const byPriority = [...rules].sort((one, other) => one.rulePriority - other.rulePriority);
  return [
    ...byPriority.flatMap(andTrapWarnings),
    ...byPriority.flatMap(noMatchWarnings),
    ...byPriority.flatMap((rule, index) => shadowWarnings(rule, byPriority.slice(0, index))),
    ...byPriority.flatMap(untaggedChildrenWarnings),
    ...byPriority.flatMap((rule, index) => keepWarnings(rule, byPriority.slice(0, index), byPriority)),
    ...expiresEverythingWarnings(byPriority),
    ...archiveMinimumWarnings(byPriority),
  ];
}

function andTrapWarnings(rule: Rule): LifecycleWarning[] {
  const patterns = patternsOf(rule);
  if (patterns.length < 2) return [];
  return [{
    code: 'lifecycle-and-trap',
    message: `rule ${rule.rulePriority} selects only images that have a tag for each of ${list(patterns)} — for images that match any of`
      + ' them, write one rule per pattern',
  }];
}

function noMatchWarnings(rule: Rule): LifecycleWarning[] {
  const impossible = patternsOf(rule).filter(pattern => !canMatchSomeTag(pattern));
  return impossible.length === 0 ? [] : [{
    code: 'lifecycle-matches-nothing',
    message: `rule ${rule.rulePriority} selects nothing: no tag can match ${list(impossible)} — tags have letters, digits and _.- only`,
  }];
}

/** An image is decided by the first rule that selects it. */
function shadowWarnings(rule: Rule, earlier: readonly Rule[]): LifecycleWarning[] {
  const ofClass = earlier.filter(other => storageClassOf(other) === storageClassOf(rule));
  const shadow = ofClass.filter(other => selectsAllOf(other, rule));
  const isAll = rule.selection.tagStatus === 'any' && ofClass.some(selectsUntagged) && ofClass.some(selectsEveryTag);
  if (shadow.length > 0 || isAll) {
    const by = shadow.length > 0 ? [shadow[0]] : ofClass.filter(other => selectsUntagged(other) || selectsEveryTag(other));
    return [{
      code: 'lifecycle-unreachable-rule',
      message: `rule ${rule.rulePriority} never acts: every image that it selects is selected by rule`
        + ` ${by.map(other => other.rulePriority).join(' or ')} first, which decides alone even where it does nothing`
        + ' — order the rules from narrow to wide, or give each tags of its own',
    }];
  }
  return ofClass.filter(other => !keeps(other) && !selectsAllOf(rule, other)).flatMap(other => {
    const both = patternsOf(other).flatMap(one => patternsOf(rule).filter(two => overlap(one, two)).map(two => [one, two]));
    return both.length === 0 ? [] : [{
      code: 'lifecycle-overlapping-patterns' as const,
      message: `rules ${other.rulePriority} and ${rule.rulePriority} overlap: an image whose tag matches both ${both[0][0]} and`
        + ` ${both[0][1]} is decided by rule ${other.rulePriority} alone — make the patterns disjoint, or see with \`simulate\``
        + ' that this is meant',
    }];
  });
}

function untaggedChildrenWarnings(rule: Rule): LifecycleWarning[] {
  const { tagStatus, countType, countNumber } = rule.selection;
  if (tagStatus !== 'untagged' || COUNT_TYPES[countType].unit !== 'images' || keeps(rule)) return [];
  return [{
    code: 'lifecycle-untagged-children',
    message: `rule ${rule.rulePriority} counts the images of multi-architecture indexes too: they are untagged, ECR cannot delete them`
      + ` while their index is there, and they use up its ${countNumber} places — expire untagged images by age instead`,
  }];
}

function keepWarnings(rule: Rule, earlier: readonly Rule[], all: readonly Rule[]): LifecycleWarning[] {
  if (!keeps(rule) || rule.selection.tagStatus !== 'tagged') return [];
  const warning = (why: string): LifecycleWarning => ({
    code: 'lifecycle-keep-cannot-work',
    message: `rule ${rule.rulePriority} is to keep ${list(patternsOf(rule))}, but ${why}`,
  });
  const ofClass = earlier.filter(other => storageClassOf(other) === storageClassOf(rule));
  const before = ofClass.find((other, index) => !keeps(other) && other.selection.tagStatus !== 'untagged'
    && decidesSome(selectedByBoth(rule, other), ofClass.slice(0, index)));
  const archive = storageClassOf(rule) === 'standard'
    && all.some(other => storageClassOf(other) === 'archive' && !keeps(other) && !selectsUntagged(other))
    && !all.some(other => storageClassOf(other) === 'archive' && keeps(other)
      && selectsAllOf({ ...other, selection: { ...other.selection, storageClass: undefined } }, rule));
  return [
    ...before
      ? [warning(`an image that has another tag for rule ${before.rulePriority} is decided there — give the rule that keeps`
        + ' a lower rulePriority')] : [],
    ...archive
      ? [warning('not in the archive, where another rule expires — add a rule that keeps them there too, as LifecycleRule.keep does')] : [],
  ];
}

/** A rule for the images that two rules select. */
function selectedByBoth(one: Rule, other: Rule): Rule {
  const tagPatternList = [...patternsOf(one), ...patternsOf(other)];
  return { ...one, selection: { ...one.selection, tagPrefixList: undefined, tagPatternList } };
}

/** Whether some image can have the tags of a rule, and no earlier rule selects all that do. */
function decidesSome(rule: Rule, earlier: readonly Rule[]): boolean {
  return patternsOf(rule).every(canMatchSomeTag) && !earlier.some(other => selectsAllOf(other, rule));
}

function expiresEverythingWarnings(rules: readonly Rule[]): LifecycleWarning[] {
  const standardRules = rulesThatEmpty(rules, 'standard');
  const archiveRules = standardRules?.some(rule => rule.action.type === 'transition') ? rulesThatEmpty(rules, 'archive') : [];
  if (!standardRules || !archiveRules) return [];
  const [last, ...others] = [...standardRules, ...archiveRules].map(rule => rule.rulePriority).reverse();
  return [{
    code: 'lifecycle-expires-everything',
    message: `${others.length === 0 ? `rule ${last} expires` : `rules ${others.reverse().join(', ')} and ${last} expire`} every tagged`
      + ' image in time, also the newest and those that run: a repository that nobody pushes to loses them all — keep a number of images'
      + ' with a rule before, or limit the rule to some tags',
  }];
}

/** The rules by which every tagged image leaves a storage class when time passes; undefined when some may stay. */
function rulesThatEmpty(rules: readonly Rule[], storageClass: StorageClass): Rule[] | undefined {
  const emptying = new Array<Rule>();
  for (const rule of rules) {
    if (storageClassOf(rule) !== storageClass || selectsUntagged(rule) || !patternsOf(rule).every(canMatchSomeTag)) continue;
    if (keeps(rule) || !COUNT_TYPES[rule.selection.countType].actsInTime) return undefined;
    emptying.push(rule);
    if (selectsEveryTag(rule)) return emptying;
  }
  return undefined;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html */
function archiveMinimumWarnings(rules: readonly Rule[]): LifecycleWarning[] {
  const archivingRules = rules.filter(rule => rule.action.type === 'transition' && !keeps(rule));
  return archivingRules.length === 0 ? [] : [{
    code: 'lifecycle-archive-minimum',
    message: `rule ${archivingRules.map(rule => rule.rulePriority).join(', ')} archives: an archived image cannot be pulled until it is`
      + ` restored, and is billed for ${MIN_ARCHIVED_DAYS} days even if it is restored or deleted sooner — see that this is meant`,
  }];
}

/** Whether the first selects every image that the second selects, in one storage class. */
function selectsAllOf(one: Rule, other: Rule): boolean {
  if (one.selection.tagStatus === 'any') return true;
  if (one.selection.tagStatus !== other.selection.tagStatus) return false;
  return patternsOf(one).every(pattern => patternsOf(other).some(narrower => covers(pattern, narrower)));
}

function selectsUntagged({ selection }: Rule): boolean {
  return selection.tagStatus === 'untagged';
}

/** Every tagged image at least. */
function selectsEveryTag(rule: Rule): boolean {
  return rule.selection.tagStatus === 'any'
    || (rule.selection.tagStatus === 'tagged' && patternsOf(rule).every(pattern => covers(pattern, '*')));
}

function list(patterns: readonly string[]): string {
  return patterns.map(pattern => `'${pattern.replaceAll(LITERAL_STAR, '*')}'`).join(' and ');
}
