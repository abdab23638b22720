import { listImagesToRemove } from './empty';
import { findUses, UseLookup, waitUntilUnused } from './image-use';
import { checkRepositoryGuards, RemovalConditions } from './repository-guards';
import type { TargetRepository } from './target-repository';
import type { HeldImage } from '../../../src/core/images/held-image';
import { hasExceptions } from '../../../src/core/images/kept-images';
import { checkUse, Refusal } from '../../../src/core/teardown/guards';
import type { InUseClients } from '../in-use/clients';
import type { Reference } from '../in-use/reference';
import { referencesIn } from '../in-use/references';
import type { Task } from '../protocol/job';

/** Checks every guard on the live repository immediately before the removal, and returns all refusals. */
export async function checkGuards(
  task: Task, clients: InUseClients, target: TargetRepository, tags: ReadonlyMap<string, string>,
  conditions: RemovalConditions & {
    /** What runs, where it was read already for several repositories at once. */
    readonly lookup?: UseLookup;
  },
): Promise<Refusal[]> {
  const { guards: { inUseBy }, exceptions } = conditions;
  const lookup = inUseBy.length === 0 ? { uses: [] } : conditions.lookup ?? await findUses(task, clients, inUseBy, target.arn);
  const { refusals, images } = await checkRepositoryGuards(target, tags, conditions);
  const references = 'unseen' in lookup ? []
    : referencesIn(lookup.uses, target.arn).filter(reference => !hasExceptions(exceptions) || refersTo(reference, images ?? []));
  return [
    ...refusals,
    ...checkUse(inUseBy, references.map(({ usedBy }) => usedBy), 'unseen' in lookup ? lookup.unseen : undefined),
  ];
}

/**
 * Gives what runs from the images some time to end.
 *
 * @param others more repositories that are removed at the same time
 * @returns whether time has passed, so that everything must be read again
 */
export async function waitForEndOfUse(
  task: Task, clients: InUseClients, target: TargetRepository, others: readonly string[],
  { guards: { inUseBy }, exceptions }: RemovalConditions,
): Promise<boolean> {
  if (inUseBy.length === 0) return false;
  const images = hasExceptions(exceptions) ? await listImagesToRemove(target, exceptions) : undefined;
  return waitUntilUnused(task, clients, inUseBy, [target.arn, ...others], reference => images === undefined || refersTo(reference, images));
}

function refersTo({ digest, tag }: Reference, images: readonly HeldImage[]): boolean {
  return images.some(image => digest === undefined ? image.tags.includes(tag!) : image.digest === digest);
}
