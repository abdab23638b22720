import { PublicClients } from './clients';
import { NO_EXCEPTIONS } from '../../src/core/images/kept-images';
import { markKey } from '../../src/core/mark';
import { PUBLIC_REGION } from '../../src/core/public-repository/region';
import { PUBLIC_REPOSITORY_HANDLER, PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import type { Job } from '../shared/protocol/job';
import { auditOf } from '../shared/teardown/audit';
import { PublicTarget, PublicTask } from '../shared/teardown/public-target';
import type { Teardown } from '../shared/teardown/teardown';

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

/** Returns the teardown of the repository. Nothing shows which workloads run from a public repository. */
export function teardownOf(job: PublicJob): Teardown {
  const { target, clients, properties: { onStackDelete, guards, audit } } = job;
  return {
    target,
    handler: PUBLIC_REPOSITORY_HANDLER,
    onStackDelete,
    creator: 'handler',
    guards,
    exceptions: NO_EXCEPTIONS,
    audit: auditOf(job, audit, clients),
    manualCommand: `aws ecr-public delete-repository --region ${PUBLIC_REGION} --repository-name ${target.name} --force`,
  };
}
