import type { SeedImages } from '../../test/local-ecr/seed';

/** One repository whose stack is deleted. */
export interface Case {
  readonly shape: string;
  readonly images: number;
  readonly seed: Omit<SeedImages, 'images'>;
  /** Whether the repository was already deleted. */
  readonly gone?: boolean;
  /** Rate limit of each ECR operation in requests per second. The burst capacity is already used up. */
  readonly perSecond?: number;
  /** Effect of deleting while paging, which is undocumented: 'images' returns all images, and 'positions' skips images. */
  readonly tokens: 'images' | 'positions';
}

const SIZES = [100, 1_000, 10_000, 100_000];
const QUICK_SIZES = [100, 1_000];

const SHAPES: ReadonlyArray<{ readonly shape: string; readonly seed: (images: number) => Case['seed'] }> = [
  { shape: 'flat', seed: () => ({ kind: 'flat' }) },
  { shape: 'multi-architecture', seed: () => ({ kind: 'multiArch' }) },
  { shape: 'nested indexes', seed: () => ({ kind: 'nested' }) },
  { shape: 'a fifth archived', seed: images => ({ kind: 'flat', archived: images / 5 }) },
];

/** ECR publishes no rate limits for most of these operations, and all callers in the account share them. */
const RATES = [5, 0.25];

export function cases(quick: boolean): Case[] {
  const sizes = quick ? QUICK_SIZES : SIZES;
  const flat = { images: 1_000, seed: { kind: 'flat' }, tokens: 'images' } as const;
  return [
    ...SHAPES.flatMap(({ shape, seed }) => sizes.map(images => ({ shape, images, seed: seed(images), tokens: 'images' as const }))),
    { ...flat, images: 0, shape: 'already deleted', gone: true },
    ...RATES.slice(quick ? 1 : 0).map(perSecond => ({ ...flat, shape: `flat, throttled to ${perSecond}/s`, perSecond })),
    { ...flat, shape: 'flat, positional tokens', tokens: 'positions' },
  ];
}

export function guardedCases(quick: boolean): Case[] {
  return (quick ? QUICK_SIZES : SIZES)
    .map(images => ({ shape: 'multi-architecture', images, seed: { kind: 'multiArch' }, tokens: 'images' }));
}
