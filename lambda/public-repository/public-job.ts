import { PublicClients } from './clients';
import { markKey } from '../../src/core/mark';
import { PUBLIC_REGION } from '../../src/core/public-repository/region';
import { PUBLIC_REPOSITORY_HANDLER, PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import type { Job } from '../shared/protocol/job';
import { PublicTarget, PublicTask } from '../shared/teardown/public-target';

/** One request, with the clients for it. */
export interface PublicJob extends Job<PublicRepositoryProperties>, PublicTask {
  readonly clients: PublicClients;
  readonly target: PublicTarget;
}

export const MARK = markKey(PUBLIC_REPOSITORY_HANDLER);

export function publicJob(job: Job<PublicRepositoryProperties>, clients: PublicClients): PublicJob {
  const ecrPublic = clients.ecrPublic();
  return { ...job, clients, ecrPublic, target: new PublicTarget({ ...job, ecrPublic }, job.properties.repositoryArn) };
}

/** The command that removes the repository by hand. */
export function deletionCommand({ target: { name } }: PublicJob): string {
  return `aws ecr-public delete-repository --region ${PUBLIC_REGION} --repository-name ${name} --force`;
}
