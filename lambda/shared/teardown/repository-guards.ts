import { listImagesToRemove } from './empty';
import type { TargetRepository } from './target-repository';
import { needsImageDetails } from '../../../src/core/images/guards';
import type { HeldImage } from '../../../src/core/images/held-image';
import { Exceptions, hasExceptions } from '../../../src/core/images/kept-images';
import {
  checkImageCount, checkProtectedTags, checkPullTimes, checkPushTimes, checkRequiredTag, checkUse, Refusal, TeardownGuards,
} from '../../../src/core/teardown/guards';
import { Reference, referencesIn, UseLookup } from '../in-use/reference';

export interface RemovalConditions {
  readonly guards: TeardownGuards;
  readonly exceptions: Exceptions;
}

/**
 * Checks the guards on the live repository.
 *
 * @param lookup the workloads; undefined if no guard needs them
 */
export async function checkRepositoryGuards(
  target: TargetRepository, tags: ReadonlyMap<string, string>, { guards, exceptions }: RemovalConditions, lookup?: UseLookup,
): Promise<Refusal[]> {
  const { maxImages, protectedTags, pushedWithin, pulledWithin, inUseBy, requireTag } = guards;
  const isSelective = hasExceptions(exceptions);
  const images = needsImageDetails(guards) || (isSelective && (maxImages !== undefined || inUseBy.length > 0))
    ? await listImagesToRemove(target, exceptions) : undefined;
  const count = images ? { images: images.length, isMore: false }
    : maxImages === undefined ? { images: 0, isMore: false } : await target.count(maxImages);
  const now = Date.now();
  const references = !lookup || 'unseen' in lookup ? []
    : referencesIn(lookup.uses, target.arn).filter(reference => !isSelective || refersTo(reference, images ?? []));
  return [
    ...checkRequiredTag(requireTag, tags),
    ...checkImageCount(maxImages, count.images, { isMore: count.isMore, isSelective }),
    ...checkProtectedTags(protectedTags, images ?? []),
    ...checkPushTimes(pushedWithin, images ?? [], now),
    ...checkPullTimes(pulledWithin, images ?? [], now),
    ...checkUse(inUseBy, references.map(({ usedBy }) => usedBy), lookup && 'unseen' in lookup ? lookup.unseen : undefined),
  ];
}

export function refersTo({ digest, tag }: Reference, images: readonly HeldImage[]): boolean {
  return images.some(image => digest === undefined ? image.tags.includes(tag!) : image.digest === digest);
}
