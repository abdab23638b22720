import type { DescribedImage } from '../src/core/images/described-images';
import type { Rule } from '../src/core/lifecycle/rule';
import type { Decision } from '../src/core/lifecycle/simulate';

/** What was asked and what came out; decisions are in the order of the images. */
export interface Simulation {
  readonly title: string;
  readonly rules: readonly Rule[];
  readonly images: readonly DescribedImage[];
  readonly decisions: readonly Decision[];
  readonly at: number;
}

/** In the order in which they matter to a reader. */
export const ACTIONS = ['EXPIRE', 'ARCHIVE', 'KEEP'] as const;

export const ACTION_WORDS = { EXPIRE: 'expire', ARCHIVE: 'archive', KEEP: 'keep' } as const;

/** Stands beside every sum of sizes. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html */
export const SIZES_NOTE = 'shared layers are counted repeatedly; this is not the bill';

export interface Share {
  readonly count: number;
  readonly bytes: number;
}

/** How many images have a decision, and the sum of their sizes, as far as those are known. */
export function shareOf({ images, decisions }: Pick<Simulation, 'images' | 'decisions'>, action: Decision['action']): Share {
  const members = images.filter((_, index) => decisions[index].action === action);
  return { count: members.length, bytes: members.reduce((sum, { sizeInBytes = 0 }) => sum + sizeInBytes, 0) };
}
