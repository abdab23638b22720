import { Fate, NEVER } from '../page/future';
import { isRecentlyPulled, RECENT_PULL_DAYS } from './images/selection';
import type { DescribedImage } from '../../src/core/images/described-images';
import { INDEX_MEDIA_TYPES } from '../../src/core/images/media-types';
import { formatCount, dateOfDay, dayWords, formatNumber } from '../page/words';

export interface Insight {
  readonly text: string;
  /** The part of the page with more details. */
  readonly shows?: 'recent pulls' | 'warnings';
}


/** Returns what a user must know first before attaching this policy. */
export function findInsights(images: readonly DescribedImage[], fates: readonly Fate[], at: number, warnings: number): Insight[] {
  return [
    ...insightAboutNewest(images, fates, at),
    ...insightAboutEmptiness(fates, at),
    ...insightAboutPulls(images, fates, at),
    ...insightAboutIndexes(images, fates),
    ...warnings === 0 ? [] : [{ text: `${formatCount(warnings, 'warning')} about the policy itself.`, shows: 'warnings' as const }],
  ];
}

function insightAboutNewest(images: readonly DescribedImage[], fates: readonly Fate[], at: number): Insight[] {
  if (images.length === 0) return [];
  const newest = images.reduce((best, image, index) => image.pushedAt >= images[best].pushedAt ? index : best, 0);
  const { expiryDay, archiveDay } = fates[newest];
  const on = Math.min(expiryDay, archiveDay);
  if (on === NEVER) return [];
  return [{ text: `The newest image ${archiveDay < expiryDay ? 'is archived' : 'expires'} ${describeDay(at, on)}.` }];
}

function insightAboutEmptiness(fates: readonly Fate[], at: number): Insight[] {
  const on = fates.reduce((last, { expiryDay }) => Math.max(last, expiryDay), 0);
  return on === NEVER || fates.length === 0 ? [] : [{ text: `Without new pushes, all images are expired ${describeDay(at, on)}.` }];
}

function insightAboutPulls(images: readonly DescribedImage[], fates: readonly Fate[], at: number): Insight[] {
  const pulledCount = images.filter((image, index) => isAffectedNow(fates[index]) && isRecentlyPulled(image, at)).length;
  return pulledCount === 0 ? [] : [{
    text: `${formatCount(pulledCount, 'image')} that the policy expires or archives now ${pulledCount === 1 ? 'was' : 'were'} pulled`
      + ` in the last ${RECENT_PULL_DAYS} days.`,
    shows: 'recent pulls',
  }];
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules */
function insightAboutIndexes(images: readonly DescribedImage[], fates: readonly Fate[]): Insight[] {
  const blockedCount = fates.filter(({ decision }) => decision.blockedBy.length > 0).length;
  if (blockedCount > 0) {
    return [{
      text: blockedCount === 1 ? '1 image is due now, but ECR keeps it because a kept index refers to it.'
        : `${formatNumber(blockedCount)} images are due now, but ECR keeps them because a kept index refers to them.`,
    }];
  }
  const stayingCount = images.filter(({ mediaType = '', manifests }, index) =>
    manifests === undefined && INDEX_MEDIA_TYPES.includes(mediaType) && fates[index].expiryDay > 0 && fates[index].archiveDay > 0).length;
  const untaggedCount = images.filter(({ tags, subject }, index) =>
    tags.length === 0 && subject === undefined && isAffectedNow(fates[index])).length;
  return stayingCount === 0 || untaggedCount === 0 ? [] : [{
    text: `${formatCount(stayingCount, 'multi-architecture index is', 'multi-architecture indexes are')} kept, and ECR also keeps every`
      + ' image that a kept index refers to. The image descriptions do not contain these references, so ECR may keep some of the'
      + ` ${formatNumber(untaggedCount)} untagged images that expire or are archived now.`,
  }];
}

function describeDay(at: number, day: number): string {
  return day === 0 ? 'now' : `${dayWords(day)}, by ${dateOfDay(at, day)}`;
}

function isAffectedNow({ expiryDay, archiveDay }: Fate): boolean {
  return Math.min(expiryDay, archiveDay) === 0;
}
