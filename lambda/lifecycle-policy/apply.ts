import { LifecycleJob, markOf, readText, writeText } from './live-text';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { LifecyclePolicyProperties } from '../../src/core/wire/lifecycle-policy';
import { Explained } from '../shared/errors';
import { claimMark, ownerOf } from '../shared/mark';
import { readTags, repositoryName } from '../shared/repository';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/target';

/** Create: puts the text where there is none. Another one is replaced only on the word of the user, and logged in full before. */
export async function apply(job: LifecycleJob, earlier?: string): Promise<string | undefined> {
  const { properties: { repositoryArn, policyText, overwrite } } = job;
  const name = repositoryName(repositoryArn);
  requireOwnEnvironment(job, 'lifecycle policy');
  const tags = await readTags(job, repositoryArn);
  const live = tags && await readText(job);
  // a construct of this stack that was renamed put it there; its own Delete comes later and finds another's mark
  const isOurs = live === undefined || sameLifecycle(live, policyText) || (earlier !== undefined && sameLifecycle(live, earlier))
    || (tags !== undefined && ownerOf(job, markOf(job), tags) === 'same-stack');
  if (!isOurs && !overwrite) {
    throw new Explained(
      `Repository '${name}' has another lifecycle policy, which was not put there by this resource — take it over into the app, or say overwrite: true,`
      + ' which logs it in full before it is replaced; nothing was changed');
  }
  const predecessor = await claimMark(job, markOf(job));
  if (live !== undefined && sameLifecycle(live, policyText)) return predecessor;
  if (live !== undefined) job.log(`repository '${name}': the lifecycle policy that is replaced was: ${live}`);
  await writeText(job, policyText);
  return predecessor;
}

/** Update: what stands there must be the text of before, or this one. */
export async function reapply(job: LifecycleJob, old: LifecyclePolicyProperties | undefined): Promise<void> {
  await unlessRollingBack(job, async () => {
    refuseAnotherTarget(job, old?.repositoryArn, 'lifecycle policy');
    await apply(job, old?.policyText);
  });
}
