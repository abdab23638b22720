import { GetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import { parsePolicy, PolicyDocument } from '../../../src/core/policy/document';
import { sendToEcr } from '../aws/send-command';
import { isNamed, isRepositoryMissing } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

/** What a repository has; 'no policy' and 'no repository' are different things. */
export type LivePolicy = PolicyDocument | 'no policy' | 'no repository';

/** The policy as it stands, never as it was before the asking. */
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
