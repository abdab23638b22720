import type { Case } from '../teardown/cases';

const SIZES = [1_000, 10_000, 100_000];

/** ECR's own limit of images is 100,000. Passes: one for each level of nesting, and one that finds nothing more. */
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

/** A hundred calls would take twenty seconds at this rate; each of the eleven hundred for 100,000 images is one. */
export const THROTTLED: EmptyingCase = {
  shape: 'flat, throttled to 5/s', images: 10_000, seed: { kind: 'flat' }, tokens: 'images', passes: 1, perSecond: 5,
};

/** What it takes at least: a listing of everything and everything in hundreds, pass by pass. */
export function floor({ images, passes }: EmptyingCase): number {
  return Math.ceil(images / 1_000) + Math.ceil(images / 100) * passes;
}
