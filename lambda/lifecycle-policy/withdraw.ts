import type { LifecycleClients } from './clients';
import { deleteText, LifecycleJob, markOf, readText, writeText } from './live-text';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { LIFECYCLE_POLICY_HANDLER } from '../../src/core/wire/lifecycle-policy';
import { connectTo } from '../shared/aws/ecr-clients';
import { checkGuard } from '../shared/lifecycle/guard';
import { UserError } from '../shared/protocol/errors';
import { memoOf } from '../shared/protocol/physical-id';
import { isRollingBack, readStack } from '../shared/protocol/stack';
import { isOutOfReach } from '../shared/repository/located-repository';
import { ownerOf, releaseMark, taggedRepository } from '../shared/repository/mark';
import { readTags, repositoryName } from '../shared/repository/repository';

/** Delete: removes the text only while the mark is its own and the live text still the one that it wrote. */
export async function withdraw(stackJob: LifecycleJob, clients: LifecycleClients): Promise<void> {
  const { properties: { repositoryArn }, request } = stackJob;
  const name = repositoryName(repositoryArn);
  if (isOutOfReach(stackJob)) return stackJob.log(`repository '${name}' is in another account or Region, nothing was done to it`);
  const job = await connectTo(stackJob, clients, stackJob.properties, stackJob.request.StackId);
  const tags = await readTags(job, repositoryArn);
  if (!tags) return job.log(`repository '${name}' is gone already`);
  const owner = ownerOf(job, markOf(job), tags);
  if (owner !== 'own') {
    return job.log(`the lifecycle policy of repository '${name}' is left alone: its mark is ${owner === 'none' ? 'gone' : 'another\'s'}`);
  }

  // after a rollback, the text belongs again to the predecessor whose construct id had changed, or to whoever had written it before
  const { status } = await readStack(job);
  const isHandedBack = memoOf(request) !== undefined && isRollingBack(status);
  if (isHandedBack) job.log(`the lifecycle policy of repository '${name}' is left as it is: it was there before this resource`);
  else await removeOrReplace(job, clients, name, isRollingBack(status));
  await releaseMark(job, taggedRepository(job, repositoryArn), LIFECYCLE_POLICY_HANDLER, status);
}

/** `onDelete` replaces the text, but not when the creation is rolled back. */
async function removeOrReplace(job: LifecycleJob, clients: LifecycleClients, name: string, isRolledBack: boolean): Promise<void> {
  const { properties: { repositoryArn, policyText, onDeleteText, guard } } = job;
  const live = await readText(job);
  if (live === undefined) return job.log(`repository '${name}' has no lifecycle policy any more`);
  if (!sameLifecycle(live, policyText)) return job.log(`the lifecycle policy of repository '${name}' is left alone: somebody changed it`);
  const shouldReplace = onDeleteText !== undefined && !isRolledBack;
  if (shouldReplace && guard) {
    try {
      await checkGuard(job, clients, repositoryArn, onDeleteText, guard);
    } catch (error) {
      // a Delete that fails blocks the whole stack; the text that stays is the one that was deployed
      if (!(error instanceof UserError)) throw error;
      return job.log(`the lifecycle policy of repository '${name}' is left as it is, 'onDelete' is not applied: ${error.message}`);
    }
  }
  job.log(`repository '${name}': the lifecycle policy that is removed was: ${live}`);
  if (shouldReplace) return writeText(job, onDeleteText);
  return deleteText(job);
}
