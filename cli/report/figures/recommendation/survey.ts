import { familyOf, Purpose } from './tag-family';
import { INDEX_MEDIA_TYPES } from '../../../../src/core/images/media-types';
import { DAY } from '../../../../src/core/lifecycle/simulate';
import { FigureOptions, lastUseOf, ReportedImage } from '../image-figures';
import { HORIZON_DAYS, isNeeded } from '../policy-effect';

/** Images that one rule can select. */
export interface Group {
  /** Images in the standard storage class. */
  count: number;
  /** Days from the push of an image to its last pull, at most. */
  longestLag: number;
  /** Lowest age for a rule that expires by push, so that no image leaves that is needed, or at whose age other images were pulled. */
  daysSincePush: number;
  /** Lowest limit for a rule that archives by pull, so that no image leaves that is needed. */
  daysSinceUse: number;
}

export interface Survey {
  readonly untagged: Group;
  /** By the pattern of their tags: short-lived images and builds. */
  readonly families: ReadonlyMap<string, Group & { readonly purpose: Purpose }>;
  /** Tagged images of no family. */
  readonly rest: Group;
  /** Patterns of tags that must stay. */
  readonly kept: ReadonlySet<string>;
  readonly keptCount: number;
  /** Images in the standard storage class. */
  readonly standardCount: number;
  /** Whether every tagged image that is in no family and not kept is a build. */
  readonly restIsBuilds: boolean;
  /** Whether images that no tag selects belong to other images, such as signatures. */
  readonly hasUntaggedArtifacts: boolean;
  readonly hasPulls: boolean;
  /** Index of the newest tagged image, or -1. */
  readonly newestTagged: number;
  /** For each image, 1 if it must not leave: images in use or pulled recently, and indexes that may contain one of them. */
  readonly needed: Uint8Array;
}

/** Days after the longest time from a push to a pull in which images stay, if the report knows what runs, and if it does not. */
const MARGIN_DAYS = { known: 7, unknown: HORIZON_DAYS };

/** Indexes whose parts were pushed up to this time before them, as by one `docker push`. */
const PUSH_DURATION = 3_600_000;

export function survey(images: readonly ReportedImage[], options: FigureOptions): Survey {
  const needed = neededImages(images, options);
  const families = new Map<string, Group & { readonly purpose: Purpose }>();
  const kept = new Set<string>();
  const [untagged, rest] = [newGroup(), newGroup()];
  const counts = { kept: 0, standard: 0 };
  const flags = { restIsBuilds: true, hasUntaggedArtifacts: false, hasPulls: false };
  let newestTagged = -1;
  images.forEach((image, index) => {
    const { tags, pushedAt, subject, storageClass, lastRecordedPullTime } = image;
    if (lastRecordedPullTime !== undefined) flags.hasPulls = true;
    if (tags.length > 0 && (newestTagged < 0 || pushedAt >= images[newestTagged].pushedAt)) newestTagged = index;
    if (tags.length === 0 && subject !== undefined) flags.hasUntaggedArtifacts = true;
    const own = tags.map(familyOf);
    const keeping = own.filter(({ purpose }) => purpose === 'kept');
    for (const { pattern } of keeping) kept.add(pattern!);
    if (keeping.length === 0 && own.some(({ purpose }) => purpose === 'other')) flags.restIsBuilds = false;
    if (storageClass === 'archive') return;
    counts.standard++;
    if (keeping.length > 0) {
      counts.kept++;
      return;
    }
    const take = (group: Group) => addTo(group, image, needed[index] === 1, options);
    if (tags.length === 0) take(untagged);
    const patterned = own.filter(({ pattern }) => pattern !== undefined);
    for (const { pattern, purpose } of patterned) {
      const family = families.get(pattern!) ?? { ...newGroup(), purpose };
      families.set(pattern!, family);
      take(family);
    }
    if (tags.length > 0 && patterned.length === 0) take(rest);
  });
  return { untagged, families, rest, kept, keptCount: counts.kept, standardCount: counts.standard, ...flags, newestTagged, needed };
}

function newGroup(): Group {
  return { count: 0, longestLag: 0, daysSincePush: 0, daysSinceUse: 0 };
}

/** A day more than necessary, because a rule compares the exact time. */
function addTo(group: Group, image: ReportedImage, isImageNeeded: boolean, { at, inUse }: FigureOptions): void {
  const { pushedAt, lastActivatedAt = pushedAt, lastRecordedPullTime } = image;
  const daysFrom = (from: number, to: number) => Math.max(0, Math.ceil((to - from) / DAY));
  group.count++;
  if (lastRecordedPullTime !== undefined) {
    const lag = daysFrom(lastActivatedAt, lastRecordedPullTime);
    group.longestLag = Math.max(group.longestLag, lag);
    group.daysSincePush = Math.max(group.daysSincePush, lag + (inUse === undefined ? MARGIN_DAYS.unknown : MARGIN_DAYS.known));
  }
  if (!isImageNeeded) return;
  group.daysSincePush = Math.max(group.daysSincePush, daysFrom(lastActivatedAt, at) + HORIZON_DAYS + 1);
  group.daysSinceUse = Math.max(group.daysSinceUse, daysFrom(lastUseOf(image), at) + HORIZON_DAYS + 1);
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
