import { DeleteRegistryPolicyCommand, GetRegistryPolicyCommand, PutRegistryPolicyCommand } from '@aws-sdk/client-ecr';
import { parsePolicy } from '../../src/core/policy/document';
import { sendToEcr } from '../shared/aws/send-command';
import type { PolicyTarget } from '../shared/policy/target';
import { isNamed } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';
import type { LivePolicy } from '../shared/repository/policy-text';

const MISSING = 'RegistryPolicyNotFoundException';

/** The policy of the registry of the function's account and Region. */
export function registryTarget(registryId: string): PolicyTarget {
  return {
    name: `Registry '${registryId}'`,
    setAction: 'ecr:PutRegistryPolicy',
    missingErrors: [MISSING],
    canForce: false,
    read: task => readRegistryPolicy(task, registryId),
    set: (ecr, policyText, options) => ecr.send(new PutRegistryPolicyCommand({ policyText }), options),
    remove: (ecr, options) => ecr.send(new DeleteRegistryPolicyCommand({}), options),
  };
}

async function readRegistryPolicy(task: EcrTask, registryId: string): Promise<LivePolicy> {
  task.progress(`reading the policy of registry '${registryId}'`);
  try {
    const answer = await sendToEcr(task, GetRegistryPolicyCommand, {});
    return answer?.policyText ? parsePolicy(answer.policyText) : 'no policy';
  } catch (error) {
    if (isNamed(error, MISSING)) return 'no policy';
    throw error;
  }
}
