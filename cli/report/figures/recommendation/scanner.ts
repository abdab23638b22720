import { DAY } from '../../../../src/core/lifecycle/simulate';
import type { FigureOptions, ReportedImage } from '../image-figures';

/** ECR may record a pull up to 24 hours late. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html */
const WINDOW = DAY;
const MIN_IMAGES = 10;
/** Part of the older images that one window must contain. */
const SHARE = 0.8;
/** Newer images may all have been pulled when they were deployed. */
const MIN_AGE_DAYS = 7;
/** Images that were pushed at one time can also be deployed at one time. */
const MIN_SPAN_DAYS = 30;

/**
 * Whether something pulled most older images within a day, although they were pushed over more than a month. People and deployments pull
 * few old images. A scanner or a copy pulls all of them.
 */
export function looksScanned(images: readonly ReportedImage[], { at, inUse }: FigureOptions): boolean {
  const older = images.filter(({ storageClass, pushedAt }) => storageClass === 'standard' && at - pushedAt > MIN_AGE_DAYS * DAY);
  const pulled = older.filter(({ lastRecordedPullTime }) => lastRecordedPullTime !== undefined)
    .sort((one, other) => one.lastRecordedPullTime! - other.lastRecordedPullTime!);
  const required = Math.max(MIN_IMAGES, Math.ceil(older.length * SHARE));
  for (let first = 0, last = required - 1; last < pulled.length; first++, last++) {
    if (pulled[last].lastRecordedPullTime! - pulled[first].lastRecordedPullTime! > WINDOW) continue;
    const window = pulled.slice(first, last + 1);
    let [oldest, newest, running] = [Infinity, -Infinity, 0];
    for (const { pushedAt, digest } of window) {
      oldest = Math.min(oldest, pushedAt);
      newest = Math.max(newest, pushedAt);
      if (inUse?.has(digest)) running++;
    }
    return newest - oldest > MIN_SPAN_DAYS * DAY && running * 2 < window.length;
  }
  return false;
}
