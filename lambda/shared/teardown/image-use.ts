import { listImagesToRemove } from './empty';
import { refersTo, RemovalConditions } from './repository-guards';
import type { TargetRepository } from './target-repository';
import type { ImageUser } from '../../../src/core/images/image-user';
import { hasExceptions } from '../../../src/core/images/kept-images';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import type { InUseClients } from '../in-use/clients';
import { findUses } from '../in-use/find-uses';
import { Reference, referencesIn, UseLookup } from '../in-use/reference';
import type { Task } from '../protocol/job';

/** CloudFormation deletes the services and functions of a stack in parallel with its teardown, which takes minutes. */
const PATIENCE = 8 * 60_000;
const PAUSE = 15_000;

/**
 * Waits for the workloads that run from the repositories to end, for a limited time.
 *
 * @returns whether it waited, so that everything must be read again
 */
export async function waitUntilUnused(
  task: Task, clients: InUseClients, users: readonly ImageUser[], repositoryArns: readonly string[],
  isRelevant: (reference: Reference) => boolean,
): Promise<boolean> {
  if (users.length === 0 || repositoryArns.length === 0) return false;
  const end = task.clock.now() + PATIENCE;
  for (let hasWaited = false; ; hasWaited = true) {
    const references = new Array<Reference>();
    for (const [first, ...others] of groupByRegion(repositoryArns)) {
      const lookup = await findUses(task, clients, users, first);
      if ('uses' in lookup) references.push(...[first, ...others].flatMap(arn => referencesIn(lookup.uses, arn)).filter(isRelevant));
    }
    const [reference] = references;
    if (!reference || task.clock.now() >= end) return hasWaited;
    task.progress(`waiting for ${reference.usedBy} to end, because it runs an image of the repository`);
    await task.clock.sleep(PAUSE);
  }
}

/** The workloads that run the images of one repository. */
export class ImageUses {
  /** @param replicaArns repositories that are deleted with it */
  constructor(
    private readonly task: Task, private readonly clients: InUseClients, private readonly target: TargetRepository,
    private readonly conditions: RemovalConditions, private readonly replicaArns: readonly string[] = [],
  ) {}

  find(): Promise<UseLookup> {
    return findUses(this.task, this.clients, this.conditions.guards.inUseBy, this.target.arn);
  }

  /**
   * Waits for the workloads that run from the images to end, for a limited time.
   *
   * @returns whether it waited, so that everything must be read again
   */
  async waitForEnd(): Promise<boolean> {
    const { guards: { inUseBy }, exceptions } = this.conditions;
    const images = hasExceptions(exceptions) ? await listImagesToRemove(this.target, exceptions) : undefined;
    return waitUntilUnused(this.task, this.clients, inUseBy, [this.target.arn, ...this.replicaArns], reference =>
      images === undefined || refersTo(reference, images));
  }
}

function groupByRegion(repositoryArns: readonly string[]): string[][] {
  const regionOf = (arn: string) => parseRepositoryArn(arn)?.region;
  return [...new Set(repositoryArns.map(regionOf))].map(region => repositoryArns.filter(arn => regionOf(arn) === region));
}
