import { LifecycleJob, markOf } from './lifecycle-job';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { LIFECYCLE_POLICY_HANDLER } from '../../src/core/wire/lifecycle-policy';
import { connectTo } from '../shared/aws/ecr-clients';
import type { LifecycleClients } from '../shared/lifecycle/clients';
import { checkGuard } from '../shared/lifecycle/guard';
import { deleteLifecycleText, readLifecycleText, writeLifecycleText } from '../shared/lifecycle/text';
import { UserError } from '../shared/protocol/errors';
import { memoOf } from '../shared/protocol/physical-id';
import { isRollingBack, readStack } from '../shared/protocol/stack';
import { isOutOfReach } from '../shared/repository/located-repository';
import { ownerOf, releaseMark, taggedRepository } from '../shared/repository/mark';
import { readTags, repositoryName } from '../shared/repository/repository';

/** Delete: removes the text only if the mark is that of this resource and the live text is the one that this resource wrote. */
export async function withdraw(stackJob: LifecycleJob, clients: LifecycleClients): Promise<void> {
  const { properties: { repositoryArn }, request } = stackJob;
  const name = repositoryName(repositoryArn);
  if (isOutOfReach(stackJob)) return stackJob.log(`repository '${name}' is in another account or Region and was not changed`);
  const job = await connectTo(stackJob, clients, stackJob.properties, stackJob.request.StackId);
  const tags = await readTags(job, repositoryArn);
  if (!tags) return job.log(`repository '${name}' no longer exists`);
  const owner = ownerOf(job, markOf(job), tags);
  if (owner !== 'own') {
    const why = owner === 'none' ? 'its mark is missing' : 'its mark names another owner';
    return job.log(`the lifecycle policy of repository '${name}' is retained: ${why}`);
  }

  // after a rollback, the text belongs again to its previous owner: the resource with the previous construct id, or somebody else
  const { status } = await readStack(job);
  const isHandedBack = memoOf(request) !== undefined && isRollingBack(status);
  if (isHandedBack) job.log(`the lifecycle policy of repository '${name}' is retained: it existed before this resource`);
  else await removeOrReplace(job, clients, name, isRollingBack(status));
  await releaseMark(job, taggedRepository(job, repositoryArn), LIFECYCLE_POLICY_HANDLER, status);
}

/** Replaces the text with that of `onDelete`, except when the creation is rolled back. */
async function removeOrReplace(job: LifecycleJob, clients: LifecycleClients, name: string, isRolledBack: boolean): Promise<void> {
  const { properties: { repositoryArn, policyText, onDeleteText, guard } } = job;
  const live = await readLifecycleText(job, name);
  if (live === undefined) return job.log(`repository '${name}' no longer has a lifecycle policy`);
  if (!sameLifecycle(live, policyText)) {
    return job.log(`the lifecycle policy of repository '${name}' is retained: it is not the one that this resource wrote`);
  }
  const shouldReplace = onDeleteText !== undefined && !isRolledBack;
  if (shouldReplace && guard) {
    try {
      await checkGuard(job, clients, repositoryArn, onDeleteText, guard, job.properties.role);
    } catch (error) {
      // a failed Delete would block the whole stack; the text that remains is the one that was deployed
      if (!(error instanceof UserError)) throw error;
      return job.log(`the lifecycle policy of repository '${name}' is retained, and 'onDelete' is not applied: ${error.message}`);
    }
  }
  job.log(`repository '${name}': removing this lifecycle policy: ${live}`);
  if (shouldReplace) return writeLifecycleText(job, name, onDeleteText);
  return deleteLifecycleText(job, name);
}
