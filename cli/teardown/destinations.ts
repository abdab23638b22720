import type { Address } from './reason';
import type { Run } from './run';
import { DestinationGuards } from '../../lambda/shared/teardown/destination-guards';
import { listImagesToRemove } from '../../lambda/shared/teardown/empty';
import type { TargetRepository } from '../../lambda/shared/teardown/target-repository';
import type { Refusal } from '../../src/core/teardown/guards';

/** Checks the guards on the copies of images where a registry repeats deletions. Reads the rules of each registry once. */
export class Destinations {
  private readonly registries = new Map<string, DestinationGuards>();

  /** @param requested repositories that the command removes itself, with the same guards */
  constructor(private readonly run: Run, private readonly requested: readonly Address[]) {}

  async check({ repository, region }: Address, target: TargetRepository): Promise<Refusal[]> {
    const { order: { isPublic, action, exceptions }, interruption } = this.run;
    if (isPublic) return [];
    const isChecked = (other: string) => this.requested.some(each => each.repository === repository && each.region === other);
    const removed = action === 'DELETE' ? undefined
      : async () => new Set((await listImagesToRemove(target, exceptions)).map(({ digest }) => digest));
    const refusals = await this.guardsOf(region).check(target.arn, { removed, isChecked });
    interruption.check(); // an interrupted call is no reason to refuse
    return refusals;
  }

  private guardsOf(region: string): DestinationGuards {
    const { order: { guards, inUseBy }, task, clients } = this.run;
    const known = this.registries.get(region) ?? new DestinationGuards(
      { ...task, ecr: clients.ecr(region) }, { ...clients.inUse, ecr: location => clients.ecr(location.region) },
      { ...guards, inUseBy: inUseBy.map(service => ({ service })) },
    );
    this.registries.set(region, known);
    return known;
  }
}
