import { Override, readOverride } from './override-code';
import type { TargetRepository } from './target-repository';
import { markKey, markOwner } from '../../../src/core/mark';
import type { Refusal } from '../../../src/core/teardown/guards';
import type { Job } from '../protocol/job';
import { hasFinishedCreation, readStack, StackState, statusBeforeDeletion, isStackDeletion } from '../protocol/stack';

/** A repository that a handler's mark is on, when a Delete request arrives for it. */
export interface MarkedRepository {
  readonly target: TargetRepository;
  /** The handler whose mark it carries. */
  readonly handler: string;
  /** Why it stays even if the whole stack is deleted. */
  readonly reasonToKeep?: string;
  /** The command that removes it by hand. */
  readonly manualCommand: string;
  /** Takes the mark off a repository that stays. */
  release(stackStatus: string): Promise<void>;
  /** Called when the repository does not exist. */
  onAbsence?(): Promise<undefined>;
}

export interface StackDeletion {
  readonly stack: StackState;
  readonly tags: ReadonlyMap<string, string>;
  readonly override: Override;
  /** Somebody removed the mark, so that the removal is refused. */
  readonly markIsMissing: boolean;
}

/**
 * Decides what a Delete request means: images may be removed only when the whole stack is deleted and the mark is this resource's own.
 * Everything else ends here, and the log says how.
 *
 * @returns undefined when nothing is to be removed
 */
export async function confirmStackDeletion(
  job: Job<unknown>, { target, handler, reasonToKeep, manualCommand, release, onAbsence }: MarkedRepository,
): Promise<StackDeletion | undefined> {
  const { request } = job;
  const { subject } = target;
  // whatever a console returns, what stays is no deletion
  const logOutcome = (outcome: string): undefined => void job.log(`${subject[0].toLowerCase()}${subject.slice(1)} is ${outcome}`);
  const tags = await target.tags();
  if (!tags) {
    logOutcome('gone already');
    return onAbsence?.();
  }
  const key = markKey(handler);
  const owner = markOwner(tags.get(key), request.StackId, request.LogicalResourceId);
  if (owner === 'same-stack' || owner === 'other-stack') {
    return logOutcome(`left alone: its tag ${key} names ${tags.get(key)}, not this resource`);
  }
  const stack = await readStack(job);
  if (reasonToKeep !== undefined || !await isStackDeletion(job, stack)) {
    if (owner === 'own') await release(stack.status);
    const reason = reasonToKeep ?? `the whole stack is not being deleted (it is ${stack.status})`;
    return logOutcome(`kept with its images: ${reason}; to delete it by hand: ${manualCommand}`);
  }
  return { stack, tags, override: await readOverride(job, tags), markIsMissing: owner === 'none' };
}

/** Refuses after a first deployment that failed, deleted by `--on-failure DELETE` or by hand: the images may be older than the stack. */
export async function checkCreation(job: Job<unknown>, stack: StackState, hasNothingToRemove: () => Promise<boolean>): Promise<Refusal[]> {
  const { request: { StackId } } = job;
  for (const stackId of new Set([StackId, stack.rootId ?? StackId])) {
    const status = await statusBeforeDeletion(job, stackId, stackId === StackId ? stack : await readStack(job, stackId));
    if (!hasFinishedCreation(status) && !await hasNothingToRemove()) {
      return [{
        limit: 'unfinishedCreation',
        because: status === undefined
          ? 'the events of this stack do not say whether its creation ever finished'
          : `this stack never finished its creation (it was ${status} before the deletion), so the images may not be its own`,
      }];
    }
  }
  return [];
}
