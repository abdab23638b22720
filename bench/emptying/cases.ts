import type { Case } from '../teardown/cases';

const SIZES = [1_000, 10_000, 100_000];

/** Up to 100,000 images, the limit of ECR. Passes: one for each level of nesting, and one that finds no more images. */
export interface EmptyingCase extends Case {
  readonly passes: number;
}

export function emptyingCases(quick: boolean): EmptyingCase[] {
  return (quick ? SIZES.slice(0, 1) : SIZES).flatMap(images => [
    { shape: 'flat', images, seed: { kind: 'flat' }, tokens: 'images', passes: 1 },
    { shape: 'multi-architecture', images, seed: { kind: 'multiArch' }, tokens: 'images', passes: 2 },
    { shape: 'nested, a fifth archived', images, seed: { kind: 'nested', archived: images / 5 }, tokens: 'images', passes: 3 },
  ]);
}

/** At this rate, a hundred calls take twenty seconds. 100,000 images need eleven hundred calls. */
export const THROTTLED: EmptyingCase = {
  shape: 'flat, throttled to 5/s', images: 10_000, seed: { kind: 'flat' }, tokens: 'images', passes: 1, perSecond: 5,
};

/** Returns the minimum number of calls: for each pass, a list of all images and deletions of 100 images each. */
export function floor({ images, passes }: EmptyingCase): number {
  return Math.ceil(images / 1_000) + Math.ceil(images / 100) * passes;
}
