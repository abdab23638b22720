import type { PrefixTeardownProperties } from '../../src/core/wire/prefix-teardown';
import type { Job } from '../shared/protocol/job';
import type { TeardownClients } from '../shared/teardown/clients';
import { repositoriesUnder, UnderPrefix } from '../shared/teardown/prefix';

export type Found = UnderPrefix['found'][number] & { readonly region: string };

/** What there is in every Region that can be reached, by Region and name; what stays all the same is said in the log. */
export async function findRepositories(
  job: Job<PrefixTeardownProperties>, clients: TeardownClients,
): Promise<{ readonly found: Found[]; readonly unreachable: string[] }> {
  const { properties: { prefix, guards: { requireTag }, excluded, regions } } = job;
  const unreachable = new Array<string>();
  const found = await Promise.all([...regions].sort().map(async region => {
    try {
      const under = await repositoriesUnder({ ...job, ecr: clients.ecr({ region }) }, { prefix, requireTag, excluded }, ` in ${region}`);
      for (const { repositoryName, because } of under.left) job.log(`repository '${repositoryName}' in ${region} stays: ${because}`);
      return under.found.map((one): Found => ({ ...one, region }));
    } catch (error) {
      if (job.signal.aborted) throw error;
      unreachable.push(`${region}: ${(error as Error).message || (error as Error).name}`);
      return [];
    }
  }));
  return { found: found.flat(), unreachable };
}
