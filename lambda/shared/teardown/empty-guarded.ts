import type { Audit } from './audit';
import { imagesToRemove, empty } from './empty';
import { throwIfRefused, Refused } from './refusal';
import { unfinishedCreation } from './stack-deletion';
import type { TargetRepository } from './target-repository';
import type { Exceptions } from '../../../src/core/images/kept-images';
import type { Refusal } from '../../../src/core/teardown/guards';
import { TEARDOWN_CODE_TAG } from '../../../src/core/wire/teardown';
import type { Job } from '../protocol/job';
import { isRollingBackNow, readStack, StackState } from '../protocol/stack';

/** What a removal is decided by. */
export interface Occasion {
  readonly tags: ReadonlyMap<string, string>;
  readonly markIsMissing: boolean;
  /** Where it is being deleted. */
  readonly stack?: StackState;
}

/** A repository that stays, whose images are to go. */
export interface Emptying {
  readonly target: TargetRepository;
  readonly exceptions: Exceptions;
  audit(): Audit;
  /** What the guards have against it. */
  ask(): Promise<Refusal[]>;
  refusal(refusals: readonly Refusal[]): Refused;
  untag(keys: string[]): Promise<void>;
}

/** Empties a repository that stays, unless a guard refuses. What lifted a refusal is taken off again. */
export async function emptyGuarded(job: Job<unknown>, { tags, markIsMissing, stack }: Occasion, emptying: Emptying): Promise<void> {
  const { target, exceptions } = emptying;
  const nothingToLose = async () => (await imagesToRemove(target, exceptions)).length === 0;
  const refusals = [...stack ? await unfinishedCreation(job, stack, nothingToLose) : [], ...await emptying.ask()];
  // a retry of one that was cut off at its end finds what lifted a refusal gone, the mark perhaps too, and nothing left to do
  if ((markIsMissing || refusals.length > 0) && await nothingToLose()) {
    job.log(`${target.subject} is empty already`);
  } else {
    throwIfRefused(job, stack, tags, emptying.refusal(refusals));
    await empty(job, target, exceptions, emptying.audit());
  }
  if (tags.has(TEARDOWN_CODE_TAG)) await emptying.untag([TEARDOWN_CODE_TAG]);
}

interface Tokened {
  readonly emptyTrigger?: string;
}

/** Whether another token asks for it. One that is set for the first time has not changed; rolled back, it changes too. */
export async function isAskedByToken(job: Job<Tokened>, old: Tokened | undefined): Promise<boolean> {
  const { properties: { emptyTrigger } } = job;
  if (emptyTrigger === undefined || old?.emptyTrigger === undefined || emptyTrigger === old.emptyTrigger) return false;
  if (!isRollingBackNow((await readStack(job)).status)) return true;
  job.log('the token goes back to what it was, nothing is removed');
  return false;
}
