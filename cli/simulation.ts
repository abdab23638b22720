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

export function countDecisions(decisions: readonly Decision[], action: Decision['action']): number {
  return decisions.filter(decision => decision.action === action).length;
}
