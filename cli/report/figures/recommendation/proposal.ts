import { archivePart, expireArchivedPart, expireTaggedPart, expireUntaggedPart, keepPart, Part } from './part';
import type { FamilyGroup, Group, Survey } from './survey';
import type { Purpose } from './tag-family';
import { covers } from '../../../../src/core/images/tag-pattern';
import { MIN_ARCHIVED_DAYS } from '../../../../src/core/lifecycle/rule';
import { formatCount } from '../../../page/words';

/** A family with fewer images is archived with the others. */
const MIN_FAMILY = 3;
const MAX_FAMILIES = 10;
/** Together with the families and the other rules, even if each pattern has a rule for the archive too, at most 50 rules. */
const MAX_PATTERNS_IN_ARCHIVE = 15;
export const MAX_PATTERNS = 2 * MAX_PATTERNS_IN_ARCHIVE;

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

/** Rules that may be recommended, before the simulation. */
export interface Proposal {
  /** From the most cautious rule to the least. */
  readonly parts: readonly Part[];
  /** Sentences about rules that are not proposed. */
  readonly reservations: readonly string[];
}

export interface ProposalOptions {
  /** Patterns of the tags of images that stay. */
  readonly kept: readonly string[];
  /** Whether untagged images stay. */
  readonly isUntaggedKept: boolean;
  /** Whether the report searched for what runs. */
  readonly knowsUse: boolean;
}

export function propose(surveyed: Survey, options: ProposalOptions): Proposal {
  const { kept, isUntaggedKept, knowsUse } = options;
  const reservations = new Array<string>();
  const families = [...surveyed.families].filter(([pattern]) => !kept.some(other => covers(other, pattern)));
  const familyParts = proposeFamilies(families, knowsUse, reservations);
  const untagged = proposeUntagged(surveyed, isUntaggedKept, reservations);
  const isTaggedOnly = surveyed.hasUntaggedArtifacts || isUntaggedKept;
  const archivedGroups = [
    surveyed.rest,
    ...families.filter(([pattern]) => !familyParts.has(pattern)).map(([, family]) => family),
    ...untagged.length > 0 || isTaggedOnly ? [] : [surveyed.untagged],
  ];
  const others = kept.length + familyParts.size + untagged.length;
  const images = `${others > 0 ? 'Other' : 'All'}${isTaggedOnly ? ' tagged' : ''} images`;
  const archive = proposeArchive(archivedGroups, images, isTaggedOnly, reservations);
  // Without knowledge of what runs, nothing is removed that can be archived.
  const canExpireArchived = archive.length > 0 && knowsUse && surveyed.restIsBuilds && surveyed.rest.count > 0
    && kept.length <= MAX_PATTERNS_IN_ARCHIVE;
  const archiveExpiry = !canExpireArchived ? [] : [expireArchivedPart(EXPIRE_ARCHIVED_DAYS, {
    reason: `Images expire after ${EXPIRE_ARCHIVED_DAYS} days in the archive, because all tags that are not kept are commits or numbers of`
      + ' builds.',
    refusal: 'Archived images do not expire, because an image in use would expire.',
  })];
  return { parts: [...kept.map(keepPart), ...archive, ...untagged, ...familyParts.values(), ...archiveExpiry], reservations };
}

/** Returns the rules by the patterns that they select. */
function proposeFamilies(
  families: ReadonlyArray<readonly [string, FamilyGroup]>, knowsUse: boolean, reservations: string[],
): Map<string, Part> {
  const largest = families.filter(([, { count }]) => count >= MIN_FAMILY)
    .sort(([onePattern, one], [otherPattern, other]) => other.count - one.count || (onePattern < otherPattern ? -1 : 1))
    .slice(0, MAX_FAMILIES);
  const parts = new Map<string, Part>();
  for (const [pattern, family] of largest) {
    const { known, unknown } = FAMILY_DAYS[family.purpose]!;
    const days = ageFor(Math.max(knowsUse ? known : unknown, family.daysSincePush));
    if (days === undefined) {
      reservations.push(`Images tagged ${pattern} do not expire by age, because some are needed about a year after their push.`);
      continue;
    }
    const likeness = family.purpose === 'build' ? 'builds' : 'pull requests, branches, or snapshots';
    parts.set(pattern, expireTaggedPart(pattern, days, {
      reason: `Images tagged ${pattern} expire ${days} days after their push: they look like ${likeness}.${ageWords(family)}`,
      refusal: `Images tagged ${pattern} do not expire by age, because the newest tagged image or an image that is needed would expire.`,
    }));
  }
  return parts;
}

function proposeUntagged(
  { untagged, standardCount, hasUntaggedArtifacts }: Survey, isUntaggedKept: boolean, reservations: string[],
): Part[] {
  if (untagged.count === 0 || isUntaggedKept) return [];
  const days = ageFor(Math.max(UNTAGGED_DAYS, untagged.daysSincePush));
  const problem = hasUntaggedArtifacts ? 'some are signatures, SBOMs, or attestations, which ECR removes with their image'
    : untagged.count === standardCount ? 'the repository has no other images'
      : 'some are needed about a year after their push, as the images of multi-architecture indexes are';
  if (hasUntaggedArtifacts || untagged.count === standardCount || days === undefined) {
    reservations.push(`Untagged images do not expire by age, because ${problem}.`);
    return [];
  }
  return [expireUntaggedPart(days, {
    reason: `Untagged images expire ${days} days after their push${reasonFor(days, untagged)}.${ageWords(untagged)}`,
    refusal: 'Untagged images do not expire by age, because an image that is needed would expire.',
  })];
}

function proposeArchive(groups: readonly Group[], images: string, isTaggedOnly: boolean, reservations: string[]): Part[] {
  if (groups.every(({ count }) => count === 0)) return [];
  const days = ageFor(Math.max(ARCHIVE_DAYS, ...groups.map(({ daysSinceUse }) => daysSinceUse)));
  if (days === undefined) {
    reservations.push('Images that nobody pulls are not archived, because an image in use was not pulled for about a year.');
    return [];
  }
  return [archivePart(days, isTaggedOnly, {
    reason: `${images} that nobody pulls for ${days} days are archived and not removed. An archived image cannot be pulled until it is`
      + ` restored, and is billed for at least ${MIN_ARCHIVED_DAYS} days.`,
    refusal: 'Images that nobody pulls are not archived, because an image that is needed would be archived.',
  })];
}

/** Returns the next age of the list. Undefined if no age is high enough. */
function ageFor(days: number): number | undefined {
  return AGES.find(age => age >= days);
}

/** Says why the age is higher than usual. */
function reasonFor(days: number, { longestLag }: Group): string {
  if (days === UNTAGGED_DAYS) return '';
  return longestLag > 0 ? ', because such images were pulled long after their push' : ', because such images are still needed';
}

function ageWords({ longestLag, considersMovingTags }: Group): string {
  return [
    ...longestLag === 0 ? [] : [` No pull of them came later than ${formatCount(longestLag, 'day')} after the push.`],
    ...considersMovingTags ? [' The age leaves time for needed images whose tags, such as latest, a push moves to another image.'] : [],
  ].join('');
}
