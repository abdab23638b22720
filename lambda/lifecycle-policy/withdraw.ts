import { deleteText, LifecycleJob, markOf, readText, writeText } from './live-text';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { ownerOf, releaseMark } from '../shared/mark';
import { predecessorOf } from '../shared/physical-id';
import { readTags, repositoryName } from '../shared/repository';
import { isRollingBack, readStack } from '../shared/stack';

/** Delete: takes the text back only while the mark is its own and the live text still the one it put. */
export async function withdraw(job: LifecycleJob): Promise<void> {
  const { properties: { repositoryArn }, request } = job;
  const name = repositoryName(repositoryArn);
  const tags = await readTags(job, repositoryArn);
  if (!tags) return job.log(`repository '${name}' is gone already`);
  const owner = ownerOf(job, markOf(job), tags);
  if (owner !== 'own') return job.log(`the lifecycle policy of repository '${name}' is left alone: its mark is ${owner === 'none' ? 'gone' : 'another\'s'}`);

  // only a construct id that changed has a predecessor; while that is rolled back the text is its predecessor's again
  const { status } = await readStack(job);
  const isHandedBack = predecessorOf(request) !== undefined && isRollingBack(status);
  if (isHandedBack) job.log(`the lifecycle policy of repository '${name}' is left as it is: the construct id that changed is rolled back`);
  else await takeBack(job, name);
  await releaseMark(job, markOf(job), status);
}

async function takeBack(job: LifecycleJob, name: string): Promise<void> {
  const { properties: { policyText, onDeleteText } } = job;
  const live = await readText(job);
  if (live === undefined) return job.log(`repository '${name}' has no lifecycle policy any more`);
  if (!sameLifecycle(live, policyText)) return job.log(`the lifecycle policy of repository '${name}' is left alone: somebody changed it`);
  if (onDeleteText !== undefined) return writeText(job, onDeleteText);
  return deleteText(job);
}
