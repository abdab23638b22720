import type { ReportData } from '../../cli/lifecycle-report/report-data';
import type { DescribedImage } from '../../src/core/images/described-images';
import type { Rule } from '../../src/core/lifecycle/rule';
import { DAY } from '../../src/core/lifecycle/simulate';

export const AT = Date.UTC(2026, 4, 18, 9, 30);

/** mulberry32, so that the images are the same on every machine. https://gist.github.com/tommyettinger/46a874533244883189143505d203312c */
/* eslint-disable no-bitwise */
export function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = state + 0x6d2b79f5 | 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
/* eslint-enable no-bitwise */

/** Rules for all kinds of selections and actions. No rule selects `tools-*`. */
export function rulesFor(images: number): Rule[] {
  const tagged = (pattern: string) => ({ tagStatus: 'tagged', tagPatternList: [pattern] }) as const;
  return [
    {
      rulePriority: 10,
      description: 'Releases stay',
      selection: { ...tagged('release-*'), countType: 'imageCountMoreThan', countNumber: 1_000_000 },
      action: { type: 'expire' },
    },
    {
      rulePriority: 20,
      description: 'Pull requests are short-lived',
      selection: { ...tagged('pr-*'), countType: 'sinceImagePushed', countNumber: 45, countUnit: 'days' },
      action: { type: 'expire' },
    },
    {
      rulePriority: 30,
      description: 'The newest builds of main, for rollbacks',
      selection: { ...tagged('main-*'), countType: 'imageCountMoreThan', countNumber: Math.max(2, Math.round(images / 12)) },
      action: { type: 'expire' },
    },
    {
      rulePriority: 40,
      selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 14, countUnit: 'days' },
      action: { type: 'expire' },
    },
    {
      rulePriority: 50,
      description: 'Nightlies that nobody pulls go to the archive',
      selection: { ...tagged('nightly-*'), countType: 'sinceImagePulled', countNumber: 60, countUnit: 'days' },
      action: { type: 'transition', targetStorageClass: 'archive' },
    },
    {
      rulePriority: 60,
      selection: { tagStatus: 'any', storageClass: 'archive', countType: 'sinceImageTransitioned', countNumber: 120, countUnit: 'days' },
      action: { type: 'expire' },
    },
  ];
}

const KINDS = [
  'pr', 'pr', 'pr', 'pr', 'pr', 'main', 'main', 'main', 'main', 'untagged', 'untagged', 'nightly', 'nightly', 'nightly', 'nightly',
  'release', 'release', 'index', 'archived', 'tools',
];

export function repository(count: number, title = `team/service-${count}`): ReportData {
  const random = pseudoRandom(count);
  const hex = () => Math.floor(random() * 2 ** 32).toString(16).padStart(8, '0');
  const digest = () => `sha256:${Array.from({ length: 8 }, hex).join('')}`;
  const images = new Array<DescribedImage>();
  while (images.length < count) {
    const kind = KINDS[images.length < KINDS.length && count <= KINDS.length ? images.length : Math.floor(random() * KINDS.length)];
    const age = random() ** 1.7 * (kind === 'release' ? 400 : kind === 'pr' ? 110 : 240) * DAY;
    const pushedAt = Math.round(AT - age - 60_000);
    const pulled = random() < 0.6 ? Math.round(pushedAt + random() ** 0.6 * (AT - pushedAt)) : undefined;
    const image: DescribedImage = {
      digest: digest(),
      tags: kind === 'untagged' || kind === 'archived' ? [] : [`${kind === 'index' ? 'main' : kind}-${hex().slice(0, 7)}`],
      storageClass: kind === 'archived' ? 'archive' : 'standard',
      pushedAt,
      sizeInBytes: Math.round((20 + random() * 400) * 1e6),
      ...pulled === undefined ? {} : { lastRecordedPullTime: pulled },
      ...kind === 'archived' ? { lastArchivedAt: Math.round(pushedAt + random() * age) } : {},
    };
    images.push(image);
    if (kind !== 'index' || images.length + 2 > count) continue;
    const children = [1, 2].map((seconds): DescribedImage => ({
      digest: digest(), tags: [], storageClass: 'standard', pushedAt: pushedAt - seconds * 1000,
    }));
    images[images.length - 1] = { ...image, manifests: children.map(child => child.digest) };
    images.push(...children);
  }
  const rules = rulesFor(count);
  return { title, policyText: JSON.stringify({ rules }), rules, images, at: AT };
}
