import type { Audit } from './audit';
import { empty, listImagesToRemove } from './empty';
import type { Override } from './override-code';
import { RefusalContext, throwIfRefused } from './refusal';
import { checkCreation } from './stack-deletion';
import type { TargetRepository } from './target-repository';
import type { Exceptions } from '../../../src/core/images/kept-images';
import type { Refusal } from '../../../src/core/teardown/guards';
import { TEARDOWN_CODE_TAG } from '../../../src/core/wire/teardown';
import type { Job } from '../protocol/job';
import { isRollingBackNow, readStack, StackState } from '../protocol/stack';

/** Why a repository is emptied, and what is known of it then. */
export interface Occasion {
  readonly tags: ReadonlyMap<string, string>;
  readonly override: Override;
  readonly markIsMissing: boolean;
  /** The stack, where it is being deleted. */
  readonly stack?: StackState;
}

/** How a repository that stays is emptied. */
export interface Emptying {
  readonly target: TargetRepository;
  readonly exceptions: Exceptions;
  audit(): Audit;
  checkGuards(): Promise<Refusal[]>;
  refusalContext(refusals: readonly Refusal[]): RefusalContext;
}

/** Empties a repository that stays, unless a guard refuses. The code that lifted a refusal is removed afterwards. */
export async function emptyGuarded(job: Job<unknown>, occasion: Occasion, emptying: Emptying): Promise<void> {
  const { tags, override, markIsMissing, stack } = occasion;
  const { target, exceptions } = emptying;
  const hasNothingToRemove = async () => (await listImagesToRemove(target, exceptions)).length === 0;
  const refusals = [...stack ? await checkCreation(job, stack, hasNothingToRemove) : [], ...await emptying.checkGuards()];
  const context = emptying.refusalContext(refusals);
  // a retry of a request that was cut off at its end finds the code gone, perhaps the mark too, and nothing left to remove
  if ((markIsMissing || refusals.length > 0) && await hasNothingToRemove()) {
    job.log(`${target.subject} is empty already`);
  } else {
    await throwIfRefused(job, stack, override, context);
    await empty(job, target, exceptions, emptying.audit());
  }
  if (tags.has(TEARDOWN_CODE_TAG)) await context.untag([TEARDOWN_CODE_TAG]);
}

interface TriggerProperties {
  readonly emptyTrigger?: string;
}

/**
 * Whether a changed trigger asks to empty the repository. A trigger that is set for the first time did not change; one that changes in a
 * rollback does not count.
 */
export async function isTriggered(job: Job<TriggerProperties>, old: TriggerProperties | undefined): Promise<boolean> {
  const { properties: { emptyTrigger } } = job;
  if (emptyTrigger === undefined || old?.emptyTrigger === undefined || emptyTrigger === old.emptyTrigger) return false;
  if (!isRollingBackNow((await readStack(job)).status)) return true;
  job.log('the rollback restores the former trigger, no image is removed');
  return false;
}
