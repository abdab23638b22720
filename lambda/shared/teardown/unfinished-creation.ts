import type { Refusal } from '../../../src/core/teardown/guards';
import type { Job } from '../protocol/job';
import { hasFinishedCreation, readStack, StackEnd, StackState, statusBeforeDeletion } from '../protocol/stack';

const LIMIT = 'unfinishedCreation';

/** Refuses after a first deployment that failed, deleted by `--on-failure DELETE` or by hand: the images may be older than the stack. */
export async function checkCreation(job: Job<unknown>, stack: StackState, end: StackEnd): Promise<Refusal[]> {
  if (end === 'creation-undone') {
    return [{ limit: LIMIT, because: 'its creation is undone by a rollback but it holds images, which may not be the stack\'s own' }];
  }
  const { request: { StackId } } = job;
  for (const stackId of new Set([StackId, stack.rootId ?? StackId])) {
    const status = await statusBeforeDeletion(job, stackId, stackId === StackId ? stack : await readStack(job, stackId));
    if (!hasFinishedCreation(status)) {
      return [{
        limit: LIMIT,
        because: status === undefined
          ? 'the events of this stack do not say whether its creation ever finished'
          : `this stack never finished its creation (it was ${status} before the deletion), so the images may not be its own`,
      }];
    }
  }
  return [];
}
