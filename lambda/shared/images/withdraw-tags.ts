import { parseMemo } from './memo';
import { moveTagsBack, removeAddedTags } from './tags';
import { connectTo, EcrClients } from '../aws/ecr-clients';
import { UserError } from '../protocol/errors';
import type { Job } from '../protocol/job';
import { memoOf } from '../protocol/physical-id';
import { isRollingBack, readStack, isStackDeletion } from '../protocol/stack';
import { isOutOfReach, LocatedRepository } from '../repository/located-repository';
import { repositoryName } from '../repository/repository';

export interface TaggedRepository extends LocatedRepository {
  readonly tags: readonly string[];
  readonly removeTags: boolean;
}

/**
 * Delete: removes the tags that the construct added, only when the whole stack is deleted. When an Update is rolled back, moves the tags
 * back that it moved.
 */
export async function withdrawTags(job: Job<TaggedRepository>, clients: EcrClients, keepsImage: boolean): Promise<void> {
  const { properties, request } = job;
  const name = repositoryName(properties.repositoryArn);
  const logUnchanged = (why: string) => job.log(`repository '${name}': nothing is taken away, ${why}`);
  const memo = parseMemo(memoOf(request));
  if (!memo) return logUnchanged('nothing had been finished');
  if (isOutOfReach(job)) return logUnchanged('it is in another account or Region');
  if (!properties.removeTags && memo.movedTags.size === 0) return logUnchanged('as the template says');
  const stack = await readStack(job);
  const isStackDeleted = await isStackDeletion(job, stack);
  if (!isStackDeleted && !isRollingBack(stack.status)) return logUnchanged('the stack stays');
  if (isStackDeleted && !properties.removeTags) return logUnchanged('as the template says');
  const task = await connectTo(job, clients, properties, request.StackId);
  if (isStackDeleted) return removeAddedTags(task, name, memo, keepsImage);
  try {
    await moveTagsBack(task, name, memo, properties.tags);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    job.log(`the stack is rolling back, so this is no failure: ${error.message}`);
  }
}
