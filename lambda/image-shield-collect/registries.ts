import type { FoundUse } from '../../src/core/shield/found-use';
import { registryOf } from '../../src/core/shield/keys';

/**
 * Registries and Regions other than that of the shield from which the workloads of one environment may pull. Each of them has a state that
 * every run reads, and anybody may write any account ID into an image.
 */
export const MAX_REGISTRIES = 100;

/** Groups partitions by their registry and Region. */
export function byRegistry(partitions: Iterable<string>): Map<string, string[]> {
  const registries = new Map<string, string[]>();
  for (const partition of partitions) {
    const registry = registryOf(partition);
    registries.set(registry, [...registries.get(registry) ?? [], partition]);
  }
  return registries;
}

/**
 * Removes the uses of the registries that are too many.
 *
 * @param preferred registries whose accounts come first
 * @returns the number of registries by the source that uses them. What was last seen there must not be released
 */
export function dropRegistries(found: Map<string, Map<string, FoundUse>>, preferred: readonly string[]): Map<string, number> {
  const accounts = preferred.map(registry => registry.split('/')[0]);
  const [ownRegistry] = preferred;
  const others = [...byRegistry(found.keys())].filter(([registry]) => registry !== ownRegistry)
    .map(([registry, partitions]) => ({ registry, partitions, isPreferred: accounts.includes(registry.split('/')[0]) }))
    .sort((one, other) => Number(other.isPreferred) - Number(one.isPreferred) || (one.registry < other.registry ? -1 : 1));
  const counts = new Map<string, number>();
  for (const { partitions } of others.slice(MAX_REGISTRIES)) {
    const sources = new Set(partitions.flatMap(partition => [...found.get(partition)!.values()].map(({ source }) => nameIn(source))));
    for (const source of sources) counts.set(source, (counts.get(source) ?? 0) + 1);
    for (const partition of partitions) found.delete(partition);
  }
  return counts;
}

/** Returns the name of a source without its environment. */
function nameIn(source: string): string {
  return source.slice(source.indexOf(' ') + 1);
}
