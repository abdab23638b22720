import type { Stack } from 'aws-cdk-lib';
import { registryPermissionsHandler } from '../../../lambda/registry-permissions/handler';
import { registry } from '../../../src';
import type { Statement } from '../../../src/core/policy/document';
import { sameMeaning } from '../../../src/core/policy/normal-form';
import type { DeployedStack } from '../deployed-stack';
import { CLEANING, CREATED, describeFaults, FaultScene, UPDATING } from '../fault-points';

const TYPE = 'Custom::EcrRegistryPermissions';
const REPOSITORIES = 'arn:aws:ecr:us-east-1:000000000000:repository';
const FOREIGN: Statement[] = [
  { Sid: 'Dr', Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'ecr:ReplicateImage', Resource: `${REPOSITORIES}/*` },
];

const build = (scope: Stack) => {
  new registry.RegistryPermissions(scope, 'Permissions', { statements: [registry.RegistryStatement.replicationFrom(['111111111111'])] });
};

const own = (stack: DeployedStack): Statement => ({
  Sid: `Statement1CdkEcrKeeper${stack.stackId.split('/')[2].replace(/-/g, '')}${stack.logicalIds(TYPE)[0]}`,
  Effect: 'Allow',
  Principal: { AWS: '111111111111' },
  Action: ['ecr:CreateRepository', 'ecr:ReplicateImage'],
  Resource: `${REPOSITORIES}/*`,
});

interface Situation extends Pick<FaultScene, 'name' | 'request' | 'history'> {
  readonly before: (stack: DeployedStack) => Statement[];
  readonly after: (stack: DeployedStack) => Statement[];
}

const scene = ({ before, after, ...rest }: Situation): FaultScene => ({
  ...rest,
  build,
  prepare: (account, stack) => {
    account.ecr.registryPolicy({}, JSON.stringify({ Version: '2012-10-17', Statement: before(stack) }));
  },
  isFinal: answer => answer?.Status === 'SUCCESS',
  expectEnd: (account, stack, answer) => {
    expect(answer?.Status).toBe('SUCCESS');
    const Statement = [...account.ecr.registryPolicy()?.Statement ?? []] as unknown as Statement[];
    expect(sameMeaning({ Version: '2012-10-17', Statement }, { Version: '2012-10-17', Statement: after(stack) })).toBe(true);
  },
});

describeFaults(registryPermissionsHandler, TYPE, [
  scene({
    name: 'Create with statements of other owners',
    request: 'Create',
    history: CREATED.slice(0, 1),
    before: () => FOREIGN,
    after: stack => [...FOREIGN, own(stack)],
  }),
  scene({
    name: 'Update',
    request: 'Update',
    history: UPDATING,
    before: stack => [...FOREIGN, { ...own(stack), Action: 'ecr:ReplicateImage' }],
    after: stack => [...FOREIGN, own(stack)],
  }),
  scene({
    name: 'Delete with statements of other owners',
    request: 'Delete',
    history: CLEANING,
    before: stack => [...FOREIGN, own(stack)],
    after: () => FOREIGN,
  }),
  scene({ name: 'Delete of the only statement', request: 'Delete', history: CLEANING, before: stack => [own(stack)], after: () => [] }),
]);
