import { AT, generatedReading, OPTIONS } from './generated-readings';
import type { ReportedImage } from '../../../cli/report/figures/image-figures';
import { repositoryRecord } from '../../../cli/report/figures/repository-figures';
import type { Rule } from '../../../src/core/lifecycle/rule';
import { DAY, simulateLifecycle } from '../../../src/core/lifecycle/simulate';
import { pseudoRandom } from '../../browser/repositories';

/** What a registry has, and what ECR describes of it: not which images an index contains. */
interface Registry {
  readonly described: readonly ReportedImage[];
  readonly contents: ReadonlyMap<string, readonly string[]>;
  readonly inUse?: ReadonlySet<string>;
}

/** On each third day. */
const PUSHES = 6;
const FIXED_TAG = /^(\d+\.\d+\.\d+|v\d+\.\d+\.\d+|sha256-.*|sha-.*|in-use-.*|[0-9a-f]{7,40}|\d{8})$/;

/** Gives each index two untagged images. Of an index in use, only one of them is known to be in use. Some pulls of indexes are missing. */
function withContents({ images = [], inUse }: ReturnType<typeof generatedReading>, random: () => number): Registry {
  const running = inUse && new Set(inUse);
  const contents = new Map<string, readonly string[]>();
  const described = images.flatMap((image): ReportedImage[] => {
    if (image.mediaType === undefined) return [image];
    const { mediaType: _, lastRecordedPullTime, ...common } = image;
    const parts = [60_000, 40_000].map(earlier => ({
      ...common,
      digest: `${image.digest}-${earlier}`,
      tags: [],
      pushedAt: image.pushedAt - earlier,
      ...random() < 0.7 ? { lastRecordedPullTime } : {},
    }));
    contents.set(image.digest, parts.map(({ digest }) => digest));
    if (running && image.storageClass === 'standard' && (running.delete(image.digest) || random() < 0.03)) running.add(parts[0].digest);
    return [...parts, random() < 0.5 ? image : { ...image, lastRecordedPullTime: undefined }];
  });
  return { described, contents, inUse: running };
}

/** Returns the digests that must be kept: images in use or pulled within 30 days, and the indexes that contain one of them. */
function neededIn({ described, contents, inUse }: Registry): Set<string> {
  const isNeeded = ({ digest, lastRecordedPullTime = -Infinity }: ReportedImage) =>
    lastRecordedPullTime >= AT - 30 * DAY || inUse?.has(digest);
  const standard = described.filter(({ storageClass }) => storageClass === 'standard');
  const own = new Set(standard.filter(isNeeded).map(({ digest }) => digest));
  const indexes = standard.filter(({ digest }) => contents.get(digest)?.some(part => own.has(part)));
  return new Set([...own, ...indexes.map(({ digest }) => digest)]);
}

/** Applies the rules on each third day for 30 days, while pushes move tags to new images. Returns the digests that the rules acted on. */
function actedOn(rules: readonly Rule[], { described, contents }: Registry, random: () => number): string[] {
  let images = described.map(image => ({ ...image, manifests: contents.get(image.digest) ?? [] }));
  const acted = new Array<string>();
  for (let day = 0; day <= 30; day += 3) {
    const decisions = simulateLifecycle(rules, images, AT + day * DAY);
    const isActing = (index: number) => decisions[index].action !== 'KEEP' && decisions[index].blockedBy.length === 0;
    acted.push(...images.filter((_, index) => isActing(index)).map(({ digest }) => digest));
    images = images.filter((_, index) => !isActing(index));
    for (let push = 0; push < PUSHES && images.length > 0; push++) {
      const from = images[Math.floor(random() * images.length)];
      const moved = from.tags.filter(tag => !FIXED_TAG.test(tag) && random() < 0.7);
      images = images.map(image => image === from ? { ...image, tags: image.tags.filter(tag => !moved.includes(tag)) } : image);
      images.push({ digest: `${day}-${push}`, tags: moved, storageClass: 'standard', pushedAt: AT + day * DAY, manifests: [] });
    }
  }
  return acted;
}

test('a recommended policy acts on no needed image in 30 days of pushes, and on no index whose contents ECR does not describe', () => {
  let count = 0;
  for (let seed = 1; seed <= 350; seed++) {
    const random = pseudoRandom(seed);
    const reading = generatedReading(seed);
    const registry = withContents(reading, random);
    const { recommendation } = repositoryRecord({ ...reading, images: registry.described, inUse: registry.inUse }, OPTIONS);
    if (recommendation?.kind !== 'policy') continue;
    count++;
    const needed = neededIn(registry);
    const lost = actedOn(recommendation.rules, registry, random).filter(digest => needed.has(digest));
    expect([seed, ...lost]).toEqual([seed]);
  }
  expect(count).toBeGreaterThan(80);
});
