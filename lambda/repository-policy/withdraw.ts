import { changePolicy, PolicyJob } from './live-policy';
import { sameMeaning } from '../../src/core/policy/normal-form';
import { ownerSuffix, subtract } from '../../src/core/policy/ownership';
import { connectOnce, EcrClients } from '../shared/aws/ecr-clients';
import { isOutOfReach } from '../shared/repository/located-repository';
import { repositoryName } from '../shared/repository/repository';

/** Delete: removes exactly this stack's statements, whatever the reason of the request; an empty policy is deleted. */
export async function withdraw(stackJob: PolicyJob, clients: EcrClients): Promise<void> {
  const { properties: { repositoryArn }, request } = stackJob;
  const name = repositoryName(repositoryArn);
  if (isOutOfReach(stackJob)) return stackJob.log(`repository '${name}' is in another account or Region, nothing was done to it`);
  const job = await connectOnce(stackJob, clients, stackJob.properties);
  const suffix = ownerSuffix(request.StackId, request.LogicalResourceId);
  await changePolicy(job, live => {
    if (live === 'no repository') return 'nothing';
    if (live === 'no policy') return undefined;
    const target = subtract(live, suffix);
    return sameMeaning(target, live) ? undefined : target;
  }, () => false);
  job.log(`repository '${name}' has no statement of this stack`);
}
