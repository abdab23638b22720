import type { FigureOptions, ReportedImage } from './image-figures';
import { effectOf, HORIZON_DAYS, isLeavingSoon, isNeeded } from './policy-effect';
import { CodeSubject, renderRecommendation } from './recommendation/code';
import {
  archivePart, expireArchivedPart, expireTaggedPart, expireUntaggedPart, isKeepPart, keepPart, Part,
} from './recommendation/part';
import { looksScanned } from './recommendation/scanner';
import { Group, survey, Survey } from './recommendation/survey';
import type { Purpose } from './recommendation/tag-family';
import { INDEX_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { canMatchSomeTag, covers } from '../../../src/core/images/tag-pattern';
import { canonical, renderLifecyclePolicy } from '../../../src/core/lifecycle/parse';
import { assignPriorities } from '../../../src/core/lifecycle/priorities';
import { labelOf, lifecycleProblems, textProblems } from '../../../src/core/lifecycle/problems';
import { referrerWarnings } from '../../../src/core/lifecycle/referrers';
import { keeps, MIN_ARCHIVED_DAYS, patternsOf, Rule, storageClassOf } from '../../../src/core/lifecycle/rule';
import { lifecycleWarnings } from '../../../src/core/lifecycle/warnings';
import { DEFAULT_TAG_PREFIX } from '../../../src/core/shield/tags';
import { Fate, foresee } from '../../page/future';
import { formatCount, formatNumber } from '../../page/words';
import type { PolicyEffect, PolicyFigures, Recommendation } from '../repository-record';

export interface RecommendOptions extends FigureOptions, Omit<CodeSubject, 'hasPolicy'> {
  /** Present policy. Undefined if it could not be read. */
  readonly policy?: PolicyFigures;
}

export interface Advice {
  readonly recommendation: Recommendation;
  /** What the recommended policy does to each image, in the order of the images. */
  readonly fates?: readonly Fate[];
}

/** A repository with fewer images shows too little of how it is used. */
const MIN_IMAGES = 5;
/** A family with fewer images is archived with the others. */
const MIN_FAMILY = 3;
const MAX_FAMILIES = 10;
/** Together with the families and the other rules, even if each pattern has a rule for the archive too, at most 50 rules. */
const MAX_KEPT_PATTERNS = 15;

/** Ages of rules, in days. */
const AGES = [14, 30, 60, 90, 180, 365];
const UNTAGGED_DAYS = 14;
/** The time in which a short-lived image or a build expires at the earliest, if the report knows what runs, and if it does not. */
const FAMILY_DAYS: Readonly<Partial<Record<Purpose, { readonly known: number; readonly unknown: number }>>> = {
  'short-lived': { known: 30, unknown: 90 },
  'build': { known: 90, unknown: 180 },
};
/** An archived image is billed for at least as long, so archiving an image sooner that is then pulled again costs more. */
const ARCHIVE_DAYS = MIN_ARCHIVED_DAYS;
const EXPIRE_ARCHIVED_DAYS = 365;

/**
 * Recommends a policy from the tags and pulls of a repository. A recommended policy neither removes nor archives an image that is in use or
 * was pulled within 30 days, now or within 30 days if nothing is pushed or pulled. This is verified by simulation. No rule counts images,
 * so what is pushed later changes nothing for the images of today.
 */
export function recommend(images: readonly ReportedImage[], options: RecommendOptions): Advice {
  const { policy } = options;
  if (policy?.kind === 'unknown') return none('Its lifecycle policy cannot be simulated by this version, so it cannot be compared.');
  const surveyed = survey(images, options);
  if (surveyed.standardCount < MIN_IMAGES) {
    return none(`It has only ${formatCount(surveyed.standardCount, 'image')} that ${surveyed.standardCount === 1 ? 'is' : 'are'} not`
      + ' archived, which is too few to see how it is used.');
  }
  if (looksScanned(images, options)) {
    return none('Most of its older images were last pulled within the same 24 hours, as a scanner or a copy does, so their pull times do'
      + ' not show which images are needed. If so, register the role of the scanner as a pull-time update exclusion (ecr:'
      + 'RegisterPullTimeUpdateExclusion, AWS::ECR::PullTimeUpdateExclusion), and create the report again after some months.');
  }
  const liveKeeps = keptByPolicy(policy);
  if (liveKeeps.isAllKept) return none('Its lifecycle policy keeps all images, probably on purpose.');
  const kept = widest([...surveyed.kept, ...liveKeeps.patterns]);
  if (kept.length > 2 * MAX_KEPT_PATTERNS) return none('Its tags are of too many kinds for the 50 rules of a lifecycle policy.');
  const { parts, reservations } = partsFor(surveyed, kept, liveKeeps.isUntaggedKept, options);
  const choice = verified(parts, images, surveyed, options.at, reservations);
  if (choice === undefined) {
    return none(reservations.length > 0 ? reservations.join(' ') : 'All of its images look like releases, stages, or the like.');
  }
  const effect = effectOf(images, choice.fates);
  const refusal = refusalOf(effect, policy);
  if (refusal !== undefined) return none(refusal);
  return {
    recommendation: {
      kind: 'policy',
      rules: choice.rules,
      typescript: renderRecommendation(choice.parts, { ...options, hasPolicy: policy?.kind === 'policy' }),
      effect,
      reasons: [
        ...keptReasons(choice.parts, liveKeeps.patterns.length > 0),
        ...choice.parts.flatMap(({ reason }) => reason === undefined ? [] : [reason]),
        ...reservations,
        ...protectionReasons(images, choice.fates, surveyed, options),
      ],
    },
    fates: choice.fates,
  };
}

function none(reason: string): Advice {
  return { recommendation: { kind: 'none', reason } };
}

interface LiveKeeps {
  readonly patterns: readonly string[];
  readonly isUntaggedKept: boolean;
  readonly isAllKept: boolean;
}

/** Returns what the present policy keeps regardless of age and number. A recommended policy must not act on these images either. */
function keptByPolicy(policy: PolicyFigures | undefined): LiveKeeps {
  const rules = policy?.kind === 'policy' ? policy.rules.filter(rule => keeps(rule) && storageClassOf(rule) === 'standard') : [];
  // A rule with several patterns keeps a part of the images with the first one.
  const patterns = rules.flatMap(rule => patternsOf(rule).slice(0, 1)).filter(canMatchSomeTag);
  const hasStatus = (status: string) => rules.some(({ selection }) => selection.tagStatus === status);
  return { patterns, isUntaggedKept: hasStatus('untagged'), isAllKept: hasStatus('any') || patterns.includes('*') };
}

/** Returns the patterns that no other one covers, in the order of the alphabet, with that of an image shield first. */
function widest(patterns: readonly string[]): string[] {
  const isShield = (pattern: string) => pattern === `${DEFAULT_TAG_PREFIX}*`;
  const unique = [...new Set(patterns)].sort((one, other) => Number(isShield(other)) - Number(isShield(one)) || (one < other ? -1 : 1));
  return unique.filter(pattern => !unique.some(other => other !== pattern && covers(other, pattern)));
}

interface Draught {
  readonly parts: readonly Part[];
  /** Sentences about rules that are not recommended. Grows when the simulation refuses a rule. */
  readonly reservations: string[];
}

function partsFor(surveyed: Survey, kept: readonly string[], isUntaggedKept: boolean, options: FigureOptions): Draught {
  const reservations = new Array<string>();
  const knowledge = options.inUse === undefined ? 'unknown' : 'known';
  const families = [...surveyed.families]
    .filter(([pattern, { count }]) => count >= MIN_FAMILY && !kept.some(other => covers(other, pattern)))
    .sort(([onePattern, one], [otherPattern, other]) => other.count - one.count || (onePattern < otherPattern ? -1 : 1))
    .slice(0, MAX_FAMILIES);
  const familyParts = new Map<string, Part>();
  for (const [pattern, family] of families) {
    const days = ageFor(Math.max(FAMILY_DAYS[family.purpose]![knowledge], family.daysSincePush));
    if (days === undefined) {
      reservations.push(`Images tagged ${pattern} do not expire by age, because some are still needed long after their push.`);
    } else {
      familyParts.set(pattern, expireTaggedPart(pattern, days, {
        reason: `Images tagged ${pattern} expire ${days} days after their push: they look like`
          + ` ${family.purpose === 'build' ? 'builds' : 'pull requests, branches, or snapshots'}.${lagWords(family)}`,
        refusal: `Images tagged ${pattern} do not expire by age, because images that are needed would expire.`,
      }));
    }
  }
  const untaggedPart = untaggedPartFor(surveyed, isUntaggedKept, reservations);
  const isTaggedOnly = surveyed.hasUntaggedArtifacts || isUntaggedKept;
  const archivedGroups = [
    surveyed.rest,
    ...[...surveyed.families].filter(([pattern]) => !familyParts.has(pattern) && !kept.some(other => covers(other, pattern)))
      .map(([, family]) => family),
    ...untaggedPart === undefined && !isTaggedOnly ? [surveyed.untagged] : [],
  ].filter(({ count }) => count > 0);
  const archive = archivePartFor(archivedGroups, isTaggedOnly, reservations);
  const archiveExpiry = archive !== undefined && surveyed.restIsBuilds && surveyed.rest.count > 0 && kept.length <= MAX_KEPT_PATTERNS
    ? [expireArchivedPart(EXPIRE_ARCHIVED_DAYS, {
      reason: `Images expire after ${EXPIRE_ARCHIVED_DAYS} days in the archive, because all tags that are not kept are commits or numbers`
        + ' of builds.',
      refusal: 'Archived images do not expire, because images that are needed would expire.',
    })] : [];
  return {
    // From the most cautious rule to the least.
    parts: [
      ...kept.map(keepPart), ...archive === undefined ? [] : [archive], ...untaggedPart === undefined ? [] : [untaggedPart],
      ...familyParts.values(), ...archiveExpiry,
    ],
    reservations,
  };
}

function untaggedPartFor({ untagged, standardCount, hasUntaggedArtifacts }: Survey, isUntaggedKept: boolean, reservations: string[]):
Part | undefined {
  if (untagged.count === 0 || isUntaggedKept) return undefined;
  const days = ageFor(Math.max(UNTAGGED_DAYS, untagged.daysSincePush));
  const problem = hasUntaggedArtifacts ? 'some are signatures, SBOMs, or attestations, which ECR removes with the image that they'
      + ' belong to'
    : untagged.count === standardCount ? 'the repository has no other images'
      : days === undefined ? 'some are needed long after their push, as the images of multi-architecture indexes are' : undefined;
  if (problem !== undefined || days === undefined) {
    reservations.push(`Untagged images do not expire by age, because ${problem}.`);
    return undefined;
  }
  return expireUntaggedPart(days, {
    reason: `Untagged images expire ${days} days after their push.${lagWords(untagged)}`,
    refusal: 'Untagged images do not expire by age, because images that are needed would expire.',
  });
}

function archivePartFor(groups: readonly Group[], isTaggedOnly: boolean, reservations: string[]): Part | undefined {
  if (groups.length === 0) return undefined;
  const days = ageFor(Math.max(ARCHIVE_DAYS, ...groups.map(({ daysSinceUse }) => daysSinceUse)));
  if (days === undefined) {
    reservations.push('Images that are not pulled are not archived, because images in use were not pulled for about a year.');
    return undefined;
  }
  return archivePart(days, isTaggedOnly, {
    reason: `Other${isTaggedOnly ? ' tagged' : ''} images that nobody pulls for ${days} days are archived and not removed. An archived`
      + ` image cannot be pulled until it is restored, and is billed for at least ${MIN_ARCHIVED_DAYS} days.`,
    refusal: 'Images that are not pulled are not archived, because images that are needed would be archived.',
  });
}

/** Returns the next age of the list. Undefined if no age is high enough. */
function ageFor(days: number): number | undefined {
  return AGES.find(age => age >= days);
}

function lagWords({ longestLag }: Group): string {
  return longestLag === 0 ? '' : ` No pull of them came later than ${formatCount(longestLag, 'day')} after the push.`;
}

interface Choice {
  readonly parts: readonly Part[];
  readonly rules: readonly Rule[];
  readonly fates: readonly Fate[];
}

/**
 * Returns the parts that pass the simulation with the images of the repository. Refused parts are removed, until the others pass.
 *
 * @param reservations gets a sentence for each refused part
 * @returns undefined if no rule is left that acts
 */
function verified(
  parts: readonly Part[], images: readonly ReportedImage[], surveyed: Survey, at: number, reservations: string[],
): Choice | undefined {
  if (parts.every(isKeepPart)) return undefined;
  const numbered = assignPriorities(parts.map(({ draft }) => draft))
    .sort((one, other) => one.rule.rulePriority - other.rule.rulePriority);
  const rules = canonical(numbered.map(({ rule }) => rule));
  const fates = foresee(rules, images, at);
  const refused = new Set<Part>();
  fates.forEach((fate, index) => {
    const isHarmful = (surveyed.needed[index] === 1 && isLeavingSoon(fate))
      || (index === surveyed.newestTagged && fate.expiryDay <= HORIZON_DAYS);
    if (isHarmful) refused.add(parts[numbered[fate.rule].index]);
  });
  // `fromRules` and ECR must accept the rules. Every rule that archives has a warning, which is one of the reasons.
  const complaints = [
    ...lifecycleProblems(rules.map((rule, index) => ({ label: labelOf(index, rule), rule }))),
    ...textProblems(renderLifecyclePolicy(rules)),
    ...lifecycleWarnings(rules).filter(({ code }) => code !== 'lifecycle-archive-minimum'),
    ...referrerWarnings(images, fates.map(({ decision }) => decision)),
  ];
  if (refused.size === 0 && complaints.length > 0) refused.add(parts[parts.length - 1]);
  if (refused.size === 0) return { parts: inOrderOfPolicy(parts, numbered.map(({ index }) => index)), rules, fates };
  for (const { refusal } of refused) if (refusal !== '') reservations.push(refusal);
  return verified(parts.filter(part => !refused.has(part)), images, surveyed, at, reservations);
}

/** A part that has two rules is listed once. */
function inOrderOfPolicy(parts: readonly Part[], indexes: readonly number[]): Part[] {
  return [...new Set(indexes)].map(index => parts[index]);
}

function refusalOf(effect: PolicyEffect, policy: PolicyFigures | undefined): string | undefined {
  const live = policy?.kind === 'policy' ? policy : undefined;
  if (live !== undefined && live.endangered > 0) return undefined;
  const leaving = ({ expiresWithin30Days, archivesWithin30Days }: PolicyEffect) => expiresWithin30Days.count + archivesWithin30Days.count;
  if (leaving(effect) === 0) {
    return `${live === undefined ? 'No image is old enough' : 'Its lifecycle policy is sufficient'}: the rules for a repository like this`
      + ` one would remove or archive no image within ${HORIZON_DAYS} days.`;
  }
  if (live === undefined) return undefined;
  const isAsGood = live.effect.expiresWithin30Days.count >= effect.expiresWithin30Days.count && leaving(live.effect) >= leaving(effect);
  return isAsGood ? 'Its lifecycle policy removes at least as much, and no image that is in use or was recently pulled.' : undefined;
}

function keptReasons(parts: readonly Part[], hasLiveKeeps: boolean): string[] {
  const patterns = parts.filter(isKeepPart).flatMap(({ draft }) => draft.selection.tagPatternList ?? []);
  return patterns.length === 0 ? [] : [
    `Images tagged ${listWords(patterns)} are kept: these look like releases, stages, moving tags, or signatures`
      + `${hasLiveKeeps ? ', or the present policy keeps them' : ''}.`,
  ];
}

function protectionReasons(
  images: readonly ReportedImage[], fates: readonly Fate[], { hasPulls }: Survey, options: FigureOptions,
): string[] {
  const { inUse } = options;
  const needed = images.filter(image => isNeeded(image, options)).length;
  const leavingUntagged = images.filter(({ tags }, index) => tags.length === 0 && isLeavingSoon(fates[index])).length;
  const stayingIndexes = images.filter(({ mediaType = '', manifests }, index) =>
    manifests === undefined && INDEX_MEDIA_TYPES.includes(mediaType) && !isLeavingSoon(fates[index])).length;
  return [
    inUse === undefined
      ? `None of the ${formatCount(needed, 'image')} that were pulled within ${HORIZON_DAYS} days leaves within ${HORIZON_DAYS} days if`
        + ' nothing is pulled. The report did not search for what runs (--in-use), so an image that has run for long without a pull is not'
        + ' recognized.'
      : `None of the ${formatCount(needed, 'image')} that are in use or were pulled within ${HORIZON_DAYS} days leaves within`
        + ` ${HORIZON_DAYS} days if nothing is pulled. To keep images for as long as they run, add an image shield.`,
    'No rule counts images, so a push does not make another image leave.',
    ...hasPulls ? [] : ['ECR has recorded no pull of any image, so the time of the push counts instead.'],
    ...leavingUntagged === 0 || stayingIndexes === 0 ? [] : [
      `ECR also keeps every image that a kept multi-architecture index refers to. There are ${formatNumber(stayingIndexes)} such indexes,`
        + ` and the descriptions of images do not say to which images they refer. Therefore, some of the ${formatNumber(leavingUntagged)}`
        + ' untagged images that leave in the simulation may stay.',
    ],
  ];
}

function listWords(words: readonly string[]): string {
  return words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')}${words.length > 2 ? ',' : ''} and ${words[words.length - 1]}`;
}
