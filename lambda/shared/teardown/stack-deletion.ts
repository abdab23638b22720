import type { TargetRepository } from './target-repository';
import { markKey, markOwner } from '../../../src/core/mark';
import type { Refusal } from '../../../src/core/teardown/guards';
import type { Job } from '../protocol/job';
import { finishedCreation, readStack, StackState, statusBeforeDeletion, wholeStackGoes } from '../protocol/stack';

/** A repository that a handler's mark is on, when a Delete request comes for it. */
export interface MarkedRepository {
  readonly target: TargetRepository;
  /** Whose mark it carries. */
  readonly handler: string;
  /** Why it is to stay whatever goes, if so. */
  readonly staysBecause?: string;
  /** The command that removes it by hand. */
  readonly byHand: string;
  /** Takes the mark off what stays. */
  release(stackStatus: string): Promise<void>;
  /** What else there is to say when it is not there. */
  ifGone?(): Promise<undefined>;
}

export interface StackDeletion {
  readonly stack: StackState;
  readonly tags: ReadonlyMap<string, string>;
  /** Somebody removed the mark; what happens then is refused. */
  readonly markIsMissing: boolean;
}

/**
 * What a Delete request means: images may go only when the whole stack does and the mark is this resource's own. Everything else ends here, and the log
 * says how.
 *
 * @returns undefined when nothing is to be removed
 */
export async function confirmStackDeletion(job: Job<unknown>, { target, handler, staysBecause, byHand, release, ifGone }: MarkedRepository): Promise<StackDeletion | undefined> {
  const { request } = job;
  const tags = await target.tags();
  if (!tags) {
    job.log(`${lower(target.subject)} is gone already`);
    return ifGone?.();
  }
  const key = markKey(handler);
  const owner = markOwner(tags.get(key), request.StackId, request.LogicalResourceId);
  if (owner === 'same-stack' || owner === 'other-stack') {
    return job.log(`${lower(target.subject)} is left alone: its tag ${key} names ${tags.get(key)}, not this resource`) as undefined;
  }
  const stack = await readStack(job);
  if (staysBecause !== undefined || !await wholeStackGoes(job, stack)) {
    if (owner === 'own') await release(stack.status);
    return job.log(`${lower(target.subject)} is kept with its images: ${staysBecause ?? `the whole stack is not being deleted (it is ${stack.status})`}`
      + `; to delete it by hand: ${byHand}`) as undefined;
  }
  return { stack, tags, markIsMissing: owner === 'none' };
}

/** A first deployment that failed, deleted by `--on-failure DELETE` or by hand: the images may be older than the stack. */
export async function unfinishedCreation(job: Job<unknown>, stack: StackState, nothingToLose: () => Promise<boolean>): Promise<Refusal[]> {
  const stackIds = new Set([job.request.StackId, stack.rootId ?? job.request.StackId]);
  for (const stackId of stackIds) {
    const status = await statusBeforeDeletion(job, stackId);
    if (!finishedCreation(status) && !await nothingToLose()) {
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

function lower(subject: string): string {
  return subject[0].toLowerCase() + subject.slice(1);
}
