import type { SeedImages } from '../../test/local-ecr/seed';

/** One repository whose stack is deleted. */
export interface Case {
  readonly shape: string;
  readonly images: number;
  readonly seed: Omit<SeedImages, 'images'>;
  /** Somebody deleted the repository before. */
  readonly gone?: boolean;
  /** Requests a second that each operation of ECR admits; others have used up what could come at once. */
  readonly perSecond?: number;
  /** What deleting while paging does, which is undocumented: 'images' are all seen; 'positions' shift, and images are skipped. */
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

/** ECR publishes no rate for most of these operations, and they are shared with whoever else works in the account. */
const RATES = [5, 0.25];

export function cases(quick: boolean): Case[] {
  const sizes = quick ? QUICK_SIZES : SIZES;
  const flat = { images: 1_000, seed: { kind: 'flat' }, tokens: 'images' } as const;
  return [
    ...SHAPES.flatMap(({ shape, seed }) => sizes.map(images => ({ shape, images, seed: seed(images), tokens: 'images' as const }))),
    { ...flat, images: 0, shape: 'gone already', gone: true },
    ...RATES.slice(quick ? 1 : 0).map(perSecond => ({ ...flat, shape: `flat, throttled to ${perSecond}/s`, perSecond })),
    { ...flat, shape: 'flat, positional tokens', tokens: 'positions' },
  ];
}

export function guardedCases(quick: boolean): Case[] {
  return (quick ? QUICK_SIZES : SIZES)
    .map(images => ({ shape: 'multi-architecture', images, seed: { kind: 'multiArch' }, tokens: 'images' }));
}
