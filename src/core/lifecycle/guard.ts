import { pluralize, formatDuration } from '../format';
import { Guards, isPulledWithin, isPushedWithin, needsImageDetails } from '../images/guards';
import { tagMatcher } from '../images/tag-pattern';

/**
 * Conditions under which a lifecycle policy must not be attached. `maxImages` and `maxPercentage` count the images that the policy would
 * expire.
 */
export interface Guard extends Omit<Guards, 'requireTag'> {
  readonly mode: 'refuse' | 'warn';
}

/** Image on which the policy would act, according to ECR's preview. Times are milliseconds since the epoch. */
export interface AffectedImage {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushedAt: number;
  readonly action: 'EXPIRE' | 'TRANSITION';
  readonly rulePriority: number;
  readonly lastRecordedPullTime?: number;
  /** Description of the workload that runs from the image. */
  readonly usedBy?: string;
}

export interface Effect {
  readonly expiring: number;
  /** Number of all images of the repository, if a guard needs it. */
  readonly total?: number;
  /** All images on which the policy would act if a guard needs them, otherwise only the first images. */
  readonly affected: readonly AffectedImage[];
}

/** Whether the guard needs individual images, and not only their number. */
export function asksAboutImages(guard: Guard): boolean {
  return needsImageDetails(guard) || guard.inUseBy.length > 0;
}

const SHOWN = 3;

/**
 * Returns all objections of the guard to the effect. Limits on numbers count images that expire. Conditions on individual images also apply
 * to images that are archived, because these cannot be pulled.
 */
export function guardFindings(guard: Guard, { expiring, total, affected }: Effect, at: number): string[] {
  const { maxImages, maxPercentage, pushedWithin, pulledWithin } = guard;
  const isProtected = tagMatcher(guard.protectedTags);
  const percentage = total === undefined || total === 0 ? 0 : expiring / total * 100;
  const expires = affected.filter(image => image.action === 'EXPIRE');
  const those = (images: readonly AffectedImage[], what: (image: AffectedImage) => string = () => '') => images.length === 0 ? [] : [
    `${pluralize(images.length, 'image')}${examples(images, images.length, what)}`,
  ];
  return [
    ...maxImages !== undefined && expiring > maxImages
      ? [`it would expire ${pluralize(expiring, 'image')}, more than its maxImages of ${maxImages}${examples(expires, expiring)}`] : [],
    ...maxPercentage !== undefined && percentage > maxPercentage
      ? [`it would expire ${expiring} of ${total} images, which is ${rounded(percentage)}% and more than its maxPercentage of`
        + ` ${maxPercentage}${examples(expires, expiring)}`] : [],
    ...those(affected.filter(({ tags }) => tags.some(isProtected)).map(image => ({ ...image, tags: image.tags.filter(isProtected) })))
      .map(text => `it would act on images with protected tags: ${text}`),
    ...pushedWithin === undefined ? [] : those(affected.filter(image => isPushedWithin(pushedWithin, image, at)))
      .map(text => `it would act on images pushed within ${formatDuration(pushedWithin)}: ${text}`),
    ...pulledWithin === undefined ? [] : those(affected.filter(image => isPulledWithin(pulledWithin, image, at)))
      .map(text => `it would act on images pulled within ${formatDuration(pulledWithin)}: ${text}`),
    ...those(affected.filter(({ usedBy }) => usedBy !== undefined), image => ` in use by ${image.usedBy}`)
      .map(text => `it would act on images in use: ${text}`),
  ];
}

function examples(images: readonly AffectedImage[], all: number, what: (image: AffectedImage) => string = () => ''): string {
  if (images.length === 0) return '';
  const shown = images.slice(0, SHOWN).map(image =>
    `${image.tags[0] ?? image.digest.slice(0, 19)}${what(image)} by rule`
      + ` ${image.rulePriority}${image.action === 'TRANSITION' ? ' (archived)' : ''}`);
  return ` (${shown.join(', ')}${all > shown.length ? ` and ${all - shown.length} more` : ''})`;
}

function rounded(percentage: number): number {
  return Math.round(percentage * 10) / 10;
}
