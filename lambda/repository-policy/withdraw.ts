import { changePolicy, PolicyJob } from './live-policy';
import { sameMeaning } from '../../src/core/policy/normal-form';
import { ownerSuffix, subtract } from '../../src/core/policy/ownership';
import { atLocationOnce, LocationClients } from '../shared/aws/location';
import { isOutOfReach } from '../shared/repository/located-repository';
import { repositoryName } from '../shared/repository/repository';

/** Delete: takes back exactly this stack's statements, whatever the reason of the request; a policy left empty is removed. */
export async function withdraw(asked: PolicyJob, clients: LocationClients): Promise<void> {
  const { properties: { repositoryArn }, request } = asked;
  const name = repositoryName(repositoryArn);
  if (isOutOfReach(asked)) return asked.log(`repository '${name}' is in another account or Region, nothing was done to it`);
  const job = await atLocationOnce(asked, clients, asked.properties);
  const suffix = ownerSuffix(request.StackId, request.LogicalResourceId);
  await changePolicy(job, live => {
    if (live === 'no repository') return 'nothing';
    if (live === 'no policy') return undefined;
    const rest = subtract(live, suffix);
    return sameMeaning(rest, live) ? undefined : rest;
  }, () => false);
  job.log(`repository '${name}' has no statement of this stack`);
}
