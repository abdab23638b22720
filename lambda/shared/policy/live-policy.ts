import { dropDeadPrincipals } from './dead-principals';
import { deadPrincipalsRefusal, invalidPolicyRefusal, lengthRefusal, policyRefusal, unsettledRefusal } from './refusals';
import { inSentence, PolicyTarget } from './target';
import { deadPrincipals } from '../../../src/core/policy/dead-principals';
import { MAX_POLICY_LENGTH, mayBeAcceptedLater, PolicyDocument, renderPolicy, Statement } from '../../../src/core/policy/document';
import { converge, Outcome, SharedStore, UnsettledError } from '../aws/converge';
import { PATIENCE } from '../aws/send-command';
import { SingleAttempts } from '../aws/single-attempts';
import { isDeniedForGood } from '../protocol/denial';
import { isAccessDenied, isNamed } from '../protocol/errors';
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

/** The live policy. */
class LiveStore implements SharedStore<LivePolicy, PolicyDocument> {
  /** Whether to remove principals that no longer exist. Set when ECR has rejected the policy because of them. */
  isDropping = false;
  private readonly attempts: SingleAttempts;

  constructor(
    private readonly job: PolicyJob, private readonly target: PolicyTarget, private readonly isOwn: (statement: Statement) => boolean,
  ) {
    this.attempts = new SingleAttempts(job);
  }

  get readAt(): number | undefined {
    return this.attempts.readAt;
  }

  read(): Promise<LivePolicy> {
    return this.attempts.read(task => this.target.read(task));
  }

  write(policy: PolicyDocument, within: number): Promise<Outcome> {
    this.job.progress(`writing the policy of ${inSentence(this.target)}`);
    this.job.begin();
    return this.attempts.write(within, signal => this.set(policy, signal), error => this.throwUnlessRetryable(error, policy));
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
    const { elapsed } = this.attempts;
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
