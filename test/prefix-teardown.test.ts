import { App, Duration, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { app, newStackForEachTest, stack } from './construct-scene';
import { PrefixTeardown, PrefixTeardownProps, Repository, TeardownAudit } from '../src';

const requireTag = { key: 'stage', value: 'test' };

newStackForEachTest();

const add = (props: Partial<PrefixTeardownProps> = {}, id = 'Cache', scope = stack) =>
  new PrefixTeardown(scope, id, { prefix: 'cache/', requireTag, ...props });

test.each<[string, Partial<PrefixTeardownProps>, RegExp]>([
  ['without a slash at the end', { prefix: 'cache' }, /'prefix' must be the beginning of repository names and end in '\/'.*got: "cache"/],
  ['empty', { prefix: '' }, /'prefix' must be the beginning/],
  ['ROOT', { prefix: 'ROOT' }, /'prefix' must not be ROOT, which stands for every repository/],
  ['ROOT in another shape', { prefix: 'root/' }, /must not be ROOT/],
  ['with an empty segment', { prefix: 'a//' }, /'prefix' must be the beginning/],
  ['in capitals', { prefix: 'Cache/' }, /'prefix' must be the beginning/],
  ['a token', { prefix: Fn.importValue('x') }, /'prefix' must be known when the app is synthesized, got a token/],
  ['a tag without a key', { requireTag: { key: '', value: '' } }, /'requireTag.key' must have between 1 and 128 characters, got: 0/],
  ['a number of images that is none', { maxImages: -1 }, /'maxImages' must be a whole number of at least 0, got: -1/],
  ['a protected tag that cannot be', { protectedTags: ['a b'] }, /'protectedTags\[0\]' cannot match any tag/],
  ['a time that is none', { pushedWithin: Duration.millis(1) }, /'pushedWithin' must be a whole number of seconds, at least 1, got: 1 ms/],
  ['a time that is a token', { pulledWithin: Duration.days(Lazy.number({ produce: () => 1 })) },
    /'pulledWithin' must be known when the app is synthesized, got a token/],
  ['no repository at all', { maxRepositories: 0 }, /'maxRepositories' must be a whole number of at least 1, got: 0/],
  ['a Region that is none', { regions: ['Ireland'] }, /'regions\[0\]' must be the name of a Region, such as eu-west-1, got: Ireland/],
  ['a Region twice', { regions: ['eu-west-1', 'eu-west-1'] }, /'regions' must name each Region once/],
  ['everything at once', { prefix: 'x', maxImages: -1, maxRepositories: -1 }, /3 problems/],
])('%s', (_what, props, message) => {
  expect(() => add(props)).toThrow(message);
});

describe('prefixes of one app overlap', () => {
  const IRELAND = { account: '111111111111', region: 'eu-west-1' };
  const OVERLAP = /overlaps with cache\/docker-hub\/ at '\w+\/Cache', which already has a teardown/;
  const second = (prefix: string, { of, props = {} }: { of: Stack; props?: Partial<PrefixTeardownProps> }) =>
    () => add({ prefix, ...props }, 'Again', of);

  test.each([
    ['cache/', true], ['cache/docker-hub/', true], ['cache/docker-hub/library/', true], ['cac/', false], ['cache/docker/', false],
  ])('%s: %s', (prefix, clashes) => {
    add({ prefix: 'cache/docker-hub/' });
    const again = second(prefix, { of: stack });
    if (clashes) expect(again).toThrow(OVERLAP);
    else expect(again).not.toThrow();
  });

  test.each([
    ['the same account and Region', IRELAND, undefined, true],
    ['another Region', { ...IRELAND, region: 'eu-central-1' }, undefined, false],
    ['another account', { ...IRELAND, account: '222222222222' }, undefined, false],
    ['another Region, whose teardown names the first', { ...IRELAND, region: 'eu-central-1' }, ['eu-north-1', 'eu-west-1'], true],
    ['the same Region, whose teardown names another', IRELAND, ['eu-central-1'], false],
    ['one that is known only at deploy', undefined, undefined, false],
  ])('of another stack, in %s: %s', (_where, env, regions, clashes) => {
    add({ prefix: 'cache/docker-hub/' }, 'Cache', new Stack(app, 'Ireland', { env: IRELAND }));
    const again = second('cache/', { of: new Stack(app, 'Other', { env }), props: { regions } });
    if (clashes) expect(again).toThrow(OVERLAP);
    else expect(again).not.toThrow();
  });
});

const OF_THE_STACK = {
  'Fn::Join': ['', [{ 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }, ':*']],
};

test('the function has permissions only under the prefix, and deletes only repositories with the tag that belong to no other stack', () => {
  add({ prefix: 'cache/docker-hub/', pulledWithin: Duration.days(1) });
  const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
    .flatMap(policy => policy.Properties.PolicyDocument.Statement);
  const [deleting] = statements.filter(({ Action }) => Action === 'ecr:DeleteRepository');
  expect(JSON.stringify(deleting.Resource)).toContain(':repository/cache/docker-hub/*');
  expect(deleting.Condition)
    .toEqual({
      StringEquals: { 'aws:ResourceTag/stage': 'test' },
      Null: {
        'aws:ResourceTag/cdk-ecr-keeper:teardown-by': 'true',
        'aws:ResourceTag/aws:cloudformation:stack-id': 'true',
      },
      StringLikeIfExists: {
        'aws:ResourceTag/cdk-ecr-keeper:lifecycle-policy-by': OF_THE_STACK,
        'aws:ResourceTag/cdk-ecr-keeper:prefix-lifecycle-by': OF_THE_STACK,
      },
    });
});

test('repositories of the app under the prefix are excluded, in any stack and any order', () => {
  add();
  new Repository(new Stack(app, 'Other'), 'Later', { repositoryName: 'cache/ours' });
  new Repository(stack, 'Elsewhere', { repositoryName: 'team/app' });
  Template.fromStack(stack)
    .hasResourceProperties('Custom::EcrPrefixTeardown', { Prefix: 'cache/', Excluded: ['cache/ours'], MaxRepositories: 50 });
});

test('another prefix is another resource', () => {
  const idOf = (prefix: string) => {
    const one = new Stack(new App(), 'Stack');
    new PrefixTeardown(one, 'Cache', { prefix, requireTag });
    return Object.keys(Template.fromStack(one).findResources('Custom::EcrPrefixTeardown'))[0];
  };
  expect(idOf('one/')).not.toBe(idOf('two/'));
});

test('the custom resource has the guards and the audit, and no properties that are not set', () => {
  const guards = { maxImages: 3, protectedTags: ['v*'], pushedWithin: Duration.hours(1), pulledWithin: Duration.days(1) };
  add({
    prefix: 'all/',
    ...guards,
    audit: TeardownAudit.toBucket(s3.Bucket.fromBucketName(stack, 'Bucket', 'audit')),
    maxRepositories: 7,
    regions: ['eu-west-1'],
  }, 'All');
  add({ prefix: 'least/' }, 'Least');
  const [all, least] = Object.entries(Template.fromStack(stack).findResources('Custom::EcrPrefixTeardown')).sort()
    .map(([, { Properties }]) => Properties as object);
  expect(all).toMatchObject({
    Prefix: 'all/',
    Regions: ['eu-west-1'],
    MaxRepositories: 7,
    RequireTagKey: 'stage',
    RequireTagValue: 'test',
    MaxImages: 3,
    ProtectedTags: ['v*'],
    PushedWithin: 3_600,
    PulledWithin: 86_400,
    Audit: true,
    AuditBucket: 'audit',
  });
  expect(Object.keys(least).sort())
    .toEqual(['MaxRepositories', 'Prefix', 'Regions', 'RequireTagKey', 'RequireTagValue', 'ServiceTimeout', 'ServiceToken']);
});

test('a teardown without its required tag, or with an option of another teardown, does not compile', () => {
  // @ts-expect-error a required tag is missing
  const withoutTag = () => new PrefixTeardown(stack, 'A', { prefix: 'a/' });
  // @ts-expect-error replicas have no prefix
  const withReplicas = () => new PrefixTeardown(stack, 'B', { prefix: 'b/', requireTag, replicaRegions: ['eu-west-1'] });
  expect([withoutTag, withReplicas]).toHaveLength(2);
});
