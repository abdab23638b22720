import type { Operation } from '../operation';
import { readReplicationRules } from '../replication-rules';

/** Both apply to the registry of the caller, which has no ARN (service authorization reference). */
export const describeRegistry: Operation = {
  needs: () => [{ action: 'ecr:DescribeRegistry', resource: '*' }],
  run: ({ registry }) => ({ registryId: registry.account, replicationConfiguration: { rules: registry.replicationRules } }),
};

/** Replaces all rules. On AWS the first call of an account also creates a service-linked role. */
export const putReplicationConfiguration: Operation = {
  needs: ({ registry }) => [
    { action: 'ecr:PutReplicationConfiguration', resource: '*' },
    ...registry.replicationRules.length > 0 ? [] : [{
      action: 'iam:CreateServiceLinkedRole',
      resource: `arn:aws:iam::${registry.account}:role/aws-service-role/replication.ecr.amazonaws.com/AWSServiceRoleForECRReplication`,
      context: { 'iam:AWSServiceName': 'replication.ecr.amazonaws.com' },
    }],
  ],
  run: ({ input, registry, readings }) => {
    registry.replicationRules = readReplicationRules(input.replicationConfiguration, registry, readings);
    return { replicationConfiguration: { rules: registry.replicationRules } };
  },
};
