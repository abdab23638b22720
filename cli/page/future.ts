import type { DescribedImage } from '../../src/core/images/described-images';
import { keeps, Rule } from '../../src/core/lifecycle/rule';
import { DAY, Decision, SimulatedImage, simulateLifecycle } from '../../src/core/lifecycle/simulate';
import { followSubjects, subjectPlaces, SubjectPlaces } from '../../src/core/lifecycle/subjects';

export const NEVER = Infinity;

/** The future of one image if nothing is pushed or pulled. Days are the days of the slider: 0 is now. */
export interface Fate {
  readonly decision: Decision;
  /** Index of the rule that applies to the image or to its subject, or the number of rules if no rule applies. */
  readonly rule: number;
  /** When a rule archives the image. NEVER also for an image that is already archived. */
  readonly archiveTime: number;
  readonly archiveDay: number;
  readonly expiryTime: number;
  readonly expiryDay: number;
  /** Index of the rule that applies to the image after it is archived. */
  readonly archiveRule: number;
}

export type Outcome = Decision['action'];

export function outcomeOn({ expiryDay, archiveDay }: Fate, day: number): Outcome {
  return expiryDay <= day ? 'EXPIRE' : archiveDay <= day ? 'ARCHIVE' : 'KEEP';
}

/** Returns the first day on which the image expires or is archived. */
export function changesOn({ expiryDay, archiveDay }: Fate): number {
  return Math.min(expiryDay, archiveDay);
}

/**
 * Predicts the future of each image. The rule that applies depends only on tags and storage class, and rules for the archive do not count
 * images (https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html). Therefore, two simulations are
 * sufficient: one of the current images, and one of the images that will be archived. A rule that counts acts now or never, because without
 * pushes an image never moves further from the newest.
 *
 * Not predicted: an image beyond the limit of a count that its index holds, and that is within the limit when the index expires. The
 * prediction is that it expires, to be on the safe side.
 */
export function foresee(rules: readonly Rule[], images: readonly SimulatedImage[], at: number): Fate[] {
  const decisions = simulateLifecycle(rules, images, at);
  const subjects = subjectPlaces(images);
  const { times: departures, leaders } = departuresOf(images, decisions, subjects, at);
  const archivedIndexes = images.map((_, index) => index)
    .filter(index => departures[index] < NEVER && decisions[leaders[index]].rule?.action.type === 'transition');
  const archiveDecisions = simulateLifecycle(rules, archivedIndexes.map(index => ({
    // Its index is archived or expired at the same time or earlier.
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
    // Rules compare strictly, so an image is due on the day after its limit.
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

/** Returns NEVER for a rule that keeps images. Such a rule has a limit of a hundred years. */
function timeOfAction({ rule, dueAt = NEVER }: Decision): number {
  return rule === undefined || keeps(rule) ? NEVER : dueAt;
}

interface Departures {
  readonly times: Float64Array;
  /** Index of the image whose rule acts: the image itself, or the subject of a reference artifact. */
  readonly leaders: Uint32Array;
}

/**
 * Returns when each image leaves its storage class, because it is archived or expires.
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
    moments[index] = own; // ends the recursion for an index that refers to itself, which only a fabricated digest can do
    const holdingIndexes = action === 'KEEP' ? holders.get(images[index].digest) ?? [] : blockedBy.map(digest => byDigest.get(digest)!);
    if (own < NEVER) for (const holder of holdingIndexes) moments[index] = Math.max(moments[index], momentOf(holder));
    const subject = subjects[index];
    if (subject !== undefined) follow(index, subject);
    return moments[index];
  };
  return { times: moments.map((_, index) => momentOf(index)), leaders };
}

/** Returns the indexes that refer to each digest and are not archived. */
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
  /** In the order of the rules. The last tally is for images that no rule selects. */
  readonly rules: readonly RuleTally[];
}

/**
 * Returns what the policy has done by a day. An image that was archived before it expired counts for both rules, but once in the totals. An
 * archived image that no rule for the archive selects counts only for the rule that archived it.
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

/** Whether the row of a rule counts the image on a day. */
export function concerns({ rule, archiveRule, archiveDay }: Fate, place: number, rules: number, day: number): boolean {
  return rule === place || (place < rules && archiveDay <= day && archiveRule === place);
}

/** Counts, for each rule, the images in view that it applies to on a day because another rule has archived them. */
export function arrivalsOn(fates: readonly Fate[], mask: Uint8Array, rules: number, day: number): number[] {
  const counts = new Array<number>(rules).fill(0);
  fates.forEach(({ archiveDay, archiveRule }, index) => {
    if (mask[index] === 1 && archiveDay <= day && archiveRule < rules) counts[archiveRule]++;
  });
  return counts;
}

/** Returns the sums of the known sizes by the outcome of the images on a day. */
export function sizesOn(images: readonly DescribedImage[], fates: readonly Fate[], day: number): Readonly<Record<Outcome, number>> {
  const sums = { EXPIRE: 0, ARCHIVE: 0, KEEP: 0 };
  images.forEach(({ sizeInBytes = 0 }, index) => { sums[outcomeOn(fates[index], day)] += sizeInBytes; });
  return sums;
}
