import type { DescribedImage } from '../../../src/core/images/described-images';
import { DAY } from '../../../src/core/lifecycle/simulate';
import type { FindingCounts, ImageFigures, Share } from '../repository-record';

export interface ReportedImage extends DescribedImage {
  /** Undefined if the image has no result of a scan. */
  readonly findings?: FindingCounts;
}

export interface FigureOptions {
  /** When the report began. All ages and days count from here. */
  readonly at: number;
  /** When the images were read, if that was later. */
  readonly readAt?: number;
  readonly notPulledForDays: number;
  readonly isPublic: boolean;
  /** Digests of the images in use. Undefined if the report did not search for what runs. */
  readonly inUse?: ReadonlySet<string>;
  /** Whether a search for what runs failed, so that other images may be in use, too. @default false */
  readonly isUseIncomplete?: boolean;
  /** Whether that search was in the Region of the repository, so that nobody knows how many images are in use. @default false */
  readonly isUseUncounted?: boolean;
}

/** Clocks that differ by less are no problem for figures in days. */
const TOLERATED_CLOCK_DIFFERENCE = 5 * 60_000;

/** Sum of images while it grows. */
export class ShareSum implements Share {
  count = 0;
  bytes = 0;

  add({ sizeInBytes = 0 }: DescribedImage): void {
    this.count++;
    this.bytes += sizeInBytes;
  }

  share(): Share {
    return { count: this.count, bytes: this.bytes };
  }
}

export function figuresOf(images: readonly ReportedImage[], options: FigureOptions): Omit<ImageFigures, 'sample'> {
  const { at, readAt = at, notPulledForDays, isPublic, inUse, isUseUncounted = false } = options;
  const [all, archived, untagged, notPulled] = [new ShareSum(), new ShareSum(), new ShareSum(), new ShareSum()];
  const months = new Map<number, ShareSum>();
  const times = { oldestPush: Infinity, newestPush: -Infinity, lastPull: -Infinity };
  let [inUseCount, mostTags, aheadOfClock, scanned] = [0, 0, 0, 0];
  let newestScanned: ReportedImage | undefined;
  for (const image of images) {
    const { pushedAt, lastRecordedPullTime = -Infinity } = image;
    all.add(image);
    if (image.storageClass === 'archive') archived.add(image);
    if (image.tags.length === 0) untagged.add(image);
    if (image.storageClass === 'standard' && at - lastUseOf(image) > notPulledForDays * DAY) notPulled.add(image);
    monthIn(months, pushedAt).add(image);
    times.oldestPush = Math.min(times.oldestPush, pushedAt);
    times.newestPush = Math.max(times.newestPush, pushedAt);
    times.lastPull = Math.max(times.lastPull, lastRecordedPullTime);
    mostTags = Math.max(mostTags, image.tags.length);
    if (Math.max(pushedAt, lastRecordedPullTime) > readAt + TOLERATED_CLOCK_DIFFERENCE) aheadOfClock++;
    if (inUse?.has(image.digest)) inUseCount++;
    if (image.findings === undefined) continue;
    scanned++;
    if (newestScanned === undefined || pushedAt >= newestScanned.pushedAt) newestScanned = image;
  }
  return {
    all: all.share(),
    archived: archived.share(),
    untagged: untagged.share(),
    ...isPublic ? {} : { notPulled: notPulled.share() },
    ...inUse === undefined || isUseUncounted ? {} : { inUse: inUseCount },
    ...images.length === 0 ? {} : { oldestPush: times.oldestPush, newestPush: times.newestPush },
    ...times.lastPull === -Infinity ? {} : { lastPull: times.lastPull },
    mostTags,
    aheadOfClock,
    months: [...months].sort(([one], [other]) => one - other).map(([month, sum]) => ({ month: monthText(month), ...sum.share() })),
    scans: {
      scanned,
      ...newestScanned === undefined ? {} : { newest: { digest: newestScanned.digest, findings: newestScanned.findings! } },
    },
  };
}

/** Returns when the image was last pushed, restored, or pulled. */
export function lastUseOf({ pushedAt, lastActivatedAt = -Infinity, lastRecordedPullTime = -Infinity }: DescribedImage): number {
  return Math.max(pushedAt, lastActivatedAt, lastRecordedPullTime);
}

function monthIn(months: Map<number, ShareSum>, moment: number): ShareSum {
  const date = new Date(moment);
  const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
  const known = months.get(month);
  if (known !== undefined) return known;
  const sum = new ShareSum();
  months.set(month, sum);
  return sum;
}

function monthText(month: number): string {
  return `${Math.floor(month / 12)}-${String(month % 12 + 1).padStart(2, '0')}`;
}
