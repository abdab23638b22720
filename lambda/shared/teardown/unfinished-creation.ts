import type { Refusal } from '../../../src/core/teardown/guards';
import type { Job } from '../protocol/job';
import { hasFinishedCreation, readStack, StackEnd, StackState, statusBeforeDeletion } from '../protocol/stack';

const LIMIT = 'unfinishedCreation';

/** Refuses if the first deployment failed, also with `--on-failure DELETE`, because the images may be older than the stack. */
export async function checkCreation(job: Job<unknown>, stack: StackState, end: StackEnd): Promise<Refusal[]> {
  if (end === 'creation-undone') {
    return [{ limit: LIMIT, because: 'its creation is being rolled back but it holds images, which may not come from this stack' }];
  }
  const { request: { StackId } } = job;
  for (const stackId of new Set([StackId, stack.rootId ?? StackId])) {
    const status = await statusBeforeDeletion(job, stackId, stackId === StackId ? stack : await readStack(job, stackId));
    if (!hasFinishedCreation(status)) {
      return [{
        limit: LIMIT,
        because: status === undefined
          ? 'the events of this stack do not show whether its creation ever finished'
          : `the creation of this stack never finished (its status before the deletion was ${status}), so the images may not come from it`,
      }];
    }
  }
  return [];
}
