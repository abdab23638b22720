import type { ShieldObjects } from './objects';
import { stateKey, statesPrefix } from '../../../src/core/shield/keys';
import { NEW_STATE } from '../../../src/core/shield/state';

/** Creates the states of partitions that have none. All partitions are of one registry and Region. */
export async function createStates(objects: ShieldObjects, partitions: readonly string[]): Promise<void> {
  const [registry, region] = partitions[0].split('/');
  const existing = new Set(await objects.allKeys(statesPrefix(registry, region)));
  for (const key of partitions.map(stateKey)) if (!existing.has(key)) await objects.writeIf(key, JSON.stringify(NEW_STATE), undefined);
}
