import { deletePolicy, PolicyJob, readPolicy, writePolicy } from './live-policy';
import { sameMeaning } from '../../src/core/policy/normal-form';
import { ownerSuffix, subtract } from '../../src/core/policy/ownership';
import { Explained } from '../shared/errors';
import { repositoryName } from '../shared/repository';

const ROUNDS = 5;

/** Delete: takes back exactly this resource's statements, whatever the reason of the request; a policy left empty is removed. */
export async function withdraw(job: PolicyJob): Promise<void> {
  const { properties: { repositoryArn }, request } = job;
  const name = repositoryName(repositoryArn);
  const suffix = ownerSuffix(request.StackId, request.LogicalResourceId);
  for (let round = 1; round <= ROUNDS; round++) {
    const live = await readPolicy(job);
    if (typeof live === 'string') return job.log(`repository '${name}': there is ${live} to take anything from`);
    const rest = subtract(live, suffix);
    if (sameMeaning(rest, live)) return job.log(`repository '${name}' has no statement of this resource`);
    if (round === ROUNDS) break;
    if (rest.Statement.length === 0) await deletePolicy(job);
    else await writePolicy(job, rest, () => false);
  }
  throw new Explained(`Repository '${name}': somebody else kept writing its policy during ${ROUNDS} attempts — try again when they are done`);
}
