import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import {
  ExistingRepository, ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, Repository, RepositoryTeardown, Teardown,
} from '../src';
import { DeployedStack } from './lambda/deployed-stack';
import { evaluate } from './local-ecr/iam';

const requireTag = { key: 'stage', value: 'test' };
const HERE = 'us-east-1';
const cluster = (name: string, region = HERE) => `arn:aws:ecs:${region}:000000000000:cluster/${name}`;

/** What the function of a stack with such a guard may do. */
const deployed = (build: (stack: Stack) => void) => {
  const policy = DeployedStack.of('Test', build).policy();
  return {
    maySearch: (name: string, region = HERE) => [
      { action: 'ecs:ListTasks', resource: '*' },
      { action: 'ecs:ListServices', resource: '*' },
      { action: 'ecs:DescribeTasks', resource: `arn:aws:ecs:${region}:000000000000:task/${name}/1` },
      { action: 'ecs:DescribeServices', resource: `arn:aws:ecs:${region}:000000000000:service/${name}/web` },
      { action: 'ecs:DescribeServiceRevisions', resource: `arn:aws:ecs:${region}:000000000000:service/${name}/web` },
      { action: 'ecs:DescribeServiceRevisions', resource: `arn:aws:ecs:${region}:000000000000:service-revision/${name}/web/1` },
    ].map(request => evaluate(policy, { ...request, context: { 'ecs:cluster': cluster(name, region) } }).allowed),
    mayReadFunction: (region = HERE) =>
      evaluate(policy, { action: 'lambda:GetFunction', resource: `arn:aws:lambda:${region}:000000000000:function:app` }).allowed,
    mayRead: (key: string) => evaluate(policy, { action: 's3:GetObject', resource: `arn:aws:s3:::uses/${key}` }).allowed,
    mayList: (prefix?: string) => evaluate(policy, {
      action: 's3:ListBucket', resource: 'arn:aws:s3:::uses', context: prefix === undefined ? {} : { 's3:prefix': prefix },
    }).allowed,
    mayDecrypt: (key: string) => evaluate(policy, { action: 'kms:Decrypt', resource: key }).allowed,
    mayListTaskDefinitions: () => evaluate(policy, { action: 'ecs:ListTaskDefinitions', resource: '*' }).allowed,
    mayListClusters: () => evaluate(policy, { action: 'ecs:ListClusters', resource: '*' }).allowed,
  };
};
const owned = (...inUseBy: ImageUse[]) => (stack: Stack) => {
  new Repository(stack, 'App', { teardown: Teardown.deleteWithImages({ inUseBy }) });
};
const existing = (region: string, ...inUseBy: ImageUse[]) => (stack: Stack) => {
  const repository = ExistingRepository.fromRepositoryArn(stack, 'Import', `arn:aws:ecr:${region}:000000000000:repository/app`);
  new RepositoryTeardown(stack, 'Teardown', { repository, teardown: Teardown.deleteWithImages({ requireTag, inUseBy }) });
};
const ALL = [true, true, true, true, true, true];
const NONE = [false, false, false, false, false, false];

test('functions are read in every Region, because the registry may repeat deletions there', () => {
  for (const build of [owned(ImageUse.lambdaFunctions()), existing('eu-west-1', ImageUse.lambdaFunctions())]) {
    expect([HERE, 'eu-west-1', 'eu-west-2'].map(deployed(build).mayReadFunction)).toEqual([true, true, true]);
  }
});

test('functions are read only in the Region that is given', () => {
  const given = deployed(owned(ImageUse.lambdaFunctions({ region: 'eu-west-1' })));
  expect([HERE, 'eu-west-1', 'eu-west-2'].map(given.mayReadFunction)).toEqual([false, true, false]);
});

test('without clusters, every cluster is read in every Region, or in the Region that is given', () => {
  const any = deployed(owned(ImageUse.ecs()));
  expect([any.maySearch('shop'), any.maySearch('shop', 'eu-west-1')]).toEqual([ALL, ALL]);
  expect(any.mayListClusters()).toBe(true);
  const given = deployed(owned(ImageUse.ecs({ region: HERE })));
  expect([given.maySearch('shop'), given.maySearch('shop', 'eu-west-1')]).toEqual([ALL, NONE]);
});

test.each<[string, (stack: Stack) => string, boolean[]]>([
  ['its name, in every Region', () => 'shop', ALL],
  ['its ARN', () => cluster('shop'), NONE],
  ['the name of a cluster of the stack, in every Region', stack => new ecs.CfnCluster(stack, 'shop').ref, ALL],
])('only a cluster that is given is read, by %s', (_what, reference, there) => {
  const given = deployed(stack => owned(ImageUse.ecs({ clusters: [reference(stack)] }))(stack));
  expect(given.maySearch('shop')).toEqual(ALL);
  expect(given.maySearch('other')).toEqual(NONE);
  expect(given.maySearch('shop', 'eu-west-1')).toEqual(there);
  expect(given.mayListClusters()).toBe(false);
});

test('a cluster that is a parameter may have any name', () => {
  const given = deployed(stack => owned(ImageUse.ecs({ clusters: [new CfnParameter(stack, 'Cluster').valueAsString] }))(stack));
  expect([given.maySearch('shop'), given.maySearch('shop', 'eu-west-1')]).toEqual([ALL, ALL]);
});

test('the guard of a lifecycle policy reads its clusters only', () => {
  const guarded = deployed(stack => {
    new Repository(stack, 'App', {
      lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(5)]),
      lifecycleGuard: LifecycleGuard.refuse({ inUseBy: [ImageUse.ecs({ clusters: ['shop'] })] }),
    });
  });
  expect([guarded.maySearch('shop'), guarded.maySearch('other')]).toEqual([ALL, NONE]);
});

test('task definitions are listed only for the newest of them', () => {
  expect(deployed(owned(ImageUse.ecs())).mayListTaskDefinitions()).toBe(false);
  expect(deployed(owned(ImageUse.ecs({ clusters: ['shop'], newestTaskDefinitions: 3 }))).mayListTaskDefinitions()).toBe(true);
});

describe('of a bucket', () => {
  const KEY = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555';
  const bucketIn = (stack: Stack, encryptionKeyArn?: string) => s3.Bucket.fromBucketAttributes(stack, 'Uses', {
    bucketName: 'uses', encryptionKey: encryptionKeyArn === undefined ? undefined : kms.Key.fromKeyArn(stack, 'Key', encryptionKeyArn),
  });

  test('only keys that begin as the pattern are listed and read', () => {
    const list = deployed(stack => owned(ImageUse.listed(bucketIn(stack), 'in-use/*.jsonl'))(stack));
    expect([list.mayRead('in-use/a.jsonl'), list.mayRead('other/a.jsonl')]).toEqual([true, false]);
    expect(['in-use/', 'in-use/a.jsonl', 'other/', '', undefined].map(list.mayList)).toEqual([true, true, false, false, false]);
    expect(list.mayDecrypt(KEY)).toBe(false);
  });

  test('every key is listed and read if the pattern begins with a wildcard', () => {
    const list = deployed(stack => owned(ImageUse.listed(bucketIn(stack), '*.jsonl'))(stack));
    expect([list.mayRead('a.jsonl'), list.mayList()]).toEqual([true, true]);
  });

  test('the key of an encrypted bucket may be used to decrypt', () => {
    const list = deployed(stack => owned(ImageUse.listed(bucketIn(stack, KEY), 'a.jsonl'))(stack));
    expect([list.mayDecrypt(KEY), list.mayDecrypt(KEY.replace('1111', '2222'))]).toEqual([true, false]);
  });
});
