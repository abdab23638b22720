import { listImagesToRemove } from './empty';
import type { TargetRepository } from './target-repository';
import { needsImageDetails } from '../../../src/core/images/guards';
import type { HeldImage } from '../../../src/core/images/held-image';
import { Exceptions, hasExceptions } from '../../../src/core/images/kept-images';
import {
  checkImageCount, checkProtectedTags, checkPullTimes, checkPushTimes, checkRequiredTag, Refusal, TeardownGuards,
} from '../../../src/core/teardown/guards';

export interface RemovalConditions {
  readonly guards: TeardownGuards;
  readonly exceptions: Exceptions;
}

/** What the guards refuse that need nothing but the repository. */
export interface RepositoryCheck {
  readonly refusals: Refusal[];
  /** The images that would be removed, where a guard needed them. */
  readonly images?: readonly HeldImage[];
}

/** Checks all guards but `inUseBy` on the live repository. */
export async function checkRepositoryGuards(
  target: TargetRepository, tags: ReadonlyMap<string, string>, { guards, exceptions }: RemovalConditions,
): Promise<RepositoryCheck> {
  const { maxImages, protectedTags, pushedWithin, pulledWithin, inUseBy, requireTag } = guards;
  const isSelective = hasExceptions(exceptions);
  const images = needsImageDetails(guards) || (isSelective && (maxImages !== undefined || inUseBy.length > 0))
    ? await listImagesToRemove(target, exceptions) : undefined;
  const count = images ? { images: images.length, isMore: false }
    : maxImages === undefined ? { images: 0, isMore: false } : await target.count(maxImages);
  const now = Date.now();
  return {
    images,
    refusals: [
      ...checkRequiredTag(requireTag, tags),
      ...checkImageCount(maxImages, count.images, { isMore: count.isMore, isSelective }),
      ...checkProtectedTags(protectedTags, images ?? []),
      ...checkPushTimes(pushedWithin, images ?? [], now),
      ...checkPullTimes(pulledWithin, images ?? [], now),
    ],
  };
}
