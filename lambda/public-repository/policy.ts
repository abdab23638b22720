import { DeleteRepositoryPolicyCommand, GetRepositoryPolicyCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr-public';
import { PublicJob } from './public-job';
import {
  causeBesidePrincipals, emptyPolicy, MAX_POLICY_LENGTH, mayBeAcceptedLater, parsePolicy, PolicyDocument, renderPolicy,
} from '../../src/core/policy/document';
import { sameMeaning } from '../../src/core/policy/normal-form';
import { PublicRepositoryProperties } from '../../src/core/wire/public-repository';
import { ECR_PUBLIC_PATIENCE, readBack } from '../shared/aws/read-back';
import { sendCommand } from '../shared/aws/send-command';
import { UserError, isNamed } from '../shared/protocol/errors';

/**
 * A principal that was just created is unknown for up to about two minutes.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html
 */
const PRINCIPAL_PATIENCE = 120_000;
const PAUSE = 3_000;

export async function policyDiffers(job: PublicJob): Promise<boolean> {
  const policy = policyOf(job.properties);
  const live = await readPolicy(job);
  if (policy) return live === undefined || !sameMeaning(live, policy);
  if (live) job.log(`public repository '${job.target.name}' has a policy that the template does not declare; the policy is kept`);
  return false;
}

/** The template defines the entire policy. A policy that the template never declared is not changed. */
export async function settlePolicy(job: PublicJob, old: PublicRepositoryProperties | undefined): Promise<void> {
  const policy = policyOf(job.properties);
  if (!policy && !old?.statements) return;
  const { target } = job;
  const isSettled = async () => {
    const live = await readPolicy(job);
    return policy ? live !== undefined && sameMeaning(live, policy) : live === undefined;
  };
  if (await isSettled()) return;
  await write(job, policy);
  if (await readBack(job, ECR_PUBLIC_PATIENCE, `the policy of public repository '${target.name}'`, isSettled)) return;
  throw new UserError(`${target.subject}: ${ECR_PUBLIC_PATIENCE / 1_000} seconds after its policy was written, ECR Public returns a`
    + ' different policy. Deploy again. If that does not help, check whether somebody else writes the policy.');
}

function policyOf({ statements }: PublicRepositoryProperties): PolicyDocument | undefined {
  return statements && { ...emptyPolicy(), Statement: [...statements] };
}

async function readPolicy(job: PublicJob): Promise<PolicyDocument | undefined> {
  const { target } = job;
  job.progress(`reading the policy of public repository '${target.name}'`);
  try {
    const answer = await sendCommand(job, job.ecrPublic, GetRepositoryPolicyCommand, { repositoryName: target.name });
    return answer?.policyText ? parsePolicy(answer.policyText) : undefined;
  } catch (error) {
    if (isNamed(error, 'RepositoryPolicyNotFoundException')) return undefined;
    throw error;
  }
}

async function write(job: PublicJob, policy: PolicyDocument | undefined): Promise<void> {
  const { target: { name, subject }, ecrPublic } = job;
  job.progress(`writing the policy of public repository '${name}'`);
  if (policy) {
    const policyText = renderPolicy(policy);
    if (policyText.length > MAX_POLICY_LENGTH) {
      throw new UserError(`${subject}: the policy would have ${policyText.length} characters, but ECR allows only ${MAX_POLICY_LENGTH}.`
        + ' Combine several principals in one statement.');
    }
    await retryRefused(job, policy, () => sendCommand(job, ecrPublic, SetRepositoryPolicyCommand, { repositoryName: name, policyText }));
    return job.log(`public repository '${name}' has the policy of the template`);
  }
  try {
    await sendCommand(job, ecrPublic, DeleteRepositoryPolicyCommand, { repositoryName: name });
  } catch (error) {
    if (!isNamed(error, 'RepositoryPolicyNotFoundException')) throw error;
  }
}

/** Retries a policy that ECR may accept later, for as long as a new principal may be unknown. */
async function retryRefused(job: PublicJob, policy: PolicyDocument, set: () => Promise<unknown>): Promise<void> {
  const { clock } = job;
  const end = clock.now() + PRINCIPAL_PATIENCE;
  for (;;) {
    try {
      await set();
      return;
    } catch (error) {
      if (!isNamed(error, 'InvalidParameterException')) throw error;
      const { message } = error as Error;
      if (!mayBeAcceptedLater(message)) {
        throw new UserError(`${job.target.subject}: ECR Public rejected its policy. Correct it, then deploy again.\n${message}`, {
          cause: error,
        });
      }
      if (clock.now() >= end) throw policyError(job, policy, error as Error);
      await clock.sleep(PAUSE);
    }
  }
}

function policyError({ target }: PublicJob, policy: PolicyDocument, cause: Error): UserError {
  const principals = policy.Statement.map(({ Principal, NotPrincipal }) => JSON.stringify(Principal ?? NotPrincipal)).join(', ');
  return new UserError(`${target.subject}: ECR Public rejected its policy for 120 seconds. Check that these principals exist, and that it`
    + ` does not lock out this function${causeBesidePrincipals(cause.message)}: ${principals}\n${cause.message}`, { cause });
}
