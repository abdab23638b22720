import type { PrefixTeardownProperties } from '../../src/core/wire/prefix-teardown';
import { messageWithLimit } from '../shared/protocol/denial';
import type { Job } from '../shared/protocol/job';
import type { TeardownClients } from '../shared/teardown/clients';
import { listRepositoriesUnder, PrefixListing } from '../shared/teardown/prefix';

export type PrefixRepository = PrefixListing['matches'][number] & { readonly region: string };

export interface PrefixSearch {
  /** By Region and name. */
  readonly repositories: readonly PrefixRepository[];
  /** The Regions and repositories that could not be inspected, and why. */
  readonly failures: readonly string[];
}

/** Finds the repositories to delete in every Region. The log says which repositories are kept, and why. */
export async function findRepositories(job: Job<PrefixTeardownProperties>, clients: TeardownClients): Promise<PrefixSearch> {
  const { properties: { prefix, guards: { requireTag }, excluded, regions } } = job;
  const filter = { prefix, requireTag, excluded, stackId: job.request.StackId };
  const failures = new Array<string>();
  const repositories = await Promise.all([...regions].sort().map(async region => {
    try {
      const listing = await listRepositoriesUnder(
        { ...job, ecr: clients.ecr({ region }) }, clients.cloudFormation({ region }), filter, ` in ${region}`,
      );
      for (const { repositoryName, because } of listing.exclusions) {
        job.log(`repository '${repositoryName}' in ${region} is kept: ${because}`);
      }
      failures.push(...listing.failures.map(({ repositoryName, because }) => `${repositoryName} in ${region}: ${because}`));
      return listing.matches.map((match): PrefixRepository => ({ ...match, region }));
    } catch (error) {
      if (job.signal.aborted) throw error;
      failures.push(`${region}: ${messageWithLimit(error)}`);
      return [];
    }
  }));
  return { repositories: repositories.flat(), failures };
}
