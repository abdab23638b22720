import type { DescribedImage } from '../../src/core/images/described-images';
import { keeps, Rule } from '../../src/core/lifecycle/rule';
import { DAY, Decision, SimulatedImage, simulateLifecycle } from '../../src/core/lifecycle/simulate';
import { followSubjects, subjectPlaces, SubjectPlaces } from '../../src/core/lifecycle/subjects';

export const NEVER = Infinity;

/** What becomes of one image if nothing is pushed or pulled. Days are those of the slider: 0 is now. */
export interface Fate {
  readonly decision: Decision;
  /** The place among the rules of the one that decides, or that takes it away with its subject; their number where none does. */
  readonly rule: number;
  /** When a rule moves it to the archive; never also for what is there already. */
  readonly archiveTime: number;
  readonly archiveDay: number;
  readonly expiryTime: number;
  readonly expiryDay: number;
  /** The place of the rule that decides once it is archived. */
  readonly archiveRule: number;
}

export type Outcome = Decision['action'];

export function outcomeOn({ expiryDay, archiveDay }: Fate, day: number): Outcome {
  return expiryDay <= day ? 'EXPIRE' : archiveDay <= day ? 'ARCHIVE' : 'KEEP';
}

/** The first day on which something happens to the image. */
export function changesOn({ expiryDay, archiveDay }: Fate): number {
  return Math.min(expiryDay, archiveDay);
}

/**
 * Which rule decides depends on tags and storage class only, and the archive knows no rule that counts
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html), so that two simulations see everything: one of
 * the images as they are, one of those that get archived. Rules that count act now or never: without pushes, places only get better.
 *
 * Not followed: an image that a count selects while its index holds it, and that has moved within the limit when the index goes. It is
 * shown as going, which is the careful side.
 */
export function foresee(rules: readonly Rule[], images: readonly SimulatedImage[], at: number): Fate[] {
  const decisions = simulateLifecycle(rules, images, at);
  const subjects = subjectPlaces(images);
  const { times: departures, leaders } = departuresOf(images, decisions, subjects, at);
  const archivedIndexes = images.map((_, index) => index)
    .filter(index => departures[index] < NEVER && decisions[leaders[index]].rule?.action.type === 'transition');
  const archiveDecisions = simulateLifecycle(rules, archivedIndexes.map(index => ({
    // the index left before or with it
    ...images[index], storageClass: 'archive' as const, lastArchivedAt: departures[index], manifests: [],
  })), at);
  const places = new Map(rules.map(({ rulePriority }, place) => [rulePriority, place]));
  const placeOf = ({ rule }: Decision) => rule === undefined ? rules.length : places.get(rule.rulePriority)!;
  const inArchive = new Map(archivedIndexes.map((index, place) => [index, archiveDecisions[place]]));
  const fates = decisions.map((decision, index): Fate => {
    const first = departures[index];
    const archiveDecision = inArchive.get(index);
    const rule = placeOf(decisions[leaders[index]]);
    const isActingNow = first === at && decision.action !== 'KEEP';
    // due is not yet over: rules compare strictly
    const dayOf = (moment: number) => moment === NEVER ? NEVER : Math.floor((moment - at) / DAY) + 1;
    if (archiveDecision === undefined) {
      const expiryDay = isActingNow ? 0 : dayOf(first);
      return { decision, rule, archiveTime: NEVER, archiveDay: NEVER, expiryTime: first, expiryDay, archiveRule: rules.length };
    }
    const expiryTime = timeOfAction(archiveDecision);
    const archiveDay = isActingNow ? 0 : dayOf(first);
    const archiveRule = placeOf(archiveDecision);
    return { decision, rule, archiveTime: first, archiveDay, expiryTime, expiryDay: dayOf(expiryTime), archiveRule };
  });
  return expireWithSubjects(fates, subjects, rules.length);
}

/** A reference artifact expires on the day of its subject, if not before. */
function expireWithSubjects(fates: readonly Fate[], subjects: SubjectPlaces, rules: number): Fate[] {
  return followSubjects(fates, subjects, (own, { expiryTime, expiryDay, archiveDay, rule, archiveRule }): Fate => {
    if (expiryDay >= own.expiryDay) return own;
    const actingRule = archiveDay < expiryDay ? archiveRule : rule;
    return own.archiveDay < expiryDay
      ? { ...own, expiryTime, expiryDay, archiveRule: actingRule }
      : { ...own, expiryTime, expiryDay, rule: actingRule, archiveTime: NEVER, archiveDay: NEVER, archiveRule: rules };
  });
}

/** A rule that keeps does so by a time that comes in a hundred years. */
function timeOfAction({ rule, dueAt = NEVER }: Decision): number {
  return rule === undefined || keeps(rule) ? NEVER : dueAt;
}

interface Departures {
  readonly times: Float64Array;
  /** The image whose rule does it: the image itself, or the subject that a reference artifact goes with. */
  readonly leaders: Uint32Array;
}

/**
 * When each image leaves where it is: for the archive or for good.
 * "If an image is referenced by a manifest list, it cannot be expired or archived without the manifest list being deleted or archived
 * first." https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
 */
function departuresOf(
  images: readonly SimulatedImage[], decisions: readonly Decision[], subjects: SubjectPlaces, at: number,
): Departures {
  const holders = indexesOf(images);
  const byDigest = new Map<string, number>();
  if (holders.size > 0) images.forEach(({ digest }, index) => byDigest.set(digest, index));
  const moments = new Float64Array(images.length).fill(NaN);
  const leaders = Uint32Array.from(images.keys());
  const follow = (index: number, subject: number): void => {
    const { action, followedRule } = decisions[index];
    const moment = momentOf(subject);
    const isTransition = decisions[leaders[subject]].rule?.action.type === 'transition';
    const isArchivedAlready = isTransition && images[index].storageClass === 'archive';
    if (!followedRule && (moment >= moments[index] || action !== 'KEEP' || isArchivedAlready)) return;
    moments[index] = moment;
    leaders[index] = leaders[subject];
  };
  const momentOf = (index: number): number => {
    if (!Number.isNaN(moments[index])) return moments[index];
    const { action, blockedBy } = decisions[index];
    const own = action === 'KEEP' ? timeOfAction(decisions[index]) : at;
    moments[index] = own; // an index cannot refer to itself but by a digest that somebody made up
    const holdingIndexes = action === 'KEEP' ? holders.get(images[index].digest) ?? [] : blockedBy.map(digest => byDigest.get(digest)!);
    if (own < NEVER) for (const holder of holdingIndexes) moments[index] = Math.max(moments[index], momentOf(holder));
    const subject = subjects[index];
    if (subject !== undefined) follow(index, subject);
    return moments[index];
  };
  return { times: moments.map((_, index) => momentOf(index)), leaders };
}

/** The indexes, not yet archived, that refer to each digest. */
function indexesOf(images: readonly SimulatedImage[]): Map<string, number[]> {
  const holders = new Map<string, number[]>();
  images.forEach(({ manifests = [], storageClass }, index) => {
    if (storageClass === 'standard') for (const child of manifests) holders.set(child, [...holders.get(child) ?? [], index]);
  });
  return holders;
}

export interface RuleTally {
  expires: number;
  archives: number;
  keeps: number;
}

export interface Tally {
  readonly expiredCount: number;
  readonly archivedCount: number;
  readonly keptCount: number;
  /** In the order of the rules; the last is that of the images that no rule ever selects. */
  readonly rules: readonly RuleTally[];
}

/**
 * What the policy has done by a day. An image that was archived before it expired counts for both rules, and once in the totals. One that
 * no rule selects in the archive counts for the rule that archived it alone.
 */
export function tallyOn(fates: readonly Fate[], rules: number, day: number): Tally {
  const tallies = Array.from({ length: rules + 1 }, (): RuleTally => ({ expires: 0, archives: 0, keeps: 0 }));
  const totals = { EXPIRE: 0, ARCHIVE: 0, KEEP: 0 };
  for (const fate of fates) {
    totals[outcomeOn(fate, day)]++;
    const isArchived = fate.archiveDay <= day;
    if (isArchived) tallies[fate.rule].archives++;
    if (isArchived && fate.archiveRule === rules) continue;
    const decidingTally = tallies[isArchived ? fate.archiveRule : fate.rule];
    if (fate.expiryDay <= day) decidingTally.expires++;
    else decidingTally.keeps++;
  }
  return { expiredCount: totals.EXPIRE, archivedCount: totals.ARCHIVE, keptCount: totals.KEEP, rules: tallies };
}

/** Whether the image is among those that the rule's row counts on a day, out of so many rules. */
export function concerns({ rule, archiveRule, archiveDay }: Fate, place: number, rules: number, day: number): boolean {
  return rule === place || (place < rules && archiveDay <= day && archiveRule === place);
}

/** How many of the images in view each rule decides on a day because another one has archived them. */
export function arrivalsOn(fates: readonly Fate[], mask: Uint8Array, rules: number, day: number): number[] {
  const counts = new Array<number>(rules).fill(0);
  fates.forEach(({ archiveDay, archiveRule }, index) => {
    if (mask[index] === 1 && archiveDay <= day && archiveRule < rules) counts[archiveRule]++;
  });
  return counts;
}

/** The sum of the sizes, as far as they are known, by what has become of the images on a day. */
export function sizesOn(images: readonly DescribedImage[], fates: readonly Fate[], day: number): Readonly<Record<Outcome, number>> {
  const sums = { EXPIRE: 0, ARCHIVE: 0, KEEP: 0 };
  images.forEach(({ sizeInBytes = 0 }, index) => { sums[outcomeOn(fates[index], day)] += sizeInBytes; });
  return sums;
}
