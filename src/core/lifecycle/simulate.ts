import { charactersOf, lacksSomeOf } from './character-set';
import { ActionType, AgeCountType, isAgeCountType, keeps, patternsOf, Rule, StorageClass, storageClassOf } from './rule';
import { followSubjects, subjectPlaces } from './subjects';
import { matches, TagPattern, tagPattern } from '../images/tag-pattern';

/** Times are milliseconds since the epoch. */
export interface SimulatedImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly storageClass: StorageClass;
  readonly pushedAt: number;
  /** When it was restored from the archive; stands for the push from then on. */
  readonly lastActivatedAt?: number;
  readonly lastArchivedAt?: number;
  readonly lastRecordedPullTime?: number;
  /** The digests that a multi-architecture index refers to. */
  readonly manifests?: readonly string[];
  /** The digest that a reference artifact, such as a signature or an SBOM, is attached to. */
  readonly subject?: string;
}

export interface Decision {
  readonly action: 'EXPIRE' | 'ARCHIVE' | 'KEEP';
  /** The one rule that may act on the image, whether or not it does; undefined when no rule selects it. */
  readonly rule?: Rule;
  readonly reason: string;
  /** When the rule acts if nothing changes; undefined when it never does, or only once newer images are pushed. */
  readonly dueAt?: number;
  /** Indexes that refer to the image and stay: ECR then fails to do what the rule asks. */
  readonly blockedBy: readonly string[];
  /** The rule by which its subject goes, where a reference artifact goes with it and not by a rule of its own. */
  readonly followedRule?: Rule;
}

export const DAY = 86_400_000;

const DECISIONS: Readonly<Record<ActionType, Decision['action']>> = { expire: 'EXPIRE', transition: 'ARCHIVE' };
const VERBS: Readonly<Record<ActionType, string>> = { expire: 'expire', transition: 'archive' };

/** When the age of an image begins, and with what event. */
interface Clock {
  /** Undefined where the time of the event is not known. */
  readonly since: number | undefined;
  readonly event: string;
}

/** A new count type with an age does not compile until it is decided here. */
const CLOCKS: Readonly<Record<AgeCountType, (image: SimulatedImage) => Clock>> = {
  sinceImagePushed: clockOfPush,
  sinceImagePulled: clockOfPull,
  sinceImageTransitioned: ({ lastArchivedAt }) => ({ since: lastArchivedAt, event: 'archived' }),
};

/** One rule, ready for many images. */
interface Selector {
  readonly rule: Rule;
  readonly storageClass: StorageClass;
  readonly patterns: readonly TagPattern[];
  /** Those that the tags of an image must have between them. */
  readonly characters: number;
  /** How many images it selects: of those seen so far, and in the end of all. */
  selected: number;
}

/**
 * For each image: which selector decides, the image's rank among those that it selects, and the first selector that would act but for it.
 * Numbers side by side, since 100,000 small objects take longer to collect than to compute.
 */
interface Choices {
  readonly decider: Int16Array;
  readonly rank: Uint32Array;
  readonly shielded: Int16Array;
}

const NO_SELECTOR = -1;
const NO_BLOCKERS: readonly string[] = [];

/**
 * What ECR would do to each image at a moment, in the order given.
 *
 * All rules are evaluated on the whole repository, then applied by priority; an image that one rule selects no rule of lower priority may
 * touch, whether or not the first one acts. So for every image one rule decides: the first that selects it. Counting includes what other
 * rules decide. Of two images pushed at the same moment the one listed later is the newer.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
 *
 * Not documented, and assumed: ages are compared strictly and to the millisecond; being restored also renews the age of a push; an image
 * that is being restored is still in the archive; a reference artifact is selected and counted as any other image (containers-roadmap 2613
 * says so of counts), and by nothing else when its subject is not among the images; one that an index refers to is held back by it, also
 * where it would go with its subject.
 */
export function simulateLifecycle(rules: readonly Rule[], images: readonly SimulatedImage[], at: number): Decision[] {
  const selectors = [...rules].sort((one, other) => one.rulePriority - other.rulePriority).map((rule): Selector => ({
    rule,
    storageClass: storageClassOf(rule),
    patterns: patternsOf(rule).map(tagPattern),
    characters: charactersOf(patternsOf(rule).map(pattern => pattern.replaceAll('*', ''))),
    selected: 0,
  }));
  const choices = choose(selectors, images, at);
  const decisions = images.map((image, index) => decide(selectors, choices, index, image, at));
  const blockersOf = stayingIndexes(images, decisions);
  return decideWithSubjects(images, decisions.map((decision, index) => holdBack(decision, blockersOf(index))), blockersOf);
}

/** The rule that acts on an image. */
export function actingRule({ action, rule, followedRule }: Decision): Rule | undefined {
  return action === 'KEEP' ? undefined : followedRule ?? rule;
}

function newestFirst(images: readonly SimulatedImage[]): Uint32Array {
  const clocks = new Float64Array(images.length);
  const order = new Uint32Array(images.length);
  for (let index = 0; index < images.length; index++) {
    clocks[index] = pushOf(images[index]);
    order[index] = index;
  }
  return order.sort((one, other) => clocks[other] - clocks[one] || other - one);
}

function choose(selectors: readonly Selector[], images: readonly SimulatedImage[], at: number): Choices {
  const { length } = images;
  const choices: Choices = {
    decider: new Int16Array(length).fill(NO_SELECTOR),
    rank: new Uint32Array(length),
    shielded: new Int16Array(length).fill(NO_SELECTOR),
  };
  for (const index of newestFirst(images)) {
    const inTags = charactersOf(images[index].tags);
    for (let candidate = 0; candidate < selectors.length; candidate++) {
      const selector = selectors[candidate];
      if (lacksSomeOf(selector.characters, inTags) || !selects(selector, images[index])) continue;
      const rank = ++selector.selected; // images that another rule decides are counted too
      if (choices.decider[index] === NO_SELECTOR) {
        choices.decider[index] = candidate;
        choices.rank[index] = rank;
      } else if (choices.shielded[index] === NO_SELECTOR && acts(selector.rule, rank, images[index], at)) {
        choices.shielded[index] = candidate;
      }
    }
  }
  return choices;
}

function selects(
  { rule: { selection: { tagStatus } }, storageClass, patterns }: Selector, { storageClass: actual, tags }: SimulatedImage,
): boolean {
  if (actual !== storageClass) return false;
  if (tagStatus !== 'tagged') return tagStatus === 'any' || tags.length === 0;
  // "successfully matched if all of the tags in the tagPatternList or tagPrefixList value are matched against any of the image's tags"
  for (const pattern of patterns) if (!matchesAny(pattern, tags)) return false;
  return true;
}

/** A plain loop: this is what a large repository's simulation spends its time in. */
function matchesAny(pattern: TagPattern, tags: readonly string[]): boolean {
  for (let index = 0; index < tags.length; index++) if (matches(pattern, tags[index])) return true;
  return false;
}

function acts({ selection: { countType, countNumber } }: Rule, rank: number, image: SimulatedImage, at: number): boolean {
  if (!isAgeCountType(countType)) return rank > countNumber;
  const { since } = CLOCKS[countType](image);
  return since !== undefined && at - since > countNumber * DAY;
}

function decide(selectors: readonly Selector[], choices: Choices, index: number, image: SimulatedImage, at: number): Decision {
  if (choices.decider[index] === NO_SELECTOR) return { action: 'KEEP', reason: 'no rule selects it', blockedBy: NO_BLOCKERS };
  const { rule, selected } = selectors[choices.decider[index]];
  const rank = choices.rank[index];
  const shielded = choices.shielded[index] === NO_SELECTOR ? undefined : selectors[choices.shielded[index]].rule;
  const isActing = acts(rule, rank, image, at);
  const { reason, dueAt } = !isActing && keeps(rule)
    ? { reason: 'keeps it', dueAt: undefined } : explain(rule, rank, selected, image, at, isActing);
  return {
    action: isActing ? DECISIONS[rule.action.type] : 'KEEP',
    rule,
    reason: `rule ${rule.rulePriority}: ${reason}`
      + (shielded && !isActing ? `; therefore rule ${shielded.rulePriority}, which would ${wordOf(shielded)} it, cannot act` : ''),
    ...dueAt === undefined ? {} : { dueAt },
    blockedBy: NO_BLOCKERS,
  };
}

/** The rank or age of an image against the limit of the rule that decides, and when that rule acts on it. */
function explain(
  { selection: { countType, countNumber } }: Rule, rank: number, selected: number, image: SimulatedImage, at: number, isActing: boolean,
): Pick<Decision, 'reason' | 'dueAt'> {
  if (!isAgeCountType(countType)) {
    const reason = `number ${rank} of ${selected} from the newest, ${isActing ? 'beyond' : 'within'} the limit of ${countNumber}`;
    return { reason, dueAt: isActing ? at : undefined };
  }
  const { since, event } = CLOCKS[countType](image);
  return since === undefined ? { reason: `${event} at an unknown time` }
    : { reason: `${event} ${days(at - since)} ago, limit ${countNumber}`, dueAt: since + countNumber * DAY };
}

/** A restored image counts as pushed when it was restored. */
function pushOf({ pushedAt, lastActivatedAt }: SimulatedImage): number {
  return lastActivatedAt ?? pushedAt;
}

function clockOfPush(image: SimulatedImage): Clock {
  return { since: pushOf(image), event: image.lastActivatedAt === undefined ? 'pushed' : 'restored' };
}

function clockOfPull(image: SimulatedImage): Clock {
  const { lastRecordedPullTime: pull, lastActivatedAt } = image;
  if (pull !== undefined && pull >= (lastActivatedAt ?? -Infinity)) return { since: pull, event: 'pulled' };
  const { since, event } = clockOfPush(image);
  return { since, event: `${pull === undefined ? 'never pulled' : 'not pulled since'}, ${event}` };
}

function days(milliseconds: number): string {
  const number = Math.floor(milliseconds / DAY * 10) / 10;
  return `${number} ${number === 1 ? 'day' : 'days'}`;
}

export function wordOf({ action }: Rule): string {
  return VERBS[action.type];
}

/**
 * "If an image is referenced by a manifest list, it cannot be expired or archived without the manifest list being deleted or archived
 * first." AWS says the same of signatures: https://docs.aws.amazon.com/AmazonECR/latest/userguide/delete_image.html
 *
 * @returns for the place of an image, the digests of the indexes that refer to it and stay
 */
function stayingIndexes(images: readonly SimulatedImage[], decisions: readonly Decision[]): (index: number) => readonly string[] {
  const parents = new Map<string, number[]>();
  images.forEach(({ manifests = [] }, index) => new Set(manifests).forEach(child => {
    const known = parents.get(child);
    if (known) known.push(index);
    else parents.set(child, [index]);
  }));
  if (parents.size === 0) return () => NO_BLOCKERS;
  // an index that is archived already has been "archived first"
  const isStaying = (index: number): boolean =>
    images[index].storageClass === 'standard' && (decisions[index].action === 'KEEP' || staying(index).length > 0);
  const memo = new Map<number, readonly number[]>();
  const staying = (index: number): readonly number[] => {
    const known = memo.get(index);
    if (known) return known;
    memo.set(index, []); // an index cannot refer to itself but by a digest that somebody made up
    const blocking = (parents.get(images[index].digest) ?? []).filter(parent => isStaying(parent));
    memo.set(index, blocking);
    return blocking;
  };
  return index => staying(index).map(parent => images[parent].digest);
}

/** What becomes of an image to which indexes that stay refer. */
function holdBack(decision: Decision, blockedBy: readonly string[]): Decision {
  if (decision.action === 'KEEP' || blockedBy.length === 0) return decision;
  return {
    ...decision,
    blockedBy,
    reason: `${decision.reason}; but ECR cannot do so while an index that is kept refers to it (${blockedBy[0]})`,
  };
}

/**
 * "When reference artifacts are present in a repository, [lifecycle policies] automatically expire or archive those artifacts within 24
 * hours of the deletion or archival of the subject image."
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
 */
function decideWithSubjects(
  images: readonly SimulatedImage[], decisions: readonly Decision[], blockersOf: (index: number) => readonly string[],
): Decision[] {
  return followSubjects(decisions, subjectPlaces(images), (own, leading, index): Decision => {
    const { subject, storageClass } = images[index];
    const rule = leading.blockedBy.length === 0 ? actingRule(leading) : undefined;
    if (!rule || own.action === 'EXPIRE') return own;
    if (leading.action === 'ARCHIVE' && (own.action === 'ARCHIVE' || storageClass === 'archive')) return own;
    return holdBack({
      ...own,
      action: leading.action,
      followedRule: rule,
      dueAt: leading.dueAt,
      reason: `${own.reason}; but ECR ${wordOf(rule)}s it with its subject, by rule ${rule.rulePriority} (${subject})`,
    }, own.blockedBy.length > 0 ? NO_BLOCKERS : blockersOf(index)); // what is blocked already says so
  });
}
