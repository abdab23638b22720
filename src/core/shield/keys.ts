/** Keys of the objects in the bucket of an image shield. */

/** Number of partitions of a registry in a Region. A partition is the work of one function at a time. */
const PARTITIONS = 16;

/** While this object exists, no run starts and nothing is tagged or released. */
export const STOP_KEY = 'control/stop.json';

/** `{ "at": "<time>" }`: the last run that ended without a failed environment or partition. */
export const LAST_SUCCESS_KEY = 'control/last-success.json';

/** The state objects of all partitions. */
export const STATE_PREFIX = 'state/';

/** Returns the partition of a repository: `<registry>/<region>/<hexadecimal digit>`. */
export function partitionOf(registry: string, region: string, repositoryName: string): string {
  return `${registry}/${region}/${(hashOf(repositoryName) % PARTITIONS).toString(16)}`;
}

/** Returns all partitions of a registry in a Region. */
export function partitionsOf(registry: string, region: string): string[] {
  return Array.from({ length: PARTITIONS }, (_, digit) => `${registry}/${region}/${digit.toString(16)}`);
}

/** Returns the registry and Region of a partition: `<registry>/<region>`. */
export function registryOf(partition: string): string {
  return partition.slice(0, partition.lastIndexOf('/'));
}

/** `state/<registry>/<region>/<digit>.json` */
export function stateKey(partition: string): string {
  return `${STATE_PREFIX}${partition}.json`;
}

/** The state objects of a registry in a Region. */
export function statesPrefix(registry: string, region: string): string {
  return `${STATE_PREFIX}${registry}/${region}/`;
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

/** The results of all searches. */
export function environmentResultsPrefix(run: string): string {
  return `runs/${run}/environments/`;
}

/** Written after the search of an environment. If it is missing, the search failed. */
export function environmentKey(run: string, environment: string): string {
  return `${environmentResultsPrefix(run)}${environment}.json`;
}

/** All environments of a run. */
export function environmentsKey(run: string): string {
  return `runs/${run}/environments.json`;
}

/** One finding for each environment, source, or partition that failed. */
export function failuresPrefix(run: string): string {
  return `runs/${run}/failures/`;
}

/** Everything that could not be searched. */
export function searchFailuresPrefix(run: string): string {
  return `${failuresPrefix(run)}searches/`;
}

/** @param source number of the source. @default - the whole environment failed */
export function searchFailureKey(run: string, environment: string, source?: number): string {
  return `${searchFailuresPrefix(run)}${environment}${source === undefined ? '' : `/${source}`}.json`;
}

/** Written if the accounts of the organization could not be listed. */
export function listingFailureKey(run: string): string {
  return `${searchFailuresPrefix(run)}organization.json`;
}

/** Written if an environment is no longer in the organization, but an image was last seen there. */
export function goneKey(run: string, environment: string): string {
  return `${failuresPrefix(run)}gone/${environment}.json`;
}

export function partitionFailureKey(run: string, partition: string): string {
  return `${failuresPrefix(run)}partitions/${partition}.json`;
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
