import { changePolicy, PolicyJob } from './live-policy';
import { sameMeaning } from '../../src/core/policy/normal-form';
import { ownerSuffix, subtract } from '../../src/core/policy/ownership';
import { connectOnce, EcrClients } from '../shared/aws/ecr-clients';
import { isOutOfReach } from '../shared/repository/located-repository';
import { repositoryName } from '../shared/repository/repository';

/** Delete: removes the statements of this stack and no others, whatever the reason of the request. Deletes an empty policy. */
export async function withdraw(stackJob: PolicyJob, clients: EcrClients): Promise<void> {
  const { properties: { repositoryArn }, request } = stackJob;
  const name = repositoryName(repositoryArn);
  if (isOutOfReach(stackJob)) return stackJob.log(`repository '${name}' is in another account or Region and was not changed`);
  const job = await connectOnce(stackJob, clients, stackJob.properties);
  const suffix = ownerSuffix(request.StackId, request.LogicalResourceId);
  await changePolicy(job, live => {
    if (live === 'no repository') return 'nothing';
    if (live === 'no policy') return undefined;
    const target = subtract(live, suffix);
    return sameMeaning(target, live) ? undefined : target;
  }, () => false);
  job.log(`repository '${name}' has no statements of this stack`);
}
