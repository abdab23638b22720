import { App, Duration, Fn, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { PrefixTeardown, PrefixTeardownProps, Repository, Teardown } from '../src';

const GUARDED = Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } });

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack');
});

const made = (props: Partial<PrefixTeardownProps> = {}, id = 'Cache', scope = stack) => new PrefixTeardown(scope, id, { prefix: 'cache/', teardown: GUARDED, ...props });

test.each<[string, Partial<PrefixTeardownProps>, RegExp]>([
  ['without a slash at the end', { prefix: 'cache' }, /'prefix' must be the beginning of repository names and end in '\/'.*got: "cache"/],
  ['empty', { prefix: '' }, /'prefix' must be the beginning/],
  ['ROOT', { prefix: 'ROOT' }, /'prefix' must not be ROOT, which stands for every repository/],
  ['ROOT in another shape', { prefix: 'root/' }, /must not be ROOT/],
  ['with an empty segment', { prefix: 'a//' }, /'prefix' must be the beginning/],
  ['in capitals', { prefix: 'Cache/' }, /'prefix' must be the beginning/],
  ['a token', { prefix: Fn.importValue('x') }, /'prefix' must be known when the app is synthesised, got a token/],
  ['no tag', { teardown: Teardown.deleteWithImages() }, /'teardown' must have a 'requireTag'/],
  ['retain', { teardown: Teardown.retain() }, /'teardown' must be Teardown.deleteWithImages\(\), got: Teardown.retain\(\)/],
  ['empty', { teardown: Teardown.empty() }, /'teardown' must be Teardown.deleteWithImages\(\), got: Teardown.empty\(\)/],
  ['no repository at all', { maxRepositories: 0 }, /'maxRepositories' must be a whole number of at least 1, got: 0/],
  ['a Region that is none', { regions: ['Ireland'] }, /'regions\[0\]' must be the name of a Region, such as eu-west-1, got: Ireland/],
  ['a Region twice', { regions: ['eu-west-1', 'eu-west-1'] }, /'regions' must name each Region once/],
  ['everything at once', { prefix: 'x', teardown: Teardown.retain(), maxRepositories: -1 }, /3 problems/],
])('%s', (_what, props, message) => {
  expect(() => made(props)).toThrow(message);
});

describe('prefixes of one app overlap', () => {
  const IRELAND = { account: '111111111111', region: 'eu-west-1' };
  const OVERLAP = /overlaps cache\/docker-hub\/ at '\w+\/Cache', which is torn down already/;
  const second = (prefix: string, { of, props = {} }: { of: Stack; props?: Partial<PrefixTeardownProps> }) => () => made({ prefix, ...props }, 'Again', of);

  test.each([['cache/', true], ['cache/docker-hub/', true], ['cache/docker-hub/library/', true], ['cac/', false], ['cache/docker/', false]])('%s: %s', (prefix, clashes) => {
    made({ prefix: 'cache/docker-hub/' });
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
    made({ prefix: 'cache/docker-hub/' }, 'Cache', new Stack(app, 'Ireland', { env: IRELAND }));
    const again = second('cache/', { of: new Stack(app, 'Other', { env }), props: { regions } });
    if (clashes) expect(again).toThrow(OVERLAP);
    else expect(again).not.toThrow();
  });
});

test('rights on what is under the prefix only, and to delete only what carries the tag and no teardown of its own', () => {
  made({ prefix: 'cache/docker-hub/', teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' }, pulledWithin: Duration.days(1) }) });
  const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy')).flatMap(policy => policy.Properties.PolicyDocument.Statement);
  const [deleting] = statements.filter(({ Action }) => Action === 'ecr:DeleteRepository');
  expect(JSON.stringify(deleting.Resource)).toContain(':repository/cache/docker-hub/*');
  expect(deleting.Condition).toEqual({ StringEquals: { 'aws:ResourceTag/stage': 'test' }, Null: { 'aws:ResourceTag/cdk-ecr-keeper:teardown-by': 'true' } });
});

test('what the app declares below it is excluded, wherever it is declared and whenever', () => {
  made();
  new Repository(new Stack(app, 'Other'), 'Later', { repositoryName: 'cache/ours' });
  new Repository(stack, 'Elsewhere', { repositoryName: 'team/app' });
  Template.fromStack(stack).hasResourceProperties('Custom::EcrPrefixTeardown', { Prefix: 'cache/', Excluded: ['cache/ours'], MaxRepositories: 50 });
});

test('another prefix is another resource', () => {
  const idOf = (prefix: string) => {
    const one = new Stack(new App(), 'Stack');
    new PrefixTeardown(one, 'Cache', { prefix, teardown: GUARDED });
    return Object.keys(Template.fromStack(one).findResources('Custom::EcrPrefixTeardown'))[0];
  };
  expect(idOf('one/')).not.toBe(idOf('two/'));
});
