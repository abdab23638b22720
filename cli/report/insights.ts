import { Fate, NEVER } from './future';
import { isPulledLately, LATELY } from './images/selection';
import { counted, dateOfDay, dayWords, number } from './words';
import type { DescribedImage } from '../../src/core/images/described-images';
import { INDEX_MEDIA_TYPES } from '../../src/core/images/media-types';

export interface Insight {
  readonly text: string;
  /** What can be seen of it below. */
  readonly shows?: 'pulled lately' | 'warnings';
}


/** What somebody who is about to put this policy would want to be told first. */
export function insights(images: readonly DescribedImage[], fates: readonly Fate[], at: number, warnings: number): Insight[] {
  return [
    ...newestGoes(images, fates, at),
    ...becomesEmpty(fates, at),
    ...usedLately(images, fates, at),
    ...held(images, fates),
    ...warnings === 0 ? [] : [{ text: `${counted(warnings, 'warning')} about the policy itself.`, shows: 'warnings' as const }],
  ];
}

function newestGoes(images: readonly DescribedImage[], fates: readonly Fate[], at: number): Insight[] {
  if (images.length === 0) return [];
  const newest = images.reduce((best, image, index) => image.pushedAt >= images[best].pushedAt ? index : best, 0);
  const { goneOn, archivedOn } = fates[newest];
  const on = Math.min(goneOn, archivedOn);
  if (on === NEVER) return [];
  return [{ text: `The newest image ${archivedOn < goneOn ? 'is archived' : 'expires'} ${when(at, on)}.` }];
}

function becomesEmpty(fates: readonly Fate[], at: number): Insight[] {
  const on = fates.reduce((last, { goneOn }) => Math.max(last, goneOn), 0);
  return on === NEVER || fates.length === 0 ? [] : [{ text: `With no new pushes, no image is left ${when(at, on)}.` }];
}

function usedLately(images: readonly DescribedImage[], fates: readonly Fate[], at: number): Insight[] {
  const used = images.filter((image, index) => Math.min(fates[index].goneOn, fates[index].archivedOn) === 0 && isPulledLately(image, at)).length;
  return used === 0 ? [] : [{ text: `${counted(used, 'image')} that ${used === 1 ? 'goes' : 'go'} now ${used === 1 ? 'was' : 'were'} pulled in the last ${LATELY} days.`, shows: 'pulled lately' }];
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules */
function held(images: readonly DescribedImage[], fates: readonly Fate[]): Insight[] {
  const blocked = fates.filter(({ now }) => now.blockedBy.length > 0).length;
  if (blocked > 0) return [{ text: `${counted(blocked, 'image')} would go now, but an index that stays refers to ${blocked === 1 ? 'it' : 'them'}.` }];
  const staying = images.filter(({ mediaType = '', manifests }, index) => manifests === undefined && INDEX_MEDIA_TYPES.includes(mediaType) && fates[index].goneOn > 0 && fates[index].archivedOn > 0).length;
  const untagged = images.filter(({ tags }, index) => tags.length === 0 && Math.min(fates[index].goneOn, fates[index].archivedOn) === 0).length;
  return staying === 0 || untagged === 0 ? [] : [{
    text: `${counted(staying, 'multi-architecture index', 'multi-architecture indexes')} ${staying === 1 ? 'stays' : 'stay'}, and ECR keeps what such an index refers to. Which images that is,`
      + ` the description of the images does not say: some of the ${number(untagged)} untagged that go now here may stay.`,
  }];
}

function when(at: number, day: number): string {
  return day === 0 ? 'now' : `${dayWords(day)}, by ${dateOfDay(at, day)}`;
}
