import { LifecycleJob, markOf, readText, writeText } from './live-text';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { LifecyclePolicyProperties } from '../../src/core/wire/lifecycle-policy';
import { Explained } from '../shared/errors';
import { claimMark, ownerOf } from '../shared/mark';
import { FOUND } from '../shared/physical-id';
import { readTags, repositoryName } from '../shared/repository';
import { refuseAnotherTarget, requireOwnEnvironment, unlessRollingBack } from '../shared/target';

/** Create: puts the text where there is none. Another one is replaced only on the word of the user, and logged in full before. */
export async function apply(job: LifecycleJob, earlier?: string): Promise<void> {
  const { properties: { repositoryArn, policyText, overwrite } } = job;
  const name = repositoryName(repositoryArn);
  requireOwnEnvironment(job, 'lifecycle policy');
  const tags = await readTags(job, repositoryArn);
  const live = tags && await readText(job);
  const owner = tags ? ownerOf(job, markOf(job), tags) : 'none';
  const isThere = live !== undefined && sameLifecycle(live, policyText);
  const isOurs = live === undefined || isThere || (earlier !== undefined && sameLifecycle(live, earlier));
  if (!isOurs && !overwrite && owner !== 'other-stack') { // another stack's is refused with its mark
    throw new Explained(
      `Repository '${name}' has another lifecycle policy, which was not put there by this resource — ${owner === 'same-stack'
        ? 'change the construct id and the policy in two deployments'
        : 'take it over into the app'}, or say overwrite: true, which logs it in full before it is replaced; nothing was changed`);
  }
  await claimMark(job, markOf(job), isThere ? FOUND : undefined);
  if (isThere) return;
  if (live !== undefined) job.log(`repository '${name}': the lifecycle policy that is replaced was: ${live}`);
  await writeText(job, policyText);
}

/** Update: what stands there must be the text of before, or this one. */
export async function reapply(job: LifecycleJob, old: LifecyclePolicyProperties | undefined): Promise<void> {
  await unlessRollingBack(job, async () => {
    refuseAnotherTarget(job, old?.repositoryArn, 'lifecycle policy');
    await apply(job, old?.policyText);
  });
}
