/** Keys of the objects in the bucket of an image shield. */

/** Number of partitions of a registry in a Region. A partition is the work of one function at a time. */
const PARTITIONS = 16;

/** While this object exists, no run starts and nothing is tagged or released. */
export const STOP_KEY = 'control/stop.json';

/** `{ "at": "<time>" }`: the last run that ended without a failed environment or partition. */
export const LAST_SUCCESS_KEY = 'control/last-success.json';

/** The state objects of all partitions. */
export const STATE_PREFIX = 'state/';

/**
 * Object of no partition, so that a run finds at least one object. UNCERTAIN: whether the map of a state machine fails if its ItemReader
 * lists no object.
 */
export const NO_PARTITION_KEY = `${STATE_PREFIX}none.json`;

/** Returns the partition of a repository: `<registry>/<region>/<hexadecimal digit>`. */
export function partitionOf(registry: string, region: string, repositoryName: string): string {
  return `${registry}/${region}/${(hashOf(repositoryName) % PARTITIONS).toString(16)}`;
}

/** `state/<registry>/<region>/<digit>.json` */
export function stateKey(partition: string): string {
  return `${STATE_PREFIX}${partition}.json`;
}

/** Returns undefined for the key of another object. */
export function partitionOfStateKey(key: string): string | undefined {
  return /^state\/(\d{12}\/[a-z0-9-]+\/[0-9a-f])\.json$/.exec(key)?.[1];
}

/** The images in use that a run found, one file of JSON Lines for each environment. */
export function usesPrefix(run: string, partition: string): string {
  return `runs/${run}/uses/${partition}/`;
}

export function usesKey(run: string, partition: string, environment: string): string {
  return `${usesPrefix(run, partition)}${environment}.jsonl`;
}

/** Written after the search of an environment. If it is missing, the search failed. */
export function environmentKey(run: string, environment: string): string {
  return `runs/${run}/environments/${environment}.json`;
}

/** The names of all environments of a run. */
export function environmentsKey(run: string): string {
  return `runs/${run}/environments.json`;
}

/** One finding for each environment, source, or partition that failed. */
export function failuresPrefix(run: string): string {
  return `runs/${run}/failures/`;
}

export function failureKey(run: string, name: string): string {
  return `${failuresPrefix(run)}${name}.json`;
}

export function resultsPrefix(run: string): string {
  return `runs/${run}/results/`;
}

export function resultKey(run: string, partition: string): string {
  return `${resultsPrefix(run)}${partition}.json`;
}

const HASH_PRIME = 2_147_483_647;

/** Polynomial hash, which spreads names over the partitions. */
function hashOf(text: string): number {
  return [...text].reduce((hash, character) => (hash * 31 + character.charCodeAt(0)) % HASH_PRIME, 7);
}
