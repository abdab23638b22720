import { converge, PolicyJob } from './live-policy';
import { sameMeaning } from '../../src/core/policy/normal-form';
import { ownerSuffix, subtract } from '../../src/core/policy/ownership';
import { repositoryName } from '../shared/repository';
import { isElsewhere } from '../shared/target';

/** Delete: takes back exactly this resource's statements, whatever the reason of the request; a policy left empty is removed. */
export async function withdraw(job: PolicyJob): Promise<void> {
  const { properties: { repositoryArn }, request } = job;
  const name = repositoryName(repositoryArn);
  if (isElsewhere(job)) return job.log(`repository '${name}' is in another account or Region, nothing was done to it`);
  const suffix = ownerSuffix(request.StackId, request.LogicalResourceId);
  await converge(job, live => {
    if (typeof live === 'string') return undefined;
    const rest = subtract(live, suffix);
    return sameMeaning(rest, live) ? undefined : rest;
  }, () => false);
  job.log(`repository '${name}' has no statement of this resource`);
}
