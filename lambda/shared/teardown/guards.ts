import { checkRepositoryGuards, RemovalConditions } from './repository-guards';
import type { TargetRepository } from './target-repository';
import type { Refusal } from '../../../src/core/teardown/guards';
import type { InUseClients } from '../in-use/clients';
import { findUses } from '../in-use/find-uses';
import type { UseLookup } from '../in-use/reference';
import type { Task } from '../protocol/job';

/** Checks every guard on the live repository immediately before the removal, and returns all refusals. */
export async function checkGuards(
  task: Task, clients: InUseClients, target: TargetRepository, tags: ReadonlyMap<string, string>,
  conditions: RemovalConditions & {
    /** The workloads, if they were read already for several repositories at once. */
    readonly lookup?: UseLookup;
  },
): Promise<Refusal[]> {
  const { guards: { inUseBy }, lookup } = conditions;
  if (inUseBy.length === 0) return checkRepositoryGuards(target, tags, conditions);
  return checkRepositoryGuards(target, tags, conditions, lookup ?? await findUses(task, clients, inUseBy, target.arn));
}
