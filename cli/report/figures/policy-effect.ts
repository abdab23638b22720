import { FigureOptions, ReportedImage, ShareSum } from './image-figures';
import type { DescribedImage } from '../../../src/core/images/described-images';
import { DAY } from '../../../src/core/lifecycle/simulate';
import { changesOn, Fate, NEVER } from '../../page/future';
import type { PolicyEffect } from '../repository-record';

/** Days in which the effect of a policy counts, and in which a pull shows that an image is needed. */
export const HORIZON_DAYS = 30;

export function effectOf(images: readonly DescribedImage[], fates: readonly Fate[]): PolicyEffect {
  const [expiresNow, archivesNow, expiresSoon, archivesSoon] = [new ShareSum(), new ShareSum(), new ShareSum(), new ShareSum()];
  let nextDay = NEVER;
  images.forEach((image, index) => {
    const { expiryDay, archiveDay } = fates[index];
    if (expiryDay === 0) expiresNow.add(image);
    else if (archiveDay === 0) archivesNow.add(image);
    if (expiryDay <= HORIZON_DAYS) expiresSoon.add(image);
    else if (archiveDay <= HORIZON_DAYS) archivesSoon.add(image);
    for (const day of [expiryDay, archiveDay]) if (day > 0 && day < nextDay) nextDay = day;
  });
  return {
    expiresNow: expiresNow.share(),
    archivesNow: archivesNow.share(),
    expiresWithin30Days: expiresSoon.share(),
    archivesWithin30Days: archivesSoon.share(),
    ...nextDay === NEVER ? {} : { nextDay },
  };
}

/** Whether the report knows which images are in use. */
export function isUseKnown({ inUse, isUseIncomplete = false }: Pick<FigureOptions, 'inUse' | 'isUseIncomplete'>): boolean {
  return inUse !== undefined && !isUseIncomplete;
}

/** Whether the image is in use, or was pulled recently. */
export function isNeeded({ digest, lastRecordedPullTime }: ReportedImage, { at, inUse }: Pick<FigureOptions, 'at' | 'inUse'>): boolean {
  return (lastRecordedPullTime !== undefined && at - lastRecordedPullTime <= HORIZON_DAYS * DAY) || (inUse?.has(digest) ?? false);
}

/** Whether the image is removed or archived within the horizon. */
export function isLeavingSoon(fate: Fate): boolean {
  return changesOn(fate) <= HORIZON_DAYS;
}
