/**
 * What a lifecycle policy would do, pure: an algorithm that follows the evaluation rules of the user guide, written apart from that of
 * `src/core`. Behavior and sources: README.md.
 */
import type { LifecycleRule } from './lifecycle-grammar';
import { Readings } from './readings';

export interface LifecycleImage {
  readonly tags: readonly string[];
  readonly storageClass: 'standard' | 'archive';
  readonly pushedAt: number;
  readonly lastActivatedAt?: number;
  readonly lastArchivedAt?: number;
  readonly lastRecordedPullTime?: number;
  /** Whether an index refers to the image. */
  readonly isOfIndex?: boolean;
}

const DAY = 86_400_000;

/** Returns the acting rule for each affected image. `images` are in push order: of two with the same time, the later one is newer. */
export function simulate<T extends LifecycleImage>(
  images: readonly T[], rules: readonly LifecycleRule[], now: number, readings = new Readings(),
): Map<T, LifecycleRule> {
  const applied = new Map<T, LifecycleRule>();
  const selectedBefore = new Set<T>();
  for (const rule of [...rules].sort((a, b) => a.rulePriority - b.rulePriority)) {
    const selected = images.filter(image => isSelected(image, rule, readings));
    for (const image of matched(selected, rule, { now, readings })) {
      if (!selectedBefore.has(image)) applied.set(image, rule);
    }
    selected.forEach(image => selectedBefore.add(image));
  }
  return applied;
}

function isSelected({ tags, storageClass }: LifecycleImage, { selection }: LifecycleRule, readings: Readings): boolean {
  if (storageClass !== (selection.storageClass ?? 'standard')) return false;
  if (selection.tagStatus === 'any') return true;
  if (selection.tagStatus === 'untagged') return tags.length === 0;
  // "all of the tags in the tagPatternList or tagPrefixList value are matched against any of the image's tags"
  return (selection.tagPrefixList ?? []).every(prefix => tags.some(tag => tag.startsWith(prefix)))
    && (selection.tagPatternList ?? []).every(pattern => tags.some(tag => patternMatches(pattern, tag, readings)));
}

/** Only `*` is special. */
function patternMatches(pattern: string, tag: string, readings: Readings): boolean {
  const literals = pattern.split('*').map(literal => literal.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literals.join('.*')}$`, readings.isOther('tag-patterns-case-sensitive') ? 'si' : 's').test(tag);
}

function matched<T extends LifecycleImage>(
  selected: readonly T[], { selection: { countType, countNumber } }: LifecycleRule,
  { now, readings }: { readonly now: number; readonly readings: Readings },
): T[] {
  if (countType !== 'imageCountMoreThan') {
    const isOfPush = countType === 'sinceImagePushed' && readings.isOther('activated-age');
    const days = (image: T) => (now - (isOfPush ? image.pushedAt : clockOf(image, countType))) / DAY;
    const isInWholeDays = readings.isOther('age-to-the-millisecond');
    return selected.filter(image => (isInWholeDays ? Math.floor(days(image)) : days(image)) > countNumber);
  }
  const newestFirst = selected.map((image, index) => ({ image, index }))
    .sort((a, b) => clockOf(b.image, 'sinceImagePushed') - clockOf(a.image, 'sinceImagePushed') || b.index - a.index);
  const isCounted = ({ isOfIndex }: T) => isOfIndex !== true || !readings.isOther('index-children-counted');
  let newer = 0;
  return newestFirst.flatMap(({ image }) => {
    const isBeyond = newer >= countNumber;
    if (isCounted(image)) newer += 1;
    return isBeyond ? [image] : [];
  });
}

function clockOf({ pushedAt, lastActivatedAt, lastArchivedAt, lastRecordedPullTime }: LifecycleImage,
  countType: Exclude<LifecycleRule['selection']['countType'], 'imageCountMoreThan'>): number {
  const begin = lastActivatedAt ?? pushedAt;
  switch (countType) {
    case 'sinceImageTransitioned': return lastArchivedAt ?? Infinity;
    case 'sinceImagePushed': return begin;
    case 'sinceImagePulled':
      return lastRecordedPullTime === undefined ? begin : Math.max(lastRecordedPullTime, lastActivatedAt ?? -Infinity);
  }
}
