import { isEndangered } from './endangered';
import type { ReportedImage } from './image-figures';
import { Fate, NEVER } from '../../page/future';
import type { ImageFate, RepositoryRecord, SampledImage } from '../repository-record';

/** Tags that the timeline shows of one image. */
const MAX_TAGS = 3;
/** Endangered images that a sample keeps apart from its limit. */
const MAX_ENDANGERED = 50;

/** What happens to the images, in their order. */
export interface Fates {
  /** By the lifecycle policy of the repository. */
  readonly live?: readonly Fate[];
  /** By the recommended policy. */
  readonly recommended?: readonly Fate[];
  readonly inUse?: ReadonlySet<string>;
  /** When the report began. */
  readonly at: number;
}

/** Returns images for the timeline in the order of their push: all of them if they are not more than the limit. */
export function sampleOf(images: readonly ReportedImage[], fates: Fates, limit: number): SampledImage[] {
  let order = [...images.keys()].sort((one, other) => images[one].pushedAt - images[other].pushedAt || one - other);
  const isInUse = (index: number) => fates.inUse?.has(images[index].digest) ?? false;
  const sampled = (index: number): SampledImage => {
    const { digest, tags, pushedAt, lastRecordedPullTime, sizeInBytes, storageClass } = images[index];
    const [fate, recommendedFate] = [fateIn(fates.live, index), fateIn(fates.recommended, index)];
    return {
      digest,
      tags: tags.slice(0, MAX_TAGS),
      tagCount: tags.length,
      pushedAt,
      ...lastRecordedPullTime === undefined ? {} : { pulledAt: lastRecordedPullTime },
      ...sizeInBytes === undefined ? {} : { bytes: sizeInBytes },
      ...storageClass === 'archive' ? { isArchived: true } : {},
      ...isInUse(index) ? { isInUse: true } : {},
      ...fate === undefined ? {} : { fate },
      ...recommendedFate === undefined ? {} : { recommendedFate },
    };
  };
  const endangered = new Set(order.length <= limit ? [] : order
    .filter(index => isEndangered(sampled(index), fates.at))
    .slice(-Math.min(MAX_ENDANGERED, limit)));
  while (order.length > limit) {
    const halved = halve(order, index => isInUse(index) || endangered.has(index));
    if (halved.length === order.length) break; // the others are all in use or endangered
    order = halved;
  }
  return order.map(sampled);
}

/**
 * Halves the largest samples until all of them together have at most `budget` images, or until only the newest image of each repository
 * and images in use are left. Small repositories keep all images for as long as possible. The result depends only on the records.
 */
export function thin(records: readonly RepositoryRecord[], budget: number): RepositoryRecord[] {
  const samples = records.map(({ images }) => images?.sample ?? []);
  const isFinal = new Uint8Array(samples.length);
  let total = samples.reduce((sum, { length }) => sum + length, 0);
  while (total > budget) {
    let largest = 0;
    samples.forEach(({ length }, place) => { if (isFinal[place] === 0) largest = Math.max(largest, length); });
    if (largest <= 1) break;
    for (let place = 0; place < samples.length; place++) {
      if (isFinal[place] === 1 || samples[place].length * 2 <= largest) continue;
      const halved = halve(samples[place], ({ isInUse }) => isInUse ?? false);
      if (halved.length === samples[place].length) isFinal[place] = 1;
      total -= samples[place].length - halved.length;
      samples[place] = halved;
    }
  }
  return records.map((record, place) => record.images === undefined || record.images.sample === samples[place] ? record
    : { ...record, images: { ...record.images, sample: samples[place] } });
}

/** Returns the last item, which is the newest, every second of the others before it, and all items in use, which do not count. */
function halve<T>(items: readonly T[], isInUse: (item: T) => boolean): T[] {
  let place = items.length > 0 && isInUse(items[items.length - 1]) ? 1 : 0;
  return [...items].reverse().filter(item => isInUse(item) || place++ % 2 === 0).reverse();
}

function fateIn(fates: readonly Fate[] | undefined, index: number): ImageFate | undefined {
  if (fates === undefined) return undefined;
  const { rule, archiveDay, expiryDay } = fates[index];
  if (archiveDay === NEVER && expiryDay === NEVER) return undefined;
  return { rule, ...archiveDay === NEVER ? {} : { archiveDay }, ...expiryDay === NEVER ? {} : { expiryDay } };
}
