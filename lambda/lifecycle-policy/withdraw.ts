import { deleteText, LifecycleJob, markOf, readText, writeText } from './live-text';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { ownerOf, releaseMark } from '../shared/mark';
import { memoOf } from '../shared/physical-id';
import { readTags, repositoryName } from '../shared/repository';
import { isRollingBack, readStack } from '../shared/stack';
import { isElsewhere } from '../shared/target';

/** Delete: takes the text back only while the mark is its own and the live text still the one it put. */
export async function withdraw(job: LifecycleJob): Promise<void> {
  const { properties: { repositoryArn }, request } = job;
  const name = repositoryName(repositoryArn);
  if (isElsewhere(job)) return job.log(`repository '${name}' is in another account or Region, nothing was done to it`);
  const tags = await readTags(job, repositoryArn);
  if (!tags) return job.log(`repository '${name}' is gone already`);
  const owner = ownerOf(job, markOf(job), tags);
  if (owner !== 'own') return job.log(`the lifecycle policy of repository '${name}' is left alone: its mark is ${owner === 'none' ? 'gone' : 'another\'s'}`);

  // rolled back, the text is again its predecessor's whose construct id had changed, or whose it was when it was found
  const { status } = await readStack(job);
  const isHandedBack = memoOf(request) !== undefined && isRollingBack(status);
  if (isHandedBack) job.log(`the lifecycle policy of repository '${name}' is left as it is: it was there before this resource`);
  else await takeBack(job, name, isRollingBack(status));
  await releaseMark(job, markOf(job), status);
}

/** What was declared for the end is not put where there was no beginning. */
async function takeBack(job: LifecycleJob, name: string, isRolledBack: boolean): Promise<void> {
  const { properties: { policyText, onDeleteText } } = job;
  const live = await readText(job);
  if (live === undefined) return job.log(`repository '${name}' has no lifecycle policy any more`);
  if (!sameLifecycle(live, policyText)) return job.log(`the lifecycle policy of repository '${name}' is left alone: somebody changed it`);
  job.log(`repository '${name}': the lifecycle policy that is taken back was: ${live}`);
  if (onDeleteText !== undefined && !isRolledBack) return writeText(job, onDeleteText);
  return deleteText(job);
}
