import type { Stack } from 'aws-cdk-lib';
import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import { LifecyclePolicy, LifecycleRule, Repository, RepositoryLifecycle } from '../../../src';
import { DeployedStack } from '../deployed-stack';
import { account, send, startForEachTest, status, success } from '../handler-scene';

startForEachTest({ handler: lifecyclePolicyHandler, resourceType: 'Custom::EcrLifecyclePolicy' });
beforeEach(() => account.ecr.seed({ repositoryName: 'team/shared' }));

const stack = () => DeployedStack.of('Test', (scope: Stack) => {
  new RepositoryLifecycle(scope, 'Lifecycle', {
    repository: Repository.fromRepositoryName(scope, 'Import', 'team/shared'),
    lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]),
  });
});
const live = () => account.ecr.repository('team/shared').lifecyclePolicyText;

test.each([['Put', 'Create'], ['Delete', 'Delete']] as const)('a policy is not changed if IAM does not know the tags of a repository for'
  + ' %sLifecyclePolicy (resource-tag-on-each-action)', async (verb, type) => {
  const deployedStack = stack();
  if (type === 'Delete') {
    await success(send(deployedStack, 'Create'));
    status(deployedStack, 'DELETE_IN_PROGRESS');
  }
  const before = live();
  account.ecr.actionsWithoutResourceTag = [`ecr:${verb}LifecyclePolicy`];
  expect((await send(deployedStack, type))?.Reason).toContain(`was denied ecr:${verb}LifecyclePolicy for 60 seconds`);
  expect(live()).toBe(before);
});
