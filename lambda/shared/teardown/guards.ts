import { doomedImages } from './empty';
import type { TargetRepository } from './target-repository';
import type { HeldImage } from '../../../src/core/images/held-image';
import { Exceptions, hasExceptions } from '../../../src/core/images/kept-images';
import { inUse, missingTag, pulledLately, Refusal, TeardownGuards, tooManyImages } from '../../../src/core/teardown/guards';
import type { InUseClients } from '../in-use/clients';
import type { Reference } from '../in-use/reference';
import { referencesTo, Unseen } from '../in-use/references';
import type { Task } from '../job';

/** For a stack's end, see Question. */
export const PATIENCE_FOR_USE = 5 * 60_000;
const POLL = 15_000;

export interface Question {
  readonly guards: TeardownGuards;
  readonly exceptions: Exceptions;
  /**
   * How long to wait for what runs from the images to go, in milliseconds: the services and functions of a stack are deleted beside its teardown,
   * not before it.
   */
  readonly patienceForUse: number;
}

/** Asks every guard about the live repository, just before the deed, and reports all that refuse at once. */
export async function askGuards(
  task: Task, clients: InUseClients, target: TargetRepository, tags: ReadonlyMap<string, string>, question: Question,
): Promise<Refusal[]> {
  const { guards: { maxImages, requireTag, pulledWithin, inUseBy }, exceptions } = question;
  const isSelective = hasExceptions(exceptions) && (maxImages !== undefined || inUseBy.length > 0);
  const doomed = pulledWithin !== undefined || isSelective ? await doomedImages(target, exceptions) : undefined;
  const { images, isMore } = doomed ? { images: doomed.length, isMore: false }
    : maxImages === undefined ? { images: 0, isMore: false } : await target.count(maxImages);
  return [
    ...missingTag(requireTag, tags),
    ...tooManyImages(maxImages, images, isMore),
    ...pulledLately(pulledWithin, doomed ?? [], Date.now()),
    ...await stillInUse(task, clients, target, question, reference => !hasExceptions(exceptions) || refersTo(reference, doomed ?? [])),
  ];
}

async function stillInUse(
  task: Task, clients: InUseClients, target: TargetRepository, { guards: { inUseBy }, patienceForUse }: Question,
  concerns: (reference: Reference) => boolean,
): Promise<Refusal[]> {
  if (inUseBy.length === 0) return [];
  const end = task.clock.now() + patienceForUse;
  try {
    for (;;) {
      const uses = (await referencesTo(task, clients, target.arn, inUseBy)).filter(concerns);
      if (uses.length === 0 || task.clock.now() >= end) return inUse(uses.map(({ usedBy }) => usedBy));
      task.progress(`waiting for ${uses[0].usedBy} to go, which runs from ${target.subject}`);
      await task.clock.sleep(POLL);
    }
  } catch (error) {
    if (!(error instanceof Unseen)) throw error;
    return inUse([], `${error.because} (${(error.cause as Error).message}; ${error.wayOut})`);
  }
}

function refersTo({ digest, tag }: Reference, images: readonly HeldImage[]): boolean {
  return images.some(image => digest === undefined ? image.tags.includes(tag!) : image.digest === digest);
}
