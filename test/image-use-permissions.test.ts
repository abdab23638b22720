import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
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
    ].map(request => evaluate(policy, { ...request, context: { 'ecs:cluster': cluster(name, region) } }).allowed),
    mayReadFunction: (region = HERE) =>
      evaluate(policy, { action: 'lambda:GetFunction', resource: `arn:aws:lambda:${region}:000000000000:function:app` }).allowed,
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
const ALL = [true, true, true, true];
const NONE = [false, false, false, false];

test('functions are read in the Region of the repository, and in no other', () => {
  const here = deployed(owned(ImageUse.lambdaFunctions()));
  expect([here.mayReadFunction(), here.mayReadFunction('eu-west-1')]).toEqual([true, false]);
  const elsewhere = deployed(existing('eu-west-1', ImageUse.lambdaFunctions()));
  expect([elsewhere.mayReadFunction(), elsewhere.mayReadFunction('eu-west-1')]).toEqual([false, true]);
});

test('functions are read in the Region that is searched, and in those of replicas', () => {
  const given = deployed(owned(ImageUse.lambdaFunctions({ region: 'eu-west-1' })));
  expect([given.mayReadFunction(), given.mayReadFunction('eu-west-1')]).toEqual([false, true]);
  const replicated = deployed(stack => {
    const teardown = Teardown.deleteWithImages({ replicaRegions: ['eu-west-1'], inUseBy: [ImageUse.lambdaFunctions()] });
    new Repository(stack, 'App', { teardown });
  });
  expect([HERE, 'eu-west-1', 'eu-west-2'].map(replicated.mayReadFunction)).toEqual([true, true, false]);
});

test('without clusters, every cluster of the Region is read, and no cluster of another Region', () => {
  const any = deployed(owned(ImageUse.ecs()));
  expect(any.maySearch('shop')).toEqual(ALL);
  expect(any.maySearch('shop', 'eu-west-1')).toEqual(NONE);
  expect(any.mayListClusters()).toBe(true);
});

test.each<[string, (stack: Stack) => string]>([
  ['its name', () => 'shop'],
  ['its ARN', () => cluster('shop')],
  ['the name of a cluster of the stack', stack => new ecs.CfnCluster(stack, 'shop').ref],
])('only a cluster that is given is read, by %s', (_what, reference) => {
  const given = deployed(stack => owned(ImageUse.ecs({ clusters: [reference(stack)] }))(stack));
  expect(given.maySearch('shop')).toEqual(ALL);
  expect(given.maySearch('other')).toEqual(NONE);
  expect(given.maySearch('shop', 'eu-west-1')).toEqual(NONE);
  expect(given.mayListClusters()).toBe(false);
});

test('a cluster that is a parameter may have any name in the Region', () => {
  const given = deployed(stack => owned(ImageUse.ecs({ clusters: [new CfnParameter(stack, 'Cluster').valueAsString] }))(stack));
  expect(given.maySearch('shop')).toEqual(ALL);
  expect(given.maySearch('shop', 'eu-west-1')).toEqual(NONE);
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
