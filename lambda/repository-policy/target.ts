import { DeleteRepositoryPolicyCommand, SetRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import type { PolicyTarget } from '../shared/policy/target';
import { readRepositoryPolicy } from '../shared/repository/policy-text';

export function repositoryTarget(repositoryName: string, force: boolean): PolicyTarget {
  return {
    name: `Repository '${repositoryName}'`,
    setAction: 'ecr:SetRepositoryPolicy',
    missingErrors: ['RepositoryPolicyNotFoundException', 'RepositoryNotFoundException'],
    canForce: true,
    read: task => readRepositoryPolicy(task, repositoryName),
    set: (ecr, policyText, options) =>
      ecr.send(new SetRepositoryPolicyCommand({ repositoryName, policyText, ...force ? { force } : {} }), options),
    remove: (ecr, options) => ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName }), options),
  };
}
