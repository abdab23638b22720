import { HORIZON_DAYS } from './policy-effect';
import { DAY } from '../../../src/core/lifecycle/simulate';
import type { ImageFate, SampledImage } from '../repository-record';

/** Returns the first day on which a policy archives or removes an image. Infinity if it does neither. */
export function firstDayOf(fate: ImageFate | undefined): number {
  return Math.min(fate?.archiveDay ?? Infinity, fate?.expiryDay ?? Infinity);
}

/** Whether the current policy removes or archives a needed image soon. */
export function isEndangered({ fate, pulledAt = -Infinity, isInUse }: SampledImage, at: number): boolean {
  return firstDayOf(fate) <= HORIZON_DAYS && (isInUse === true || at - pulledAt <= HORIZON_DAYS * DAY);
}
