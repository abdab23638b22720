import type { FigureOptions, ReportedImage } from './image-figures';
import { effectOf, HORIZON_DAYS, isLeavingSoon, isNeeded, isUseKnown } from './policy-effect';
import { CodeSubject, renderRecommendation } from './recommendation/code';
import { isKeepPart, Part } from './recommendation/part';
import { MAX_PATTERNS, propose } from './recommendation/proposal';
import { looksScanned } from './recommendation/scanner';
import { survey, Survey } from './recommendation/survey';
import { verify } from './recommendation/verification';
import { INDEX_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { canMatchSomeTag, covers } from '../../../src/core/images/tag-pattern';
import { keeps, patternsOf, storageClassOf } from '../../../src/core/lifecycle/rule';
import { DEFAULT_TAG_PREFIX } from '../../../src/core/shield/tags';
import type { Fate } from '../../page/future';
import { formatCount } from '../../page/words';
import type { PolicyEffect, PolicyFigures, Recommendation } from '../repository-record';

export interface RecommendOptions extends FigureOptions, Omit<CodeSubject, 'hasPolicy'> {
  /** Current policy. Undefined if it could not be read. */
  readonly policy?: PolicyFigures;
}

export interface Advice {
  readonly recommendation: Recommendation;
  /** What the recommended policy does to each image, in the order of the images. */
  readonly fates?: readonly Fate[];
}

/** A repository with fewer images shows too little of how it is used. */
const MIN_IMAGES = 5;

/**
 * Recommends a policy from the tags and pulls of a repository. A recommended policy neither removes nor archives an image that is in use or
 * was pulled within 30 days, now or within 30 days if nothing is pushed or pulled. This is verified by simulation. No rule counts images,
 * so what is pushed later changes nothing for the images of today. An exception is a push that moves a tag: the ages leave time for it.
 */
export function recommend(images: readonly ReportedImage[], options: RecommendOptions): Advice {
  const { policy, at } = options;
  const live = livePolicyOf(policy);
  const surveyed = survey(images, options, live.keptPatterns);
  const kept = widest(surveyed.kept);
  const obstacle = obstacleTo(surveyed, kept, images, options)
    ?? (live.isAllKept ? 'No recommendation: the current policy keeps all images.' : undefined);
  if (obstacle !== undefined) return none(obstacle);
  const proposal = propose(surveyed, { kept, isUntaggedKept: live.isUntaggedKept, knowsUse: isUseKnown(options) });
  const { parts, rules, fates, refusals } = verify(proposal.parts, images, surveyed, at);
  const reservations = [...proposal.reservations, ...refusals];
  if (parts.length === 0) {
    return none(reservations.length > 0 ? reservations.join(' ') : 'No recommendation: all images look like releases or stages.');
  }
  const effect = effectOf(images, fates);
  const sufficient = whySufficient(effect, policy, isUseKnown(options));
  if (sufficient !== undefined) return none(sufficient);
  return {
    recommendation: {
      kind: 'policy',
      rules,
      typescript: renderRecommendation(parts, { ...options, hasPolicy: policy?.kind === 'policy' }),
      effect,
      reasons: [
        ...replacementReasons(policy, options.inUse !== undefined),
        ...keptReasons(parts, live.keptPatterns.length > 0),
        ...parts.flatMap(({ reason }) => reason === undefined ? [] : [reason]),
        ...reservations,
        ...protectionReasons(images, surveyed, options),
        ...indexReasons(images, fates),
      ],
    },
    fates,
  };
}

function none(reason: string): Advice {
  return { recommendation: { kind: 'none', reason } };
}

/** Returns why nothing can be said about the repository, as a sentence. */
function obstacleTo(
  { standardCount }: Survey, kept: readonly string[], images: readonly ReportedImage[], options: RecommendOptions,
): string | undefined {
  if (options.policy?.kind === 'unknown') return 'No recommendation: this version cannot simulate the current policy.';
  if (images.length === 0) return 'No recommendation: the repository has no images.';
  if (standardCount < MIN_IMAGES) {
    return `No recommendation: the repository has ${formatCount(standardCount, 'image')} that can be pulled, too few to see`
      + ' how they are used.';
  }
  if (looksScanned(images, options)) {
    return 'No recommendation: most older images were last pulled within the same 24 hours, as by a scanner or a copy, so their pull times'
      + ' do not show which images are needed. Register the role of the scanner as a pull-time update exclusion'
      + ' (AWS::ECR::PullTimeUpdateExclusion, or ecr:RegisterPullTimeUpdateExclusion), and create the report again after some months.';
  }
  return kept.length > MAX_PATTERNS
    ? 'No recommendation: the tags are of too many kinds for the 50 rules of a lifecycle policy.' : undefined;
}

interface LivePolicy {
  readonly keptPatterns: readonly string[];
  readonly isUntaggedKept: boolean;
  readonly isAllKept: boolean;
}

/** Returns what the current policy keeps regardless of age and number. A recommended policy must not act on these images either. */
function livePolicyOf(policy: PolicyFigures | undefined): LivePolicy {
  const rules = policy?.kind === 'policy' ? policy.rules.filter(rule => keeps(rule) && storageClassOf(rule) === 'standard') : [];
  // A rule with several patterns keeps a part of the images with the first one.
  const keptPatterns = rules.flatMap(rule => patternsOf(rule).slice(0, 1)).filter(canMatchSomeTag);
  const hasStatus = (status: string) => rules.some(({ selection }) => selection.tagStatus === status);
  return { keptPatterns, isUntaggedKept: hasStatus('untagged'), isAllKept: hasStatus('any') };
}

/** Returns the patterns that no other one covers, in the order of the alphabet, with that of an image shield first. */
function widest(patterns: ReadonlySet<string>): string[] {
  const isShield = (pattern: string) => pattern === `${DEFAULT_TAG_PREFIX}*`;
  const unique = [...patterns].sort((one, other) => Number(isShield(other)) - Number(isShield(one)) || (one < other ? -1 : 1));
  return unique.filter(pattern => !unique.some(other => other !== pattern && covers(other, pattern)));
}

/** Returns why the repository needs no other policy, as a sentence. A policy that endangers images is never sufficient. */
function whySufficient(effect: PolicyEffect, policy: PolicyFigures | undefined, knowsUse: boolean): string | undefined {
  const live = policy?.kind === 'policy' ? policy : undefined;
  if (live !== undefined && live.endangered > 0) return undefined;
  const leaving = ({ expiresWithin30Days, archivesWithin30Days }: PolicyEffect) => expiresWithin30Days.count + archivesWithin30Days.count;
  if (leaving(effect) === 0) {
    return `No recommendation: ${live === undefined ? 'no image is old enough' : 'the current policy is sufficient'}. The rules for a`
      + ` repository like this one would remove or archive no image within ${HORIZON_DAYS} days.`;
  }
  if (live === undefined) return undefined;
  const isAsGood = live.effect.expiresWithin30Days.count >= effect.expiresWithin30Days.count && leaving(live.effect) >= leaving(effect);
  if (!isAsGood) return undefined;
  const counts = live.rules.some(rule => rule.selection.countType === 'imageCountMoreThan' && !keeps(rule));
  return `No recommendation: the current policy removes at least as much, and no image ${knowsUse ? 'in use or ' : ''}pulled within`
    + ` ${HORIZON_DAYS} days.${counts ? ' One of its rules counts images, so it can remove any image after enough pushes.' : ''}`;
}

function replacementReasons(policy: PolicyFigures | undefined, searchesUse: boolean): string[] {
  if (policy?.kind !== 'policy') return [];
  const { endangered } = policy;
  return [
    'This policy replaces the current policy, and continues only its rules that keep images.'
      + (endangered === 0 ? '' : ` The current policy removes or archives ${formatCount(endangered, 'image')} within`
        + ` ${HORIZON_DAYS} days that ${searchesUse ? `${endangered === 1 ? 'is' : 'are'} in use or ` : ''}`
        + `${endangered === 1 ? 'was' : 'were'} pulled within`
        + ` ${HORIZON_DAYS} days.`),
  ];
}

function keptReasons(parts: readonly Part[], hasLiveKeeps: boolean): string[] {
  const patterns = parts.filter(isKeepPart).flatMap(({ draft }) => draft.selection.tagPatternList ?? []);
  return patterns.length === 0 ? [] : [
    `Images tagged ${listWords(patterns)} are kept: they look like releases, stages, or signatures`
      + `${hasLiveKeeps ? ', or the current policy keeps them' : ''}.`,
  ];
}

function protectionReasons(images: readonly ReportedImage[], { hasPulls }: Survey, options: FigureOptions): string[] {
  const count = images.filter(image => isNeeded(image, options)).length;
  const [isKnown, pulled] = [isUseKnown(options), `pulled within ${HORIZON_DAYS} days`];
  const needed = `${isKnown ? 'in use or ' : ''}${pulled}`;
  return [
    count === 0 ? `${isKnown ? 'No image is in use, and none' : 'No image'} was ${pulled}.`
      : `${formatCount(count, `image ${needed} stays`, `images ${needed} stay`)} for at least ${HORIZON_DAYS} days more,`
        + ' even if nobody pulls: this was simulated.',
    ...!isKnown
      ? [`${options.isUseIncomplete ? 'The search for what runs failed in part' : 'The report did not search for what runs (--in-use)'}, so`
        + ' an image that has run for months without a pull may be archived or removed.']
      : count > 0 ? ['After that, only pulls keep an image in use. An image shield keeps it for as long as it runs.'] : [],
    'No rule counts images, so an image does not leave because of newer ones.',
    ...hasPulls ? [] : ['ECR has recorded no pull of any image, so the time of the push counts instead.'],
  ];
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules */
function indexReasons(images: readonly ReportedImage[], fates: readonly Fate[]): string[] {
  const isLeaving = (index: number) => isLeavingSoon(fates[index]);
  const untagged = images.filter(({ tags }, index) => tags.length === 0 && isLeaving(index)).length;
  const indexes = images.filter(({ mediaType = '', manifests }, index) =>
    manifests === undefined && INDEX_MEDIA_TYPES.includes(mediaType) && !isLeaving(index)).length;
  return untagged === 0 || indexes === 0 ? [] : [
    `${formatCount(indexes, 'multi-architecture index stays', 'multi-architecture indexes stay')}, and ECR also keeps every image to which`
      + ' a kept index refers. The descriptions of images do not contain these references. Therefore, ECR may keep some of the'
      + ` ${formatCount(untagged, 'untagged image', 'untagged images')} that leave in the simulation.`,
  ];
}

function listWords(words: readonly string[]): string {
  return words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')}${words.length > 2 ? ',' : ''} and ${words[words.length - 1]}`;
}
