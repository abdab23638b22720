import { charactersOf, lacksSomeOf } from './character-set';
import { ActionType, AgeCountType, isAgeCountType, keeps, patternsOf, Rule, StorageClass, storageClassOf, wordOf } from './rule';
import { followSubjects, subjectPlaces } from './subjects';
import { matches, TagPattern, tagPattern } from '../images/tag-pattern';

/** Times are milliseconds since the epoch. */
export interface SimulatedImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly storageClass: StorageClass;
  readonly pushedAt: number;
  /** Time at which the image was restored from the archive. From then on, it replaces the time of the push. */
  readonly lastActivatedAt?: number;
  readonly lastArchivedAt?: number;
  readonly lastRecordedPullTime?: number;
  /** Digests of the images of a multi-architecture index. */
  readonly manifests?: readonly string[];
  /** Digest of the image to which a reference artifact, such as a signature or an SBOM, is attached. */
  readonly subject?: string;
}

export interface Decision {
  readonly action: 'EXPIRE' | 'ARCHIVE' | 'KEEP';
  /** The only rule that can act on the image, whether or not it does. Undefined if no rule selects the image. */
  readonly rule?: Rule;
  readonly reason: string;
  /** Time at which the rule acts if nothing changes. Undefined if it never acts, or acts only after newer images are pushed. */
  readonly dueAt?: number;
  /** Digests of kept indexes that refer to the image. Because of them, ECR cannot apply the rule. */
  readonly blockedBy: readonly string[];
  /** Rule that acts on the subject of a reference artifact, if the artifact follows its subject and not its own rule. */
  readonly followedRule?: Rule;
}

export const DAY = 86_400_000;

const DECISIONS: Readonly<Record<ActionType, Decision['action']>> = { expire: 'EXPIRE', transition: 'ARCHIVE' };

/** Time and event at which the age of an image begins. */
interface Clock {
  /** Undefined if the time of the event is not known. */
  readonly since: number | undefined;
  readonly event: string;
}

/** A new count type with an age does not compile without an entry here. */
const CLOCKS: Readonly<Record<AgeCountType, (image: SimulatedImage) => Clock>> = {
  sinceImagePushed: clockOfPush,
  sinceImagePulled: clockOfPull,
  sinceImageTransitioned: ({ lastArchivedAt }) => ({ since: lastArchivedAt, event: 'archived' }),
};

/** Rule, prepared for many images. */
interface Selector {
  readonly rule: Rule;
  readonly storageClass: StorageClass;
  readonly patterns: readonly TagPattern[];
  /** Characters that the tags of an image must contain. */
  readonly characters: number;
  /** Number of images that the rule has selected so far. */
  selected: number;
}

/**
 * For each image: the selector that decides, the rank of the image among the images that it selects, and the first other selector that
 * would act. The numbers are in arrays, because collecting 100,000 small objects takes longer than the computation.
 */
interface Choices {
  readonly decider: Int16Array;
  readonly rank: Uint32Array;
  readonly shielded: Int16Array;
}

const NO_SELECTOR = -1;
const NO_BLOCKERS: readonly string[] = [];

/**
 * Returns the decision about each image at a given time, in the order of the images.
 *
 * ECR evaluates all rules on the complete repository and then applies them by priority. No rule of lower priority acts on an image that a
 * rule selects, whether or not that rule acts. The first rule that selects an image therefore decides alone. A rule also counts images that
 * other rules decide. If two images were pushed at the same time, the later one in the list counts as newer.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
 *
 * The following points are not documented and are assumptions. Ages are compared strictly and to the millisecond. Restoring an image also
 * resets the age of its push. An image that is being restored is still in the archive. A reference artifact is selected and counted like
 * any other image (containers-roadmap 2613 confirms this for counts), and is decided only by these rules if its subject is not among the
 * images. An artifact that an index contains is kept with the index, even if its subject is removed.
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

/** Returns the rule that acts on an image. */
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
      const rank = ++selector.selected; // a rule also counts images that another rule decides
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

/** A plain loop, because the simulation of a large repository spends most of its time here. */
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

/** Explains the rank or age of an image and the limit of the deciding rule, and returns when that rule acts. */
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

/**
 * "If an image is referenced by a manifest list, it cannot be expired or archived without the manifest list being deleted or archived
 * first." AWS says the same of signatures: https://docs.aws.amazon.com/AmazonECR/latest/userguide/delete_image.html
 *
 * @returns a function that returns, for the position of an image, the digests of the kept indexes that refer to it
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
    memo.set(index, []); // an index can refer to itself only with a forged digest
    const blocking = (parents.get(images[index].digest) ?? []).filter(parent => isStaying(parent));
    memo.set(index, blocking);
    return blocking;
  };
  return index => staying(index).map(parent => images[parent].digest);
}

/** Returns the decision about an image to which kept indexes refer. */
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
    }, own.blockedBy.length > 0 ? NO_BLOCKERS : blockersOf(index)); // the reason of a blocked decision already says so
  });
}
