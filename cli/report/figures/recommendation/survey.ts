import { familyOf, Purpose, TagFamily } from './tag-family';
import { INDEX_MEDIA_TYPES } from '../../../../src/core/images/media-types';
import { tagMatcher } from '../../../../src/core/images/tag-pattern';
import { DAY } from '../../../../src/core/lifecycle/simulate';
import { FigureOptions, lastUseOf, ReportedImage } from '../image-figures';
import { HORIZON_DAYS, isNeeded, isUseKnown } from '../policy-effect';

/** Images that one rule can select. */
export interface Group {
  /** Images in the standard storage class. */
  count: number;
  /** Whether the limits also consider needed images that join the group when a push moves their tags to another image. */
  considersMovingTags: boolean;
  /** Days from the push of an image to its last pull, at most. */
  longestLag: number;
  /** Lowest age for a rule that expires by push, so that no image leaves that is needed, or at whose age other images were pulled. */
  daysSincePush: number;
  /** Lowest limit for a rule that archives by pull, so that no image leaves that is needed. */
  daysSinceUse: number;
}

export interface FamilyGroup extends Group {
  readonly purpose: Purpose;
}

export interface Survey {
  readonly untagged: Group;
  /** By the pattern of their tags: short-lived images and builds. */
  readonly families: ReadonlyMap<string, FamilyGroup>;
  /** Tagged images of no family. */
  readonly rest: Group;
  /** Patterns of tags that must stay, including those that the current policy keeps. */
  readonly kept: ReadonlySet<string>;
  /** Images in the standard storage class. */
  readonly standardCount: number;
  /** Whether every tagged image that is in no family and not kept is a build. */
  readonly restIsBuilds: boolean;
  /** Whether images that no tag selects belong to other images, such as signatures. */
  readonly hasUntaggedArtifacts: boolean;
  readonly hasPulls: boolean;
  /** Index of the newest tagged image if no tag is kept. Undefined otherwise. It is the last one that a person would miss. */
  readonly newestTagged?: number;
  /** For each image, 1 if it must not leave: images in use or pulled recently, and indexes that may contain one of them. */
  readonly needed: Uint8Array;
}

/** Days after the longest time from a push to a pull in which images stay, if the report knows what runs, and if it does not. */
const MARGIN_DAYS = { known: 7, unknown: HORIZON_DAYS };

/** Indexes whose parts were pushed up to this time before them, as by one `docker push`. */
const PUSH_DURATION = 3_600_000;

/** @param livePatterns patterns of the tags that the current policy keeps */
export function survey(images: readonly ReportedImage[], options: FigureOptions, livePatterns: readonly string[]): Survey {
  const isKeptAlready = tagMatcher(livePatterns);
  const needed = neededImages(images, options);
  const families = new Map<string, FamilyGroup>();
  const kept = new Set(livePatterns);
  const [untagged, rest] = [newGroup(), newGroup()];
  const counts = { kept: 0, standard: 0 };
  const flags = { restIsBuilds: true, hasUntaggedArtifacts: false, hasPulls: false };
  let newestTagged: number | undefined;
  images.forEach((image, index) => {
    const { tags, pushedAt, subject, storageClass, lastRecordedPullTime } = image;
    if (lastRecordedPullTime !== undefined) flags.hasPulls = true;
    if (tags.length === 0 && subject !== undefined) flags.hasUntaggedArtifacts = true;
    const own = tags.map(tag => isKeptAlready(tag) ? keptAlready(familyOf(tag)) : familyOf(tag));
    const keeping = own.filter(({ purpose }) => purpose === 'kept');
    for (const { pattern } of keeping) if (pattern !== undefined) kept.add(pattern);
    if (keeping.length === 0 && own.some(({ purpose }) => purpose === 'other')) flags.restIsBuilds = false;
    if (storageClass === 'archive') return;
    counts.standard++;
    if (tags.length > 0 && (newestTagged === undefined || pushedAt >= images[newestTagged].pushedAt)) newestTagged = index;
    const groups = groupsOf(own.filter(({ purpose }) => purpose !== 'kept'), { untagged, rest, families });
    if (keeping.length > 0) counts.kept++;
    else for (const group of groups) addTo(group, image, options);
    if (needed[index] === 0 || keeping.some(({ isMoving }) => isMoving !== true)) return;
    // A push can move every tag that is not a build to another image, or only those that keep this one.
    const others = groupsOf(own.filter(({ purpose }) => purpose === 'build'), { untagged, rest, families });
    for (const group of new Set([...groups, ...others])) {
      if (keeping.length > 0 || !groups.includes(group)) group.considersMovingTags = true;
      constrain(group, image, options.at);
    }
  });
  return {
    untagged,
    families,
    rest,
    kept,
    standardCount: counts.standard,
    ...flags,
    ...counts.kept > 0 || newestTagged === undefined ? {} : { newestTagged },
    needed,
  };
}

/** Returns the family of a tag that the current policy keeps, whose pattern is known. */
function keptAlready({ purpose, isMoving }: TagFamily): TagFamily {
  const isFixed = purpose === 'build' || (purpose === 'kept' && isMoving !== true);
  return { purpose: 'kept', ...isFixed ? {} : { isMoving: true } };
}

function newGroup(): Group {
  return { count: 0, considersMovingTags: false, longestLag: 0, daysSincePush: 0, daysSinceUse: 0 };
}

/** Returns the groups of an image that has only these tags. */
function groupsOf(
  tags: readonly TagFamily[], { untagged, rest, families }: { untagged: Group; rest: Group; families: Map<string, FamilyGroup> },
): Group[] {
  if (tags.length === 0) return [untagged];
  const patterned = tags.filter(({ pattern }) => pattern !== undefined);
  if (patterned.length === 0) return [rest];
  return patterned.map(({ pattern, purpose }) => {
    const family = families.get(pattern!) ?? { ...newGroup(), purpose };
    families.set(pattern!, family);
    return family;
  });
}

function addTo(group: Group, image: ReportedImage, options: FigureOptions): void {
  const { pushedAt, lastActivatedAt = pushedAt, lastRecordedPullTime } = image;
  group.count++;
  if (lastRecordedPullTime === undefined) return;
  const lag = daysBetween(lastActivatedAt, lastRecordedPullTime);
  group.longestLag = Math.max(group.longestLag, lag);
  group.daysSincePush = Math.max(group.daysSincePush, lag + (isUseKnown(options) ? MARGIN_DAYS.known : MARGIN_DAYS.unknown));
}

/** Raises the limits so that a needed image stays for the horizon. A day more than necessary, because a rule compares the exact time. */
function constrain(group: Group, image: ReportedImage, at: number): void {
  const { pushedAt, lastActivatedAt = pushedAt } = image;
  group.daysSincePush = Math.max(group.daysSincePush, daysBetween(lastActivatedAt, at) + HORIZON_DAYS + 1);
  group.daysSinceUse = Math.max(group.daysSinceUse, daysBetween(lastUseOf(image), at) + HORIZON_DAYS + 1);
}

function daysBetween(from: number, to: number): number {
  return Math.max(0, Math.ceil((to - from) / DAY));
}

/**
 * An index is needed like the images that it contains. The descriptions of images do not say which these are. Therefore, the indexes that
 * were pushed next after an untagged image that is needed, or within an hour after it, count as needed too.
 */
function neededImages(images: readonly ReportedImage[], options: FigureOptions): Uint8Array {
  const needed = new Uint8Array(images.length);
  images.forEach((image, index) => { if (isNeeded(image, options)) needed[index] = 1; });
  const indexes = [...images.keys()].filter(index => INDEX_MEDIA_TYPES.includes(images[index].mediaType ?? ''))
    .sort((one, other) => images[one].pushedAt - images[other].pushedAt);
  if (indexes.length === 0) return needed;
  const pushes = indexes.map(index => images[index].pushedAt);
  /** Number of ranges that begin, minus the number of ranges that end, at each place. */
  const edges = new Int32Array(indexes.length + 1);
  images.forEach(({ tags, pushedAt }, index) => {
    if (needed[index] === 0 || tags.length > 0) return;
    const first = firstAtLeast(pushes, pushedAt);
    const end = Math.max(first + 1, firstAtLeast(pushes, pushedAt + PUSH_DURATION));
    edges[first]++;
    edges[Math.min(end, indexes.length)]--;
  });
  let open = 0;
  const contents = new Set(images.flatMap(({ digest }, index) => needed[index] === 1 ? [digest] : []));
  indexes.forEach((index, place) => {
    open += edges[place];
    const { manifests } = images[index];
    if (manifests === undefined ? open > 0 : manifests.some(digest => contents.has(digest))) needed[index] = 1;
  });
  return needed;
}

/** Returns the first place of a sorted list whose value is at least the given one. */
function firstAtLeast(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
