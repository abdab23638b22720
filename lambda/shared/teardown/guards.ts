import { imagesToRemove } from './empty';
import { FoundUses, findUses, waitUntilUnused } from './image-use';
import type { TargetRepository } from './target-repository';
import type { HeldImage } from '../../../src/core/images/held-image';
import { Exceptions, hasExceptions } from '../../../src/core/images/kept-images';
import { inUse, missingTag, pulledLately, Refusal, TeardownGuards, tooManyImages } from '../../../src/core/teardown/guards';
import type { InUseClients } from '../in-use/clients';
import type { Reference } from '../in-use/reference';
import { referencesIn } from '../in-use/references';
import type { Task } from '../protocol/job';

export interface Question {
  readonly guards: TeardownGuards;
  readonly exceptions: Exceptions;
  /** What runs, where that was read already, for several repositories at once. */
  readonly seen?: FoundUses;
}

/** Asks every guard about the live repository, just before the deed, and reports all that refuse at once. */
export async function askGuards(
  task: Task, clients: InUseClients, target: TargetRepository, tags: ReadonlyMap<string, string>, question: Question,
): Promise<Refusal[]> {
  const { guards: { maxImages, requireTag, pulledWithin, inUseBy }, exceptions } = question;
  const seen = inUseBy.length === 0 ? { uses: [] } : question.seen ?? await findUses(task, clients, inUseBy, target.arn);
  const isSelective = hasExceptions(exceptions);
  const doomed = pulledWithin !== undefined || (isSelective && (maxImages !== undefined || inUseBy.length > 0))
    ? await imagesToRemove(target, exceptions) : undefined;
  const { images, isMore } = doomed ? { images: doomed.length, isMore: false }
    : maxImages === undefined ? { images: 0, isMore: false } : await target.count(maxImages);
  const uses = 'unseen' in seen ? [] : referencesIn(seen.uses, target.arn).filter(reference => !isSelective || refersTo(reference, doomed ?? []));
  return [
    ...missingTag(requireTag, tags),
    ...tooManyImages(maxImages, images, { isMore, isSelective }),
    ...pulledLately(pulledWithin, doomed ?? [], Date.now()),
    ...inUse(inUseBy, uses.map(({ usedBy }) => usedBy), 'unseen' in seen ? seen.unseen : undefined),
  ];
}

/**
 * Gives what runs from the images some time to go.
 *
 * @param others more repositories that are to go at the same time
 * @returns whether time has passed, so that everything else must be looked at anew
 */
export async function waitForUse(
  task: Task, clients: InUseClients, target: TargetRepository, others: readonly string[], { guards: { inUseBy }, exceptions }: Question,
): Promise<boolean> {
  if (inUseBy.length === 0) return false;
  const doomed = hasExceptions(exceptions) ? await imagesToRemove(target, exceptions) : undefined;
  return waitUntilUnused(task, clients, inUseBy, [target.arn, ...others], reference => doomed === undefined || refersTo(reference, doomed));
}

function refersTo({ digest, tag }: Reference, images: readonly HeldImage[]): boolean {
  return images.some(image => digest === undefined ? image.tags.includes(tag!) : image.digest === digest);
}
