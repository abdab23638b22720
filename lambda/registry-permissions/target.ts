import { DeleteRegistryPolicyCommand, PutRegistryPolicyCommand } from '@aws-sdk/client-ecr';
import type { PolicyTarget } from '../shared/policy/target';
import { NO_REGISTRY_POLICY, readRegistryPolicy } from '../shared/registry/registry-policy';

/** The policy of the registry of the function's account and Region. */
export function registryTarget(registryId: string): PolicyTarget {
  return {
    name: `Registry '${registryId}'`,
    setAction: 'ecr:PutRegistryPolicy',
    missingErrors: [NO_REGISTRY_POLICY],
    canForce: false,
    read: task => readRegistryPolicy(task, registryId),
    set: (ecr, policyText, options) => ecr.send(new PutRegistryPolicyCommand({ policyText }), options),
    remove: (ecr, options) => ecr.send(new DeleteRegistryPolicyCommand({}), options),
  };
}
