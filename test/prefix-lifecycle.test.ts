import { App, CfnOutput, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { ImageUse, LifecycleGuard, LifecyclePolicy, LifecycleRule, PrefixTeardown, registry, Repository } from '../src';
import { app, newStackForEachTest, stack } from './construct-scene';
import { DeployedStack } from './lambda/deployed-stack';
import { evaluate } from './local-ecr/iam';

const { PrefixLifecycle } = registry;
const TYPE = 'Custom::EcrPrefixLifecycle';
const lifecycle = LifecyclePolicy.fromRules([LifecycleRule.keepNewest(20)]);
const guard = LifecycleGuard.refuse({ maxImages: 10 });

newStackForEachTest();

function add(props: Partial<registry.PrefixLifecycleProps> = {}, id = 'Existing', scope = stack): registry.PrefixLifecycle {
  return new PrefixLifecycle(scope, id, { prefix: 'docker-hub/', lifecycle, ...props });
}

test('the custom resource has the policy, and no properties that are not set', () => {
  add();
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources(TYPE));
  const { ServiceToken, ServiceTimeout, ...properties } = Properties;
  expect(properties).toEqual({ Prefix: 'docker-hub/', PolicyText: lifecycle.toJson(), MaxRepositories: 1_000, Overwrite: false });
});

test('the custom resource has all properties that are set', () => {
  add({ guard, maxRepositories: 7, overwrite: true, excludedRepositories: ['docker-hub/library/nginx'], trigger: '2' });
  Template.fromStack(stack).hasResourceProperties(TYPE, {
    MaxRepositories: 7,
    Overwrite: true,
    Excluded: ['docker-hub/library/nginx'],
    Guard: Match.objectLike({ Mode: 'refuse', MaxImages: 10 }),
    Trigger: '2',
  });
});

test('the log of the function outlives the stack if policies are replaced', () => {
  add({ overwrite: true });
  Template.fromStack(stack).hasResource('AWS::Logs::LogGroup', { DeletionPolicy: 'Retain' });
});

test('repositories of the app under the prefix are excluded, in any stack and any order', () => {
  add({ excludedRepositories: ['docker-hub/theirs'] });
  new Repository(new Stack(app, 'Other'), 'Later', { repositoryName: 'docker-hub/ours' });
  new Repository(stack, 'Outside', { repositoryName: 'team/app' });
  Template.fromStack(stack).hasResourceProperties(TYPE, { Excluded: ['docker-hub/theirs', 'docker-hub/ours'] });
});

test('the function changes repositories only under the prefix and with the mark of the stack', () => {
  add({ guard: LifecycleGuard.refuse({ inUseBy: [ImageUse.lambdaFunctions()] }) });
  const statements: any[] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
    .flatMap(policy => policy.Properties.PolicyDocument.Statement);
  const key = 'cdk-ecr-keeper:prefix-lifecycle-by';
  const ofStack = { 'Fn::Join': ['', [{ 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }, ':*']] };
  const onKey = { 'ForAllValues:StringEquals': { 'aws:TagKeys': [key] } };
  const conditionOf = (action: string) => {
    const [statement] = statements.filter(({ Action }) => [Action].flat().includes(action));
    expect(JSON.stringify(statement.Resource)).toContain(':repository/docker-hub/*');
    return statement.Condition;
  };
  for (const action of ['ecr:PutLifecyclePolicy', 'ecr:DeleteLifecyclePolicy']) {
    expect(conditionOf(action)).toEqual({ StringLike: { [`aws:ResourceTag/${key}`]: ofStack } });
  }
  expect(conditionOf('ecr:UntagResource')).toEqual({ StringLike: { [`aws:ResourceTag/${key}`]: ofStack }, ...onKey });
  expect(conditionOf('ecr:TagResource')).toEqual({
    StringLike: { [`aws:RequestTag/${key}`]: ofStack }, StringLikeIfExists: { [`aws:ResourceTag/${key}`]: ofStack }, ...onKey,
  });
  for (const action of ['ListTagsForResource', 'GetLifecyclePolicy', 'StartLifecyclePolicyPreview', 'DescribeImages', 'BatchGetImage']) {
    expect(conditionOf(`ecr:${action}`)).toBeUndefined();
  }
  expect(statements.some(({ Action }) => [Action].flat().includes('lambda:ListFunctions'))).toBe(true);
});

test.each<[string, string, LifecycleGuard | undefined]>([
  ['with a guard that depends on the registry, the function may read', 'only under the prefix',
    LifecycleGuard.refuse({ protectedTags: ['release-*'] })],
  ['with another guard, the function may not read', 'at all', guard],
  ['without a guard, the function may not read', 'at all', undefined],
])('%s the replication rules, and copies in other Regions %s', (_which, where, which) => {
  const isAllowed = where !== 'at all';
  const policy = DeployedStack.of('Test', scope => add({ guard: which }, 'Existing', scope)).policy();
  const mayDescribe = (name: string) => evaluate(policy, {
    action: 'ecr:DescribeImages', resource: `arn:aws:ecr:eu-west-1:000000000000:repository/${name}`,
  }).allowed;
  expect(evaluate(policy, { action: 'ecr:DescribeRegistry', resource: '*' }).allowed).toBe(isAllowed);
  expect([mayDescribe('docker-hub/library/nginx'), mayDescribe('team/app')]).toEqual([isAllowed, false]);
});

test('without a guard, the function may not preview policies', () => {
  add();
  expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'))).not.toContain('Preview');
});

test('another prefix is another resource', () => {
  const idOf = (prefix: string) => {
    const one = new Stack(new App(), 'Stack');
    add({ prefix }, 'Existing', one);
    return Object.keys(Template.fromStack(one).findResources(TYPE))[0];
  };
  expect(idOf('one/')).not.toBe(idOf('two/'));
});

test('a teardown of the same prefix is allowed', () => {
  add();
  new PrefixTeardown(stack, 'Teardown', { prefix: 'docker-hub/', requireTag: { key: 'stage', value: 'test' } });
  Template.fromStack(stack).resourceCountIs(TYPE, 1);
});

describe('prefixes overlap:', () => {
  const IRELAND = { account: '111111111111', region: 'eu-west-1' };
  const OVERLAP = /overlaps with docker-hub\/ at '\w+\/Existing', which already has a lifecycle policy/;

  test.each([
    ['docker-hub/', true], ['docker-hub/library/', true], ['docker/', false],
  ])('docker-hub/ with %s: %s', (prefix, overlaps) => {
    add();
    const again = () => add({ prefix }, 'Again');
    if (overlaps) expect(again).toThrow(OVERLAP);
    else expect(again).not.toThrow();
  });

  test.each([
    ['the same account and Region', IRELAND, true],
    ['another Region', { ...IRELAND, region: 'eu-central-1' }, false],
    ['an account and Region that are known only at deployment', undefined, false],
  ])('in another stack of %s: %s', (_where, env, overlaps) => {
    add({}, 'Existing', new Stack(app, 'Ireland', { env: IRELAND }));
    const again = () => add({}, 'Again', new Stack(app, 'Other', { env }));
    if (overlaps) expect(again).toThrow(OVERLAP);
    else expect(again).not.toThrow();
  });
});

test.each<[string, Partial<registry.PrefixLifecycleProps>, RegExp]>([
  ['a prefix without a slash', { prefix: 'docker-hub' }, /'prefix' must be the beginning of repository names and end in '\/'/],
  ['every repository', { prefix: 'ROOT' }, /'prefix' must not be ROOT/],
  ['a prefix that is a token', { prefix: Fn.importValue('x') }, /'prefix' must be known when the app is synthesized, got a token/],
  ['no repository at all', { maxRepositories: 0 }, /'maxRepositories' must be a whole number of at least 1, got: 0/],
  ['a repository outside of the prefix', { excludedRepositories: ['docker-hub/a', 'team/app'] },
    /'excludedRepositories\[1\]' must be the name of a repository under the prefix docker-hub\/, got: "team\/app"/],
  ['a name that no repository can have', { excludedRepositories: ['docker-hub/A'] }, /'excludedRepositories\[0\]' must be the name/],
  ['an empty trigger', { trigger: '' }, /'trigger' must have between 1 and 256 characters, got: 0/],
  ['everything at once', { prefix: 'x', maxRepositories: -1, trigger: '' }, /3 problems/],
])('the synthesis refuses %s', (_what, props, message) => {
  expect(() => add(props)).toThrow(message);
});

test('numbers and names that are known only at deployment are allowed', () => {
  add({ maxRepositories: Lazy.number({ produce: () => 7 }), excludedRepositories: [Fn.importValue('name')] });
  Template.fromStack(stack)
    .hasResourceProperties(TYPE, { MaxRepositories: 7, Excluded: [{ 'Fn::ImportValue': 'name' }] });
});

test('a policy that is probably a mistake causes the warning of other policies', () => {
  const tagPatternList = ['a*', 'b*'];
  add({ lifecycle: LifecyclePolicy.fromEcrRules([{ tagStatus: ecr.TagStatus.TAGGED, tagPatternList, maxImageCount: 1 }]) });
  Annotations.fromStack(stack).hasWarning('/Stack/Existing', Match.stringLikeRegexp('\\[ack: cdk-ecr-keeper:lifecycle-and-trap\\]'));
});

test('the results of the previews are attributes if there is a guard', () => {
  const existing = add({ guard });
  new CfnOutput(stack, 'Images', { value: `${existing.expiringImageCount} ${existing.archivingImageCount} ${existing.lifecycleFindings}` });
  const text = JSON.stringify(Template.fromStack(stack).findOutputs('Images'));
  for (const attribute of ['ExpiringImageCount', 'ArchivingImageCount', 'Findings']) expect(text).toContain(attribute);
  const without = add({ prefix: 'quay/' }, 'Quay');
  for (const attribute of ['expiringImageCount', 'archivingImageCount', 'lifecycleFindings'] as const) {
    expect(() => without[attribute]).toThrow(/a lifecycle policy is previewed only with a 'guard', got none\. Set 'guard'/);
  }
});
