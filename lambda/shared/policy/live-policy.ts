import { converge, Outcome, PolicyStore, UnsettledError } from './converge';
import { dropDeadPrincipals } from './dead-principals';
import { deadPrincipalsRefusal, invalidPolicyRefusal, lengthRefusal, policyRefusal, unsettledRefusal } from './refusals';
import { inSentence, PolicyTarget } from './target';
import { deadPrincipals } from '../../../src/core/policy/dead-principals';
import { MAX_POLICY_LENGTH, mayBeAcceptedLater, PolicyDocument, renderPolicy, Statement } from '../../../src/core/policy/document';
import { PATIENCE } from '../aws/send-command';
import { backoff } from '../protocol/backoff';
import { isDeniedForGood } from '../protocol/denial';
import { isAccessDenied, isNamed, isThrottled, isTransient, UserError } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';
import type { LivePolicy } from '../repository/policy-text';

/** What the change of a policy needs of a request. */
export interface PolicyJob extends EcrTask {
  readonly properties: {
    /** Whether to remove principals that no longer exist from statements of other owners. */
    readonly dropDeadPrincipals: boolean;
  };
  begin(): void;
}

/**
 * ECR may not know a principal for up to about two minutes after its creation.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
 */
const PRINCIPAL_PATIENCE = 120_000;
/** For faults of ECR and lost connections. Throttled calls are retried until the time of the function runs out. */
const TRANSIENT_PATIENCE = 300_000;
const PAUSE = 3_000;

/** A slower reading is too old to be used. Includes the minute that a permission may take to become effective. */
const READING_TIMEOUT = 90_000;

/**
 * Changes the live policy until it has the expected value and keeps it.
 *
 * @param change returns the expected policy; undefined if the live one is correct, 'nothing' if there will never be a policy
 */
export async function changePolicy(
  job: PolicyJob, target: PolicyTarget, change: (live: LivePolicy) => PolicyDocument | undefined | 'nothing',
  isOwn: (statement: Statement) => boolean,
): Promise<void> {
  const store = new LiveStore(job, target, isOwn);
  try {
    await converge(store, job.clock, live => {
      const expected = change(live);
      return typeof expected === 'object' && store.isDropping ? dropDeadPrincipals(job, expected, isOwn) : expected;
    });
  } catch (error) {
    throw error instanceof UnsettledError ? unsettledRefusal(target, error) : error;
  }
}

/** The live policy. Retries after temporary errors, each kind for its own time. */
class LiveStore implements PolicyStore {
  /** Whether to remove principals that no longer exist. Set when ECR has rejected the policy because of them. */
  isDropping = false;
  readAt?: number;
  /** Lengthens the pause after each throttled call, so that many writers do not block each other. */
  private throttles = 2;
  private readonly start: number;

  constructor(
    private readonly job: PolicyJob, private readonly target: PolicyTarget, private readonly isOwn: (statement: Statement) => boolean,
  ) {
    this.start = job.clock.now();
  }

  async read(): Promise<LivePolicy> {
    const { job, target } = this;
    for (;;) {
      const deadline = AbortSignal.timeout(READING_TIMEOUT);
      this.readAt = job.clock.now();
      try {
        // after a wait, the reading would be too old to base a write on
        return await target.read({ ...job, deadline: 0, signal: AbortSignal.any([job.signal, deadline]) });
      } catch (error) {
        if (deadline.aborted && !job.signal.aborted) throw new UnsettledError('slow');
        await this.waitOrThrow(error);
      }
    }
  }

  async write(policy: PolicyDocument, within: number): Promise<Outcome> {
    const { job } = this;
    job.progress(`writing the policy of ${inSentence(this.target)}`);
    job.begin();
    const deadline = AbortSignal.timeout(Math.floor(within));
    try {
      await this.set(policy, AbortSignal.any([job.signal, deadline]));
      return 'written';
    } catch (error) {
      // also for an error that arrived at the deadline: the next reading shows whether the policy was written
      if (deadline.aborted && !job.signal.aborted && !(error instanceof UserError)) return 'given up';
      if (isTransient(error)) {
        await this.waitOrThrow(error);
        return 'perhaps written';
      }
      this.throwUnlessRetryable(error, policy);
      await job.clock.sleep(PAUSE);
      return 'refused';
    }
  }

  /** The client never retries, so that no write takes effect late. The waits of the SDK are made here instead, between two readings. */
  private async waitOrThrow(error: unknown): Promise<void> {
    const end = isThrottled(error) ? this.job.deadline : this.start + TRANSIENT_PATIENCE;
    if (!isTransient(error) || this.job.clock.now() >= end) throw error;
    await this.job.clock.sleep(isThrottled(error) ? backoff(++this.throttles) : Math.round(PAUSE * (0.5 + Math.random())));
  }

  private async set(policy: PolicyDocument, abortSignal: AbortSignal): Promise<void> {
    const { job: { ecr }, target, isOwn } = this;
    if (policy.Statement.length === 0) {
      await target.remove(ecr, { abortSignal });
      return;
    }
    const policyText = renderPolicy(policy);
    if (policyText.length > MAX_POLICY_LENGTH) {
      throw lengthRefusal(target, policyText.length, renderPolicy({ ...policy, Statement: policy.Statement.filter(isOwn) }).length);
    }
    await target.set(ecr, policyText, { abortSignal });
  }

  private throwUnlessRetryable(error: unknown, policy: PolicyDocument): void {
    if (isNamed(error, ...this.target.missingErrors)) return; // the next reading shows which
    const { job, target, isOwn } = this;
    const elapsed = job.clock.now() - this.start;
    if (isAccessDenied(error)) {
      if (isDeniedForGood(error) || elapsed >= PATIENCE) throw error;
      return;
    }
    if (!isNamed(error, 'InvalidParameterException')) throw error;
    const deadStatements = policy.Statement.filter(statement => !isOwn(statement) && deadPrincipals(statement).length > 0);
    if (deadStatements.length > 0 && job.properties.dropDeadPrincipals && !this.isDropping) {
      this.isDropping = true;
      return;
    }
    if (deadStatements.length > 0) throw deadPrincipalsRefusal(target, deadStatements, error as Error);
    if (!mayBeAcceptedLater((error as Error).message)) throw invalidPolicyRefusal(target, error as Error);
    if (elapsed >= PRINCIPAL_PATIENCE) throw policyRefusal(target, policy, isOwn, error as Error);
  }
}
