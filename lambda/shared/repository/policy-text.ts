import { GetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { parsePolicy, PolicyDocument } from '../../../src/core/policy/document';
import { sendToEcr } from '../aws/send-command';
import { isNamed, isRepositoryMissing } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

/** The policy of a repository, or why there is no policy. */
export type LivePolicy = PolicyDocument | 'no policy' | 'no repository';

/** Reads the live policy, never an older version. */
export async function readRepositoryPolicy(task: EcrTask, repositoryName: string): Promise<LivePolicy> {
  task.progress(`reading the policy of repository '${repositoryName}'`);
  try {
    const answer = await sendToEcr(task, GetRepositoryPolicyCommand, { repositoryName });
    return answer?.policyText ? parsePolicy(answer.policyText) : 'no policy';
  } catch (error) {
    if (isNamed(error, 'RepositoryPolicyNotFoundException')) return 'no policy';
    if (isRepositoryMissing(error)) return 'no repository';
    throw error;
  }
}
