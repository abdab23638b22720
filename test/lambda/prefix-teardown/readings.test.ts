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

describe.each(['assumed', 'other'] as const)('in the %s reading', reading => {
  const shop = (now: string) => account.cloudFormation
    .stack('arn:aws:cloudformation:us-east-1:000000000000:stack/Shop/33333333-3333-3333-3333-333333333333').status(now);
  const kept = { type: 'AWS::ECR::Repository', physicalId: 'cache/alpine', status: 'DELETE_SKIPPED' };

  test.each([
    ['physical-id-any-type', 'whose name another resource has',
      () => shop('CREATE_COMPLETE').resource('Other', { type: 'AWS::Logs::LogGroup', physicalId: 'cache/alpine' })],
    ['physical-id-removed-resource', 'that an update removed from its stack',
      () => shop('UPDATE_COMPLETE').resource('Repo', kept)],
    ['physical-id-deleted-stack', 'that a deleted stack kept', () => shop('DELETE_COMPLETE').resource('Repo', kept)],
  ] as const)('%s: a repository %s is kept as long as CloudFormation lists it', async (id, _what, prepare) => {
    account.readings.set(id, reading);
    prepare();
    expect(await destroy()).toMatchObject({ Status: 'SUCCESS' });
    expect(account.ecr.repository('cache/alpine').exists).toBe(reading === 'assumed');
  });
});

test.each([['physical-id-message', 'assumed'], ['physical-id-message', 'other'], ['physical-id-iam', 'other']] as const)('a repository that'
  + ' a stack owns is kept, and one without a stack is deleted (%s: %s)', async (id, reading) => {
  account.readings.set(id, reading);
  account.ecr.seed({ repositoryName: 'cache/owned', images: 2, kind: 'flat', tags: { stage: 'test' } });
  account.cloudFormation.stack('arn:aws:cloudformation:us-east-1:000000000000:stack/Shop/33333333-3333-3333-3333-333333333333')
    .status('CREATE_COMPLETE').resource('Repo', { type: 'AWS::ECR::Repository', physicalId: 'cache/owned' });
  expect(await destroy()).toMatchObject({ Status: 'SUCCESS' });
  expect([account.ecr.repository('cache/alpine').exists, account.ecr.images('cache/owned')]).toEqual([false, 2]);
});
