import type { Stack } from 'aws-cdk-lib';
import { prefixTeardownHandler } from '../../../lambda/prefix-teardown/handler';
import { PrefixTeardown } from '../../../src';
import { account, deployed, send, startForEachTest, status } from '../handler-scene';

startForEachTest({ handler: prefixTeardownHandler, resourceType: 'Custom::EcrPrefixTeardown' });
beforeEach(() => {
  account.ecr.seed({ repositoryName: 'cache/alpine', images: 6, kind: 'multiArch', tags: { stage: 'test' } });
});

const prefixed = (scope: Stack) => {
  new PrefixTeardown(scope, 'Cache', { prefix: 'cache/', requireTag: { key: 'stage', value: 'test' } });
};

async function destroy() {
  const stack = await deployed(prefixed);
  status(stack, 'DELETE_IN_PROGRESS');
  return send(stack, 'Delete');
}

test.each(['assumed', 'other'] as const)('nothing is deleted unless all repositories can be listed, and the error names the action'
  + ' (describe-all-iam: %s)', async reading => {
  account.readings.set('describe-all-iam', reading);
  const answer = await destroy();
  expect(answer?.Status).toBe(reading === 'assumed' ? 'SUCCESS' : 'FAILED');
  if (reading === 'other') expect(answer?.Reason).toMatch(/not authorized to perform: ecr:DescribeRepositories/);
  expect(account.ecr.images('cache/alpine')).toBe(reading === 'assumed' ? 0 : 6);
});

test('nothing is deleted if IAM does not know the tags of a repository (resource-tag-on-each-action)', async () => {
  account.readings.set('resource-tag-on-each-action', 'other');
  const answer = await destroy();
  expect(answer?.Reason).toMatch(/ecr:DeleteRepository/);
  expect(account.ecr.images('cache/alpine')).toBe(6);
});
