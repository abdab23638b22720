import { markKey, stackInTags } from '../../src/core/mark';
import { examples } from '../../src/core/teardown/guards';
import { PREFIX_LIFECYCLE_HANDLER, PrefixLifecycleProperties } from '../../src/core/wire/prefix-lifecycle';
import { TEARDOWN_HANDLER } from '../../src/core/wire/teardown';
import { runConcurrently } from '../shared/aws/run-concurrently';
import { messageWithLimit } from '../shared/protocol/denial';
import { isAccessDenied, OperationError, toSentence, UserError } from '../shared/protocol/errors';
import type { Job } from '../shared/protocol/job';
import { listRepositoryArns } from '../shared/repository/list-repositories';
import type { RepositoryMark } from '../shared/repository/mark';
import { readTags, repositoryName } from '../shared/repository/repository';

export type PrefixLifecycleJob = Job<PrefixLifecycleProperties>;

/**
 * Number of repositories that are read or changed at a time. AWS publishes no rates for previews and lifecycle policies:
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
 */
export const AT_ONCE = 10;
/** A preview mostly waits. UNCERTAIN: how long ECR takes for one. If it takes 10 seconds, 1,000 of them take 9 minutes. */
export const PREVIEWS_AT_ONCE = 20;

export const MARK = markKey(PREFIX_LIFECYCLE_HANDLER);

export function markOf(repositoryArn: string): RepositoryMark {
  return { repositoryArn, handler: PREFIX_LIFECYCLE_HANDLER, what: 'lifecycle policy', namesPredecessor: true };
}

export async function listArnsUnder(job: PrefixLifecycleJob): Promise<string[]> {
  const { properties: { prefix } } = job;
  return (await listRepositoryArns(job)).filter(arn => repositoryName(arn).startsWith(prefix)).sort();
}

/** Returns why a stack sets the lifecycle policy, according to the tags. A teardown sets none. */
export function lifecycleOwnerInTags(tags: ReadonlyMap<string, string>): string | undefined {
  return stackInTags(new Map([...tags].filter(([key]) => key !== MARK && key !== markKey(TEARDOWN_HANDLER))));
}

/** A failure of one repository, for a report about all. */
export interface Failure {
  readonly arn: string;
  readonly because: string;
  /** Whether an operation failed, and not a check. */
  readonly isOperation: boolean;
}

/**
 * Does the work for each repository, some at a time. A repository that is deleted meanwhile is skipped.
 *
 * @param timeUp message of the error if time runs out
 * @returns the failures, in the order of the repositories
 */
export async function forEachRepository(
  job: PrefixLifecycleJob, arns: readonly string[], work: (arn: string, job: PrefixLifecycleJob) => Promise<void>, timeUp: () => string,
  atOnce = AT_ONCE,
): Promise<Failure[]> {
  const failures = new Array<Failure>();
  let { patience } = job;
  await runConcurrently(arns, atOnce, async arn => {
    // what is started must end in time, because the function must not die between two calls about a repository
    if (job.clock.now() >= job.deadline) throw new OperationError(timeUp());
    try {
      await work(arn, { ...job, patience });
    } catch (error) {
      if (job.signal.aborted) throw error;
      const isGone = await readTags({ ...job, patience: 0 }, arn).then(tags => tags === undefined, () => false);
      if (isGone) return job.log(`repository '${repositoryName(arn)}' no longer exists`);
      // a new permission takes effect for all repositories, so that the wait is not repeated for each of them
      if (isAccessDenied(error)) patience = 0;
      failures.push(failureOf(arn, error));
    }
  });
  return failures.sort((one, other) => one.arn < other.arn ? -1 : 1);
}

export function failureOf(arn: string, error: unknown): Failure {
  const isRefusal = error instanceof UserError;
  return {
    arn,
    because: isRefusal ? error.message : `Repository '${repositoryName(arn)}': ${messageWithLimit(error)}`,
    isOperation: !isRefusal || error instanceof OperationError,
  };
}

/**
 * Fails with a report of all failures. Every failure is logged in full.
 *
 * @param isRollback whether the stack rolls back: a refusal would then leave it in UPDATE_ROLLBACK_FAILED
 */
export function throwIfFailed(
  job: PrefixLifecycleJob, failures: readonly Failure[], isRollback: boolean, report: (shown: string) => string,
): void {
  for (const { because } of failures) job.log(because);
  const isIgnored = isRollback && failures.every(({ isOperation }) => !isOperation);
  if (failures.length === 0 || isIgnored) return;
  const message = report(toSentence(examples(failures.map(({ because }) => because.split('\n')[0].replace(/[.]$/, '')))));
  throw failures.some(({ isOperation }) => isOperation) ? new OperationError(message) : new UserError(message);
}
