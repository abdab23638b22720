import { registryPermissionsHandler } from '../../../lambda/registry-permissions/handler';
import { registry } from '../../../src';
import type { PolicyDocument } from '../../../src/core/policy/document';
import { describePolicyFaults } from '../policy-faults';

const REPOSITORIES = 'arn:aws:ecr:us-east-1:000000000000:repository';

describePolicyFaults({
  handler: registryPermissionsHandler,
  resourceType: 'Custom::EcrRegistryPermissions',
  build: scope => {
    new registry.RegistryPermissions(scope, 'Permissions', { statements: [registry.RegistryStatement.replicationFrom(['111111111111'])] });
  },
  foreign: [
    { Sid: 'Dr', Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'ecr:ReplicateImage', Resource: `${REPOSITORIES}/*` },
  ],
  own: {
    Sid: 'Statement1',
    Effect: 'Allow',
    Principal: { AWS: '111111111111' },
    Action: ['ecr:CreateRepository', 'ecr:ReplicateImage'],
    Resource: `${REPOSITORIES}/*`,
  },
  formerAction: 'ecr:ReplicateImage',
  read: ({ ecr }) => ecr.registryPolicy() as PolicyDocument | undefined,
  write: ({ ecr }, statements) => {
    ecr.registryPolicy({}, JSON.stringify({ Version: '2012-10-17', Statement: statements }));
  },
});
