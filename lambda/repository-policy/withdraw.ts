import { repositoryTarget } from './target';
import { ownerSuffix } from '../../src/core/policy/ownership';
import { RepositoryPolicyProperties } from '../../src/core/wire/repository-policy';
import { connectOnce, EcrClients } from '../shared/aws/ecr-clients';
import { removeStatements } from '../shared/policy/statements';
import type { Job } from '../shared/protocol/job';
import { isOutOfReach } from '../shared/repository/located-repository';
import { repositoryName } from '../shared/repository/repository';

/** Delete: removes the statements of this stack and no others, whatever the reason of the request. */
export async function withdraw(job: Job<RepositoryPolicyProperties>, clients: EcrClients): Promise<void> {
  const { properties: { repositoryArn, force }, request } = job;
  const name = repositoryName(repositoryArn);
  if (isOutOfReach(job)) return job.log(`repository '${name}' is in another account or Region and was not changed`);
  const suffix = ownerSuffix(request.StackId, request.LogicalResourceId);
  await removeStatements(await connectOnce(job, clients, job.properties), repositoryTarget(name, force), suffix);
}
