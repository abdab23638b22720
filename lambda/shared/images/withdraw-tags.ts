import { randomUUID } from 'node:crypto';
import { parseMemo, shortHash } from './memo';
import { removeTags } from './remove-tags';
import { moveTagsBack, taggedImage } from './tags';
import { connectTo, EcrClients } from '../aws/ecr-clients';
import { ifRepositoryMissing } from '../protocol/errors';
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
 * Delete: removes the tags that the construct added, but only if the whole stack is being deleted. If a Create failed, or if a Create or an
 * Update is rolled back, moves the tags back that the construct moved.
 */
export async function withdrawTags(job: Job<TaggedRepository>, clients: EcrClients, keepsImage: boolean): Promise<void> {
  const { properties, request } = job;
  const name = repositoryName(properties.repositoryArn);
  const logUnchanged = (why: string) => job.log(`repository '${name}': nothing was changed, because ${why}`);
  const memo = parseMemo(memoOf(request));
  if (!memo) return logUnchanged('the creation was never completed');
  if (isOutOfReach(job)) return logUnchanged('it is in another account or Region');
  if (!properties.removeTags && memo.movedTags.size === 0) return logUnchanged('the template retains the tags');
  const stack = await readStack(job);
  const isStackDeleted = await isStackDeletion(job, stack);
  if (!isStackDeleted && !isRollingBack(stack.status)) return logUnchanged('the stack is not being deleted');
  // whether the Create failed or was cancelled, whatever happens to its stack
  const isTakenBack = memo.isUnfinished || request.RequestType === 'Create';
  if (isStackDeleted && !properties.removeTags && !isTakenBack) return logUnchanged('the template retains the tags');
  const task = await connectTo(job, clients, properties, request.StackId);
  if (!isStackDeleted || isTakenBack) await moveTagsBack(task, name, memo, properties.tags);
  if (isStackDeleted && properties.removeTags && !memo.isUnfinished) {
    await removeTags(taggedImage(task, name, memo.digest), {
      clock: job.clock,
      // a cancelled Create may still be running when its Delete arrives
      resource: shortHash(request.StackId + request.LogicalResourceId + request.RequestType),
      request: shortHash(request.RequestId) + shortHash(randomUUID()),
      mayDeleteImage: !keepsImage && memo.isImageNew,
      isOwn: tag => memo.addedTags.has(shortHash(tag)),
      log: line => job.log(`repository '${name}': ${line}`),
    }).catch(ifRepositoryMissing(undefined));
  }
}
