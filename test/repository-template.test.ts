import { App, Duration, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import { LifecyclePolicy, LifecycleRule, registry, RepositoryPrincipal } from '../src';
import { app, newStackForEachTest, stack } from './construct-scene';

const { RepositoryTemplate, TemplateUse } = registry;
const TYPE = 'AWS::ECR::RepositoryCreationTemplate';
const ENV = { account: '111111111111', region: 'eu-west-1' };

newStackForEachTest({ env: ENV });

function add(props: Partial<registry.RepositoryTemplateProps> = {}, id = 'Template', scope = stack) {
  return new RepositoryTemplate(scope, id, { prefix: 'team/', appliedFor: [TemplateUse.CREATE_ON_PUSH], ...props });
}

const keyIn = (region: string, scope = stack) =>
  kms.Key.fromKeyArn(scope, 'Key', `arn:aws:kms:${region}:111111111111:key/11111111-1111-1111-1111-111111111111`);
const filters = (count: number) => Array.from({ length: count }, (_, nth) => ecr.ImageTagMutabilityExclusionFilter.wildcard(`dev-${nth}*`));
const pull = (principal: iam.IPrincipal = RepositoryPrincipal.accounts('222222222222')) => new iam.PolicyStatement({
  principals: [principal], actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
});

test('a template with every setting has them all in the native resource', () => {
  add({
    lifecycle: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]),
    statements: [pull()],
    tags: { stage: 'test' },
    encryptionKey: keyIn('eu-west-1'),
    imageTagMutabilityExclusionFilters: filters(1),
    description: 'Repositories of the team',
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties(TYPE, {
    Prefix: 'team',
    AppliedFor: ['CREATE_ON_PUSH'],
    LifecyclePolicy: LifecyclePolicy.fromRules([LifecycleRule.keepNewest(50)]).toJson(),
    RepositoryPolicy: {
      'Fn::Join': ['', [Match.stringLikeRegexp('^\\{"Version":"2012-10-17","Statement":\\[\\{"Action":\\["ecr:BatchGetImage",'),
        { Ref: 'AWS::Partition' }, Match.anyValue()]],
    },
    ResourceTags: [{ Key: 'stage', Value: 'test' }],
    EncryptionConfiguration: { EncryptionType: 'KMS', KmsKey: Match.stringLikeRegexp('^arn:aws:kms:eu-west-1:') },
    ImageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    ImageTagMutabilityExclusionFilters: [
      { ImageTagMutabilityExclusionFilterType: 'WILDCARD', ImageTagMutabilityExclusionFilterValue: 'dev-0*' },
    ],
    Description: 'Repositories of the team',
    CustomRoleArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('TemplateRole'), 'Arn'] },
  });
});

test('a template with the least settings has only its prefix and its use, and no role', () => {
  const { role } = add();
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources(TYPE));
  expect(Properties).toEqual({ Prefix: 'team', AppliedFor: ['CREATE_ON_PUSH'] });
  expect(role).toBeUndefined();
  Template.fromStack(stack).resourceCountIs('AWS::IAM::Role', 0);
});

describe('the role', () => {
  const REPOSITORIES = (names: string) => ({
    'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:ecr:eu-west-1:111111111111:repository/${names}`]],
  });
  const CREATE = { Effect: 'Allow', Action: ['ecr:CreateRepository', 'ecr:ReplicateImage', 'ecr:TagResource'] };
  const statementsOf = (one: Stack): unknown => {
    const [{ Properties }] = Object.values(Template.fromStack(one).findResources('AWS::IAM::Policy'));
    return Properties.PolicyDocument.Statement as unknown;
  };

  test('is assumed by Amazon ECR, exists before the template, and creates only repositories under the prefix', () => {
    const { role } = add({ tags: { stage: 'test' } });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'ecr.amazonaws.com' } }],
      },
    });
    expect(statementsOf(stack)).toEqual([{ ...CREATE, Resource: REPOSITORIES('team/*') }]);
    template.hasResource(TYPE, { DependsOn: Match.arrayWith([Match.stringLikeRegexp('TemplateRoleDefaultPolicy')]) });
    expect(role).toBeDefined();
  });

  test('of the prefix ROOT creates repositories with any name', () => {
    add({ prefix: 'ROOT', tags: { stage: 'test' } });
    expect(statementsOf(stack)).toEqual([{ ...CREATE, Resource: REPOSITORIES('*') }]);
  });

  test('of a template with a key has the actions on that key which Amazon ECR needs, in the same account', () => {
    add({ encryptionKey: keyIn('eu-west-1') });
    expect(statementsOf(stack)).toEqual([{ ...CREATE, Resource: REPOSITORIES('team/*') }, {
      Effect: 'Allow',
      Action: ['kms:CreateGrant', 'kms:RetireGrant', 'kms:DescribeKey'],
      Resource: 'arn:aws:kms:eu-west-1:111111111111:key/11111111-1111-1111-1111-111111111111',
    }]);
  });
});

const ofAnotherService = () => new iam.PolicyStatement({ principals: [new iam.AnyPrincipal()], actions: ['s3:GetObject'] });
const tagsOf = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, nth) => [`t${nth}`, '']));

test.each<[string, Partial<registry.RepositoryTemplateProps>, RegExp]>([
  ['an empty prefix', { prefix: '' }, /'prefix' must be the beginning of repository names, such as team\/cache, of 1 to 256.*got: ""/],
  ['a prefix in capitals', { prefix: 'Team/' }, /'prefix' must be the beginning of repository names.*got: "Team\/"/],
  ['a prefix with two slashes at its end', { prefix: 'team//' }, /'prefix' must be the beginning/],
  ['a prefix that begins with a slash', { prefix: '/team' }, /'prefix' must be the beginning/],
  ['a prefix that is too long', { prefix: 'a'.repeat(257) }, /'prefix' must be the beginning/],
  ['a prefix that is a token', { prefix: Fn.importValue('x') }, /'prefix' must be known when the app is synthesized, got a token/],
  ['no use', { appliedFor: [] }, /'appliedFor' must have at least one use, such as TemplateUse.PULL_THROUGH_CACHE, got none/],
  ['a use twice', { appliedFor: [TemplateUse.REPLICATION, TemplateUse.REPLICATION] }, /'appliedFor' must have each use once, got: REPL/],
  ['51 tags', { tags: tagsOf(51) }, /'tags' must have at most 50 entries, because ECR allows 50, got: 51/],
  ['a tag of AWS', { tags: { 'aws:x': '' } }, /'tags' must not have keys that start with 'aws:'/],
  ['a mark as a tag', { tags: { 'cdk-ecr-keeper:teardown-by': 'x' } }, /'tags' must not have keys that start with 'cdk-ecr-keeper:'/],
  ['an alias as the key', { encryptionKey: kms.Alias.fromAliasName(new Stack(), 'Alias', 'alias/x') },
    /'encryptionKey' must be a key, got an alias. Use kms.Key.fromLookup/],
  ['a key of another Region', { encryptionKey: keyIn('eu-north-1', new Stack()) },
    /'encryptionKey' must be in the Region of the stack, eu-west-1, got a key in eu-north-1/],
  ['six filters', { imageTagMutabilityExclusionFilters: filters(6) },
    /'imageTagMutabilityExclusionFilters' must have 1 to 5 filters, got: 6/],
  ['an empty list of filters', { imageTagMutabilityExclusionFilters: [] }, /must have 1 to 5 filters, got: 0/],
  ['filters of tags that are all mutable',
    { imageTagMutability: ecr.TagMutability.MUTABLE, imageTagMutabilityExclusionFilters: filters(1) },
    /'imageTagMutability' must be IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION with .*, got: MUTABLE/],
  ['exclusions without filters', { imageTagMutability: ecr.TagMutability.MUTABLE_WITH_EXCLUSION },
    /'imageTagMutability' MUTABLE_WITH_EXCLUSION requires 'imageTagMutabilityExclusionFilters', got none/],
  ['a long description', { description: 'x'.repeat(257) }, /'description' must have at most 256 characters, got: 257/],
  ['a statement of another service', { statements: [ofAnotherService()] },
    /'statements\[0\]' must have actions of ECR only/],
  ['problems of the prefix, a tag, and a statement at once', {
    prefix: '', tags: { 'aws:x': '' }, statements: [ofAnotherService()],
  }, /3 problems/],
])('%s is an error', (_what, props, message) => {
  expect(() => add(props)).toThrow(message);
});

test('fifty tags, a token as a description, and a prefix with any separator of names are accepted', () => {
  add({ prefix: 'a__b--c.d/e', tags: tagsOf(50), description: Lazy.string({ produce: () => 'x' }) });
  Template.fromStack(stack).hasResourceProperties(TYPE, { Prefix: 'a__b--c.d/e' });
});

describe('a second template', () => {
  const another = (env: typeof ENV | undefined, prefix: string) => () => add({ prefix }, 'Again', new Stack(app, 'Other', { env }));

  test.each([
    ['with the same prefix is an error', ENV, 'team', true],
    ['with a longer prefix is accepted', ENV, 'team/cache', false],
    ['with the same prefix in another Region is accepted', { ...ENV, region: 'eu-north-1' }, 'team', false],
    ['with the same prefix in an unknown environment is accepted', undefined, 'team', false],
  ])('%s', (_title, env, prefix, isError) => {
    add();
    if (isError) expect(another(env, prefix)).toThrow(/'prefix' team already has a template at 'Stack\/Template', and a registry can/);
    else expect(another(env, prefix)).not.toThrow();
  });

  test('with the same prefix in the same stack of an unknown environment is an error', () => {
    const agnostic = new Stack(new App(), 'Agnostic');
    add({}, 'One', agnostic);
    expect(() => add({}, 'Two', agnostic)).toThrow(/already has a template at 'Agnostic\/One'/);
  });
});

test('a policy that is too long fails the synthesis', () => {
  const accounts = Array.from({ length: 400 }, (_, nth) => String(200_000_000_000 + nth));
  add({ statements: [pull(RepositoryPrincipal.accounts(...accounts))] });
  expect(() => app.synth()).toThrow(/but a repository policy can have 10240 in total/);
});

test('a lifecycle policy that is probably a mistake has a warning', () => {
  add({ lifecycle: LifecyclePolicy.fromRules([LifecycleRule.expireOlderThan(Duration.days(90))]) });
  Annotations.fromStack(stack).hasWarning('/Stack/Template', Match.stringLikeRegexp('lifecycle-expires-everything'));
});

test.each<[string, Partial<registry.RepositoryTemplateProps>, number]>([
  ['immutable tags in a cache', { appliedFor: [TemplateUse.PULL_THROUGH_CACHE], imageTagMutability: ecr.TagMutability.IMMUTABLE }, 1],
  ['exclusions in a cache', { appliedFor: [TemplateUse.PULL_THROUGH_CACHE], imageTagMutabilityExclusionFilters: filters(1) }, 0],
  ['mutable tags in a cache', { appliedFor: [TemplateUse.PULL_THROUGH_CACHE] }, 0],
  ['immutable tags of pushed images', { imageTagMutability: ecr.TagMutability.IMMUTABLE }, 0],
])('%s: the number of warnings is right', (_what, props, count) => {
  add(props);
  expect(Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('immutable-cache'))).toHaveLength(count);
});
