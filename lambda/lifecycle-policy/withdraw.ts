import type { LifecycleClients } from './clients';
import { deleteText, LifecycleJob, markOf, readText, writeText } from './live-text';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { atLocation } from '../shared/aws/location';
import { askGuard } from '../shared/lifecycle/guard';
import { Explained } from '../shared/protocol/errors';
import { memoOf } from '../shared/protocol/physical-id';
import { isRollingBack, readStack } from '../shared/protocol/stack';
import { isOutOfReach } from '../shared/repository/located-repository';
import { ownerOf, releaseMark } from '../shared/repository/mark';
import { readTags, repositoryName } from '../shared/repository/repository';

/** Delete: takes the text back only while the mark is its own and the live text still the one it put. */
export async function withdraw(asked: LifecycleJob, clients: LifecycleClients): Promise<void> {
  const { properties: { repositoryArn }, request } = asked;
  const name = repositoryName(repositoryArn);
  if (isOutOfReach(asked)) return asked.log(`repository '${name}' is in another account or Region, nothing was done to it`);
  const job = await atLocation(asked, clients, asked.properties, asked.request.StackId);
  const tags = await readTags(job, repositoryArn);
  if (!tags) return job.log(`repository '${name}' is gone already`);
  const owner = ownerOf(job, markOf(job), tags);
  if (owner !== 'own') return job.log(`the lifecycle policy of repository '${name}' is left alone: its mark is ${owner === 'none' ? 'gone' : 'another\'s'}`);

  // rolled back, the text is again its predecessor's whose construct id had changed, or whose it was when it was found
  const { status } = await readStack(job);
  const isHandedBack = memoOf(request) !== undefined && isRollingBack(status);
  if (isHandedBack) job.log(`the lifecycle policy of repository '${name}' is left as it is: it was there before this resource`);
  else await takeBack(job, clients, name, isRollingBack(status));
  await releaseMark(job, markOf(job), status);
}

/** What was declared for the end is not put where there was no beginning. */
async function takeBack(job: LifecycleJob, clients: LifecycleClients, name: string, isRolledBack: boolean): Promise<void> {
  const { properties: { repositoryArn, policyText, onDeleteText, guard } } = job;
  const live = await readText(job);
  if (live === undefined) return job.log(`repository '${name}' has no lifecycle policy any more`);
  if (!sameLifecycle(live, policyText)) return job.log(`the lifecycle policy of repository '${name}' is left alone: somebody changed it`);
  const isPut = onDeleteText !== undefined && !isRolledBack;
  if (isPut && guard) {
    try {
      await askGuard(job, clients, repositoryArn, onDeleteText, guard);
    } catch (error) {
      // a Delete that fails holds up the whole stack; what stays is what was agreed to
      if (!(error instanceof Explained)) throw error;
      return job.log(`the lifecycle policy of repository '${name}' is left as it is, the one for the end is not put: ${error.message}`);
    }
  }
  job.log(`repository '${name}': the lifecycle policy that is taken back was: ${live}`);
  if (isPut) return writeText(job, onDeleteText);
  return deleteText(job);
}
