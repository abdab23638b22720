import type { DescribedImage } from '../src/core/images/described-images';
import type { Rule } from '../src/core/lifecycle/rule';
import type { Decision } from '../src/core/lifecycle/simulate';

/** Input and result of a simulation. The decisions are in the order of the images. */
export interface Simulation {
  readonly title: string;
  readonly rules: readonly Rule[];
  readonly images: readonly DescribedImage[];
  readonly decisions: readonly Decision[];
  readonly at: number;
}

/** Actions, in order of importance to the reader. */
export const ACTIONS = ['EXPIRE', 'ARCHIVE', 'KEEP'] as const;

export const ACTION_WORDS = { EXPIRE: 'expire', ARCHIVE: 'archive', KEEP: 'keep' } as const;

/** Note for every sum of sizes. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html */
export const SIZES_NOTE = 'a layer that images share is counted for each image, so the sum is not what you pay for';

export interface Share {
  readonly count: number;
  readonly bytes: number;
}

/** Returns the number of images with an action, and the sum of their known sizes. */
export function shareOf({ images, decisions }: Pick<Simulation, 'images' | 'decisions'>, action: Decision['action']): Share {
  const members = images.filter((_, index) => decisions[index].action === action);
  return { count: members.length, bytes: members.reduce((sum, { sizeInBytes = 0 }) => sum + sizeInBytes, 0) };
}
