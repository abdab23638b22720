import type { InUseClients } from './clients';
import type { Use, UseLookup } from './reference';
import { listUses, SearchError, searchUses } from './references';
import type { ImageUser } from '../../../src/core/images/image-user';
import { parseRepositoryArn } from '../../../src/core/repository-arn';
import { isNamed } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** Searches the repository's Region by name, so that the refusal says which Region cannot be read. */
export async function findUses(task: Task, clients: InUseClients, users: readonly ImageUser[], repositoryArn: string): Promise<UseLookup> {
  try {
    const { region } = parseRepositoryArn(repositoryArn) ?? {};
    const located = users.map(user => user.service === 'listed' ? user : { ...user, region: user.region ?? region });
    return { uses: await listUses(task, clients, located, repositoryArn) };
  } catch (error) {
    if (!(error instanceof SearchError)) throw error;
    return unseenBecause(error);
  }
}

/** Returns a search for copies of any number of repositories, which searches each Region once. */
export function searchCopiesOnce(
  task: Task, clients: InUseClients, users: readonly ImageUser[],
): (copyArn: string) => Promise<UseLookup> {
  const lookups = new Map<string, Promise<UseLookup>>();
  return copyArn => {
    const { region } = parseRepositoryArn(copyArn)!;
    const lookup = lookups.get(region) ?? findUsesOfCopy(task, clients, users, copyArn);
    lookups.set(region, lookup);
    return lookup;
  };
}

/**
 * Searches a Region to which the repository is replicated. A cluster that does not exist there runs nothing there. If it exists nowhere,
 * the search in the repository's own Region fails.
 */
async function findUsesOfCopy(task: Task, clients: InUseClients, users: readonly ImageUser[], copyArn: string): Promise<UseLookup> {
  const region = parseRepositoryArn(copyArn)!.region;
  const uses = new Array<Use>();
  for (const user of users.flatMap(each => usersIn(region, each))) {
    try {
      uses.push(...await searchUses(task, clients, user, region));
    } catch (error) {
      if (!(error instanceof SearchError)) throw error;
      if (!isNamed(error.cause, 'ClusterNotFoundException')) return unseenBecause(error);
    }
  }
  return { uses };
}

/** Returns a user for each cluster, without the clusters of other Regions. A user with a Region searches only that one. */
function usersIn(region: string, user: ImageUser): ImageUser[] {
  if (user.service === 'listed' || user.region !== undefined) return [user];
  if (user.clusters === undefined) return [{ ...user, region }];
  return user.clusters.filter(cluster => !cluster.startsWith('arn:') || cluster.split(':')[3] === region)
    .map(cluster => ({ ...user, region, clusters: [cluster] }));
}

function unseenBecause({ message, cause, advice }: SearchError): UseLookup {
  return { unseen: `${message} (${(cause as Error).message}; ${advice})` };
}
