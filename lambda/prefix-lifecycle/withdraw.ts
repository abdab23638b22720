import { forEachRepository, lifecycleOwnerInTags, listArnsUnder, MARK, markOf, PrefixLifecycleJob, throwIfFailed } from './repositories';
import { sameLifecycle } from '../../src/core/lifecycle/normal-form';
import { markedPredecessor, markValue } from '../../src/core/mark';
import { deleteLifecycleText, readLifecycleText } from '../shared/lifecycle/text';
import { isRollingBack, readStack } from '../shared/protocol/stack';
import { ownerOf, tagRepository, untagRepository } from '../shared/repository/mark';
import { readTags, repositoryName } from '../shared/repository/repository';

/**
 * Delete: removes the policy from the repositories that carry the mark of this resource and have the policy that this resource wrote. A
 * rollback returns repositories to the resource of the stack that had them before.
 */
export async function withdraw(job: PrefixLifecycleJob): Promise<void> {
  const { properties: { prefix } } = job;
  const { status } = await readStack(job);
  const arns = await listArnsUnder(job);
  let done = 0;
  const failures = await forEachRepository(job, arns, async (arn, attempt) => {
    const tags = await readTags(attempt, arn);
    if (tags && ownerOf(job, markOf(arn), tags) === 'own') await withdrawFrom(attempt, arn, tags, isRollingBack(status));
    done++;
  }, () => `Repositories under '${prefix}': time ran out after the lifecycle policy was removed from ${done} of ${arns.length}. Try again:`
    + ' it continues with the others.');
  throwIfFailed(job, failures, false, shown => `Repositories under '${prefix}': the lifecycle policy could not be removed from`
    + ` ${failures.length} of ${arns.length}: ${shown} Fix the cause, then try again.`);
}

async function withdrawFrom(job: PrefixLifecycleJob, arn: string, tags: ReadonlyMap<string, string>, isRolledBack: boolean): Promise<void> {
  const { properties: { policyText, excluded }, request: { StackId } } = job;
  const name = repositoryName(arn);
  const predecessor = markedPredecessor(tags.get(MARK));
  if (isRolledBack && predecessor !== undefined) {
    await tagRepository(job, arn, MARK, markValue(StackId, predecessor));
    return job.log(`repository '${name}' belongs to ${predecessor} again`);
  }
  const owner = excluded.includes(name) ? 'the app declares or excludes it' : lifecycleOwnerInTags(tags);
  const live = await readLifecycleText(job, name);
  if (live !== undefined && (owner !== undefined || !sameLifecycle(live, policyText))) {
    job.log(`the lifecycle policy of repository '${name}' is retained: ${owner ?? 'it is not the one that this resource wrote'}`);
  } else if (live !== undefined) {
    job.log(`repository '${name}': removing this lifecycle policy: ${live}`);
    await deleteLifecycleText(job, name);
  }
  await untagRepository(job, arn, [MARK]);
}
