import type { TeardownJob } from './teardown-job';
import { parseRepositoryArn } from '../../src/core/repository-arn';
import { Explained } from '../shared/errors';
import { placeOf } from '../shared/in-use/references';
import type { TeardownClients } from '../shared/teardown/clients';

/** The same job with a client of the repository's Region and account. */
export async function inPlace(job: TeardownJob, clients: TeardownClients): Promise<TeardownJob> {
  const { properties: { repositoryArn, role }, request } = job;
  const [, , , ownRegion] = request.StackId.split(':');
  const { region, repositoryName } = parseRepositoryArn(repositoryArn)!;
  if (region === ownRegion && !role) return job;
  try {
    return { ...job, ecr: clients.ecr(await placeOf(job, clients, { region, role })) };
  } catch (error) {
    throw new Explained(`Repository '${repositoryName}': the role ${role?.roleArn} cannot be assumed — let it trust this function's role, with the same external id`
      + ` (RepositoryAccessRole), then try again: ${(error as Error).message}`, { cause: error });
  }
}
