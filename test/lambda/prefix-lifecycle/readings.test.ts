import type { Stack } from 'aws-cdk-lib';
import { prefixLifecycleHandler } from '../../../lambda/prefix-lifecycle/handler';
import { LifecyclePolicy, LifecycleRule, registry } from '../../../src';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import { DeployedStack } from '../deployed-stack';
import { account, callsOf, send, startForEachTest, status, success, update } from '../handler-scene';

startForEachTest({ handler: prefixLifecycleHandler, resourceType: 'Custom::EcrPrefixLifecycle' });
beforeEach(() => {
  for (const repositoryName of ['hub/a', 'hub/b']) account.ecr.seed({ repositoryName });
});

const newest = (count: number) => LifecyclePolicy.fromRules([LifecycleRule.keepNewest(count)]);
const keeping = (count: number) => DeployedStack.of('Test', (scope: Stack) => {
  new registry.PrefixLifecycle(scope, 'Existing', { prefix: 'hub/', lifecycle: newest(count) });
});
const texts = () => ['hub/a', 'hub/b'].map(name => account.ecr.repository(name).lifecyclePolicyText);

test('the policies are written, replaced, and removed although each read after a write is late', async () => {
  account.readings.set('reads-see-writes', 'other');
  const [first, second] = [keeping(5), keeping(6)];
  status(first, 'CREATE_IN_PROGRESS');
  await success(send(first, 'Create'));
  expect(texts().every(text => sameLifecycle(text!, newest(5)._text))).toBe(true);
  status(second, 'UPDATE_IN_PROGRESS');
  await success(update(first, second));
  expect(texts().every(text => sameLifecycle(text!, newest(6)._text))).toBe(true);
  status(second, 'DELETE_IN_PROGRESS');
  await success(send(second, 'Delete'));
  expect(texts()).toEqual([undefined, undefined]);
  expect(account.ecr.repository('hub/a').tags).toEqual({});
});

test('nothing is changed if not all repositories can be listed, and the error names the action (describe-all-iam)', async () => {
  account.readings.set('describe-all-iam', 'other');
  const answer = await send(keeping(5), 'Create');
  expect(answer?.Reason).toMatch(/^Repositories under 'hub\/': .*ecr:DescribeRepositories/s);
  expect(callsOf('TagResource')).toEqual([]);
});

test('no policy is written if IAM does not know the tags of a repository (resource-tag-on-each-action)', async () => {
  account.readings.set('resource-tag-on-each-action', 'other');
  const answer = await send(keeping(5), 'Create');
  expect(answer?.Reason).toMatch(/^Repositories under 'hub\/': 2 of 2 could not be changed: .*ecr:PutLifecyclePolicy/);
  expect(texts()).toEqual([undefined, undefined]);
});
