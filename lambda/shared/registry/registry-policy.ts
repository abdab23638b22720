import { GetRegistryPolicyCommand } from '@aws-sdk/client-ecr';
import { parsePolicy, PolicyDocument } from '../../../src/core/policy/document';
import { sendToEcr } from '../aws/send-command';
import { isNamed } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

export const NO_REGISTRY_POLICY = 'RegistryPolicyNotFoundException';

/** Reads the policy of the client's registry. */
export async function readRegistryPolicy(task: EcrTask, registryId: string): Promise<PolicyDocument | 'no policy'> {
  task.progress(`reading the policy of registry '${registryId}'`);
  try {
    const answer = await sendToEcr(task, GetRegistryPolicyCommand, {});
    return answer?.policyText ? parsePolicy(answer.policyText) : 'no policy';
  } catch (error) {
    if (isNamed(error, NO_REGISTRY_POLICY)) return 'no policy';
    throw error;
  }
}
