import type { Stack } from 'aws-cdk-lib';
import { TAGGED_ACTIONS } from './iam';
import {
  LifecyclePolicy, LifecycleRule, PrefixTeardown, Repository, RepositoryLifecycle, RepositoryTeardown, Teardown,
} from '../../src';
import { DeployedStack } from '../lambda/deployed-stack';

const requireTag = { key: 'stage', value: 'test' };

function everyCondition(stack: Stack): void {
  new Repository(stack, 'Deleted', { teardown: Teardown.deleteWithImages() });
  new Repository(stack, 'Emptied', { teardown: Teardown.empty() });
  const repository = Repository.fromRepositoryName(stack, 'Import', 'team/legacy');
  new RepositoryTeardown(stack, 'Teardown', { repository, teardown: Teardown.deleteWithImages({ requireTag }) });
  new RepositoryLifecycle(stack, 'Lifecycle', { repository, lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(9)]) });
  new PrefixTeardown(stack, 'Prefix', { prefix: 'cache/', requireTag });
}

test('the probe of the tags of a repository asks for every action of a role that has a condition on them', () => {
  const stack = DeployedStack.of('Test', everyCondition);
  const limited = stack.policy().filter(({ Condition = {} }) => JSON.stringify(Condition).includes('aws:ResourceTag/'));
  expect([...new Set(limited.flatMap(({ Action }) => Action))].sort()).toEqual([...TAGGED_ACTIONS].sort());
});
