import { empty, listImagesToRemove } from './empty';
import { Override, readOverride, removeIdleCode } from './override-code';
import { LiveMark, refusalContext, throwIfRefused } from './refusal';
import { checkRepositoryGuards } from './repository-guards';
import type { Teardown } from './teardown';
import type { Refusal } from '../../../src/core/teardown/guards';
import { TEARDOWN_CODE_TAG } from '../../../src/core/wire/teardown';
import type { Job } from '../protocol/job';
import { isRollingBackNow, readStack, StackState } from '../protocol/stack';

/** Why a repository is emptied, and its state at that time. */
export interface Occasion {
  readonly tags: ReadonlyMap<string, string>;
  readonly override: Override;
  /** The mark, if it does not name this resource. */
  readonly wrongMark?: LiveMark;
  /** The stack, if it is being deleted. */
  readonly stack?: StackState;
  /** Refusals other than those of the guards. */
  readonly refusals: readonly Refusal[];
}

/** Empties a repository that is kept, unless a guard refuses. The code that lifted a refusal is removed afterwards. */
export async function emptyUnlessRefused(job: Job<unknown>, teardown: Teardown, occasion: Occasion): Promise<void> {
  const { target, exceptions, audit, uses, checkDestinations } = teardown;
  const { tags, override, wrongMark, stack } = occasion;
  const ofGuards = await checkRepositoryGuards(target, tags, teardown, await uses?.find());
  const refusals = [...occasion.refusals, ...ofGuards, ...await checkDestinations?.() ?? []];
  // if a request was cut off at its end, its retry finds no code, perhaps no mark, and no image to remove
  if ((wrongMark || refusals.length > 0) && (await listImagesToRemove(target, exceptions)).length === 0) {
    job.log(`${target.subject} is empty already`);
  } else {
    await throwIfRefused(job, stack, override, refusalContext(teardown, 'emptied', refusals, wrongMark));
    await empty(job, target, exceptions, audit);
  }
  if (tags.has(TEARDOWN_CODE_TAG)) await target.untag([TEARDOWN_CODE_TAG]);
}

interface TriggerProperties {
  readonly emptyTrigger?: string;
}

/**
 * Empties the repository if an update changed the trigger. Otherwise removes a code that lifts no refusal.
 *
 * @param old the previous properties; undefined if they were of another repository
 * @param tags the tags of the repository; undefined if it was just created
 */
export async function emptyIfTriggered(
  job: Job<TriggerProperties>, teardown: Teardown, old: TriggerProperties | undefined, tags: ReadonlyMap<string, string> | undefined,
): Promise<void> {
  const { target } = teardown;
  if (!await isTriggered(job, old)) return tags && removeIdleCode(job, target, tags);
  const liveTags = await target.tags();
  if (liveTags) await emptyUnlessRefused(job, teardown, { tags: liveTags, override: await readOverride(job, liveTags), refusals: [] });
}

/** A trigger that is set for the first time is not a changed trigger. A change by a rollback does not count. */
async function isTriggered(job: Job<TriggerProperties>, old: TriggerProperties | undefined): Promise<boolean> {
  const { properties: { emptyTrigger } } = job;
  if (emptyTrigger === undefined || old?.emptyTrigger === undefined || emptyTrigger === old.emptyTrigger) return false;
  if (!isRollingBackNow((await readStack(job)).status)) return true;
  job.log('the rollback restores the previous trigger, so no image is removed');
  return false;
}
