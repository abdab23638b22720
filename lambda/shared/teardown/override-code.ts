import { createHash } from 'node:crypto';
import type { Refusal } from '../../../src/core/teardown/guards';
import { TEARDOWN_CODE_TAG } from '../../../src/core/wire/teardown';
import type { CustomResourceRequest, Job } from '../protocol/job';
import { isRollingBackNow, readFailures, readStack } from '../protocol/stack';
import type { TaggedRepository } from '../repository/mark';

const HASH_LENGTH = 12;
/** The value of a tag has at most 256 characters. */
const HASHES_IN_A_TAG = 19;
const DAY = 24 * 60 * 60 * 1_000;
/** Number of days for which a code lifts a refusal. */
export const VALID_DAYS = 7;

/**
 * Returns the override code, which lifts exactly these refusals. Each refusal has its own hash, so that it stays lifted if another refusal
 * no longer applies. A different stack, repository, guard, or limit has a different hash.
 */
export function overrideCode(request: CustomResourceRequest, arn: string, refusals: readonly Refusal[]): string {
  const hash = (subject: unknown) => createHash('sha256').update(JSON.stringify(subject)).digest('hex').slice(0, HASH_LENGTH);
  const distinct = (all: readonly string[]) => [...new Set(all)].sort();
  const liftable = refusals.filter(({ isFinal }) => !isFinal);
  const each = distinct(liftable.map(({ limit }) => limit));
  const limits = each.length > HASHES_IN_A_TAG ? distinct(liftable.map(({ limit, general = limit }) => general)) : each;
  // there is no limit if only the mark is missing
  return limits.length === 0 || limits.length > HASHES_IN_A_TAG ? hash([request.StackId, arn, ...limits])
    : limits.map(limit => hash([request.StackId, arn, limit])).join('.');
}

/** Returns the tag with a code, as the command in a refusal sets it. */
export function codeTag(code: string): string {
  return `Key=${TEARDOWN_CODE_TAG},Value=${code}`;
}

/** Tag values and image names contain no comma, so a repository cannot imitate this text in a message. */
const CODE_IN_MESSAGE = new RegExp(`${codeTag('([0-9a-f.]+)')}(?![0-9a-f.])`, 'g');

/** The code that a repository carries. */
export interface Override {
  /** Its hashes that match a refusal of the last seven days. */
  readonly hashes: ReadonlySet<string>;
  /** Whether it has other hashes. Anybody can calculate a hash, but only CloudFormation's events prove a refusal. */
  readonly isUnanswered: boolean;
}

export const NO_OVERRIDE: Override = { hashes: new Set(), isUnanswered: false };

/**
 * Reads from the events of the stack which refusals the code of the repository matches.
 *
 * docs/decisions/0024-a-code-matches-a-refusal.md
 */
export async function readOverride(job: Job<unknown>, tags: ReadonlyMap<string, string>): Promise<Override> {
  const code = tags.get(TEARDOWN_CODE_TAG);
  if (code === undefined) return NO_OVERRIDE;
  const given = new Set(code.split('.'));
  const hashes = new Set<string>();
  for await (const reason of readFailures(job, Date.now() - VALID_DAYS * DAY)) {
    for (const [, refused] of reason.matchAll(CODE_IN_MESSAGE)) {
      for (const hash of refused.split('.')) if (given.has(hash)) hashes.add(hash);
    }
    if (hashes.size === given.size) break;
  }
  return { hashes, isUnanswered: hashes.size < given.size };
}

/** Returns the refusals that the code of the repository does not lift. */
export function findOpenRefusals(
  request: CustomResourceRequest, arn: string, refusals: readonly Refusal[], { hashes }: Override,
): Refusal[] {
  const isLifted = (limit: string) => hashes.has(overrideCode(request, arn, [{ limit, because: '' }]));
  const areAllLifted = hashes.has(overrideCode(request, arn, refusals));
  return refusals.filter(({ limit, general = limit, isFinal }) => isFinal || !(areAllLifted || isLifted(limit) || isLifted(general)));
}

/**
 * Removes a code that matches no refusal. Such a code has no effect, so a failed removal is only logged.
 *
 * @returns whether it was removed
 */
export async function removeCode(job: Job<unknown>, bearer: Pick<TaggedRepository, 'untag'>): Promise<boolean> {
  try {
    await bearer.untag([TEARDOWN_CODE_TAG]);
    job.log(`the tag ${TEARDOWN_CODE_TAG} was removed, because it matches no refusal`);
    return true;
  } catch (error) {
    if (job.signal.aborted) throw error;
    job.log(`the tag ${TEARDOWN_CODE_TAG}, which matches no refusal, could not be removed: ${(error as Error).message}`);
    return false;
  }
}

/**
 * Removes a code from a repository that is neither deleted nor emptied now, so that it cannot lift a later refusal. A rollback keeps the
 * code, because it may lift the refusal that failed the operation.
 */
export async function removeIdleCode(
  job: Job<unknown>, bearer: Pick<TaggedRepository, 'untag'>, tags: ReadonlyMap<string, string>,
): Promise<void> {
  if (tags.has(TEARDOWN_CODE_TAG) && !isRollingBackNow((await readStack(job)).status)) await removeCode(job, bearer);
}
