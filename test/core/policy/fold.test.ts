import fc from 'fast-check';
import { asList, Json, PolicyDocument, Statement } from '../../../src/core/policy/document';
import { fold } from '../../../src/core/policy/fold';
import { sameMeaning } from '../../../src/core/policy/normal-form';
import { merge, ownerSuffix, subtract } from '../../../src/core/policy/ownership';

const ACCOUNTS = ['111111111111', '222222222222'];
const ROLE = `arn:aws:iam::${ACCOUNTS[0]}:role/Deploy`;
const SERVICE = 'lambda.amazonaws.com';

interface Request {
  readonly action: string;
  readonly principal: { readonly account: string; readonly arn: string } | { readonly service: string };
  readonly context: Readonly<Record<string, string | string[]>>;
}

type Keys = { readonly [key: string]: Json };

/** Says what a policy does with a request; knows nothing of how statements are brought together. */
function decision(statements: readonly Statement[], request: Request): 'deny' | 'allow' | 'nothing' {
  const effects = statements.filter(statement => concerns(statement, request)).map(({ Effect }) => Effect);
  if (effects.includes('Deny')) return 'deny';
  return effects.includes('Allow') ? 'allow' : 'nothing';
}

function concerns({ Action, NotAction, Principal, NotPrincipal, Condition }: Statement, { action, principal, context }: Request): boolean {
  const names = (patterns: Json) => texts(patterns).some(pattern => isLike(action.toLowerCase(), pattern.toLowerCase()));
  return (Action === undefined ? !names(NotAction) : names(Action))
    && (Principal === undefined ? !isAmong(NotPrincipal, principal) : isAmong(Principal, principal))
    && Object.entries(Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys as Keys).every(([key, values]) => holds(operator, texts(values), context[key])));
}

function isAmong(element: Json, principal: Request['principal']): boolean {
  if (element === '*') return true;
  const { AWS, Service } = element as Keys;
  if ('service' in principal) return texts(Service).includes(principal.service);
  const { account, arn } = principal;
  return texts(AWS).some(name => ['*', account, `arn:aws:iam::${account}:root`, arn].includes(name));
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function holds(operator: string, values: string[], found: string | string[] | undefined): boolean {
  const [, quantifier, base, ifExists] = /^(?:(\w+):)?(\w+?)(IfExists)?$/.exec(operator)!;
  if (base === 'Null') return values.some(value => value === String(found === undefined));
  if (found === undefined && ifExists !== undefined) return true;
  const is = (one: string) => base === 'StringNotEquals' ? !values.includes(one) : values.some(value => compare(base, one, value));
  if (quantifier === 'ForAllValues') return asList(found).every(is);
  if (quantifier === 'ForAnyValue') return asList(found).some(is);
  return found === undefined ? base === 'StringNotEquals' : is(String(found));
}

function compare(operator: string, found: string, value: string): boolean {
  switch (operator) {
    case 'StringEquals': case 'Bool': return found === value;
    case 'StringLike': case 'ArnLike': return isLike(found, value);
    default: throw new Error(operator);
  }
}

function isLike(text: string, pattern: string): boolean {
  if (pattern === '') return text === '';
  if (pattern[0] === '*') return isLike(text, pattern.slice(1)) || text !== '' && isLike(text.slice(1), pattern);
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && isLike(text.slice(1), pattern.slice(1));
}

function texts(values: Json | undefined): string[] {
  return asList(values).map(String);
}

const ORGANIZATION = 'aws:PrincipalOrgID';
const PATHS = 'aws:PrincipalOrgPaths';
const SOURCE = 'aws:SourceArn';
const SECURE = 'aws:SecureTransport';

const REQUESTS: Request[] = ['ecr:BatchGetImage', 'ecr:PutImage', 'ecr:DescribeImages'].flatMap(action => [
  ...ACCOUNTS.map(account => ({ account, arn: `arn:aws:iam::${account}:role/Deploy` })),
  { service: SERVICE }, { service: 'codebuild.amazonaws.com' },
].flatMap(principal => [
  {},
  { [ORGANIZATION]: 'o-1', [SECURE]: 'true' },
  { [ORGANIZATION]: 'o-1', [PATHS]: ['o-1/r/ou-a/'], [SECURE]: 'false' },
  { [ORGANIZATION]: 'o-2', [PATHS]: ['o-2/r/ou-a/', 'o-2/r/ou-b/'], [SECURE]: 'true' },
  { [ORGANIZATION]: 'o-3', [PATHS]: ['o-3/'], [SOURCE]: 'arn:aws:lambda:a' },
  { [ORGANIZATION]: 'o-2', [SOURCE]: 'arn:aws:codebuild:b', [SECURE]: 'false' },
].map((context): Request => ({ action, principal, context: context as Request['context'] }))));

const some = (...values: string[]): fc.Arbitrary<Json> =>
  fc.oneof(fc.constantFrom(...values), fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 }));
const organizations = some('o-1', 'o-2', 'o-3');
const paths = some('o-1/*', 'o-2/*', '*/ou-b/');
const condition = <K extends string>(operators: readonly string[], key: K, values: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc.record({ operator: fc.constantFrom(...operators), value: values }).map(({ operator, value }) => ({ [operator]: { [key]: value } }));
const conditions = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  {
    weight: 3,
    arbitrary: condition(
      ['StringEquals', 'StringEquals', 'StringNotEquals', 'StringLike', 'StringEqualsIfExists'], ORGANIZATION, organizations,
    ),
  },
  { weight: 2, arbitrary: condition(['ForAnyValue:StringLike', 'ForAllValues:StringLike', 'ForAnyValue:StringEquals'], PATHS, paths) },
  { weight: 1, arbitrary: condition(['ArnLike'], SOURCE, some('arn:aws:lambda:*', 'arn:aws:codebuild:?', 'arn:*')) },
  { weight: 1, arbitrary: condition(['Bool', 'Null'], SECURE, some('true', 'false')) },
  {
    weight: 2,
    arbitrary: fc.record({
      organization: organizations, source: fc.option(some('arn:aws:lambda:a', 'arn:aws:codebuild:b')), path: fc.option(paths),
    })
      .map(({ organization, source, path }): Json => ({
        StringEquals: { [ORGANIZATION]: organization, ...source && { [SOURCE]: source } },
        ...path && { 'ForAnyValue:StringLike': { [PATHS]: path } },
      })),
  },
);
const actions = some('ecr:BatchGetImage', 'ecr:PutImage', 'ecr:Describe*', 'ECR:putimage');
const principals = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<Json>('*', { AWS: '*' }, { AWS: ACCOUNTS, Service: SERVICE }) },
  { weight: 3, arbitrary: some(...ACCOUNTS, ROLE, `arn:aws:iam::${ACCOUNTS[1]}:root`).map((AWS): Json => ({ AWS })) },
  { weight: 1, arbitrary: some(SERVICE, 'codebuild.amazonaws.com').map((Service): Json => ({ Service })) },
);

const statement = (sids: fc.Arbitrary<string | undefined>): fc.Arbitrary<Statement> => fc.record({
  sid: sids,
  effect: fc.constantFrom('Allow', 'Allow', 'Deny'),
  action: fc.tuple(fc.constantFrom('Action', 'Action', 'Action', 'NotAction'), actions),
  principal: fc.tuple(fc.constantFrom('Principal', 'Principal', 'Principal', 'NotPrincipal'), principals),
  conditions,
}).map(({ sid, effect, action, principal, conditions: all }) => ({
  ...sid === undefined ? {} : { Sid: sid },
  Effect: effect,
  ...Object.fromEntries([action, principal]),
  ...all === undefined ? {} : { Condition: all },
}));
/** Few kinds of statements and many of each, so that there is much to bring together. */
const alike = (sids: fc.Arbitrary<string | undefined>): fc.Arbitrary<Statement[]> => fc.tuple(
  fc.array(statement(sids), { minLength: 1, maxLength: 3 }),
  fc.array(fc.record({
    nth: fc.nat(2),
    part: fc.constantFrom('Effect', 'Action', 'Action', 'Principal', 'Principal', 'Condition', 'Condition'),
    values: fc.record({ [ORGANIZATION]: organizations, [PATHS]: paths }),
    replacement: fc.record({ Effect: fc.constantFrom('Allow', 'Deny'), Action: actions, Principal: principals }),
  }), { maxLength: 8 }),
).map(([kinds, variations]) => [...kinds, ...variations.map(({ nth, part, values, replacement }) => {
  const kind = kinds[nth % kinds.length];
  if (kind[part] === undefined) return kind;
  const Condition = Object.fromEntries(Object.entries(kind.Condition ?? {}).map(([operator, keys]) =>
    [operator, Object.fromEntries(Object.entries(keys as Keys).map(([key, old]) => [key, (values as Keys)[key] ?? old]))]));
  return { ...kind, [part]: { ...replacement, Condition }[part]! };
})]);

const unnamed = fc.constant(undefined);
const statements = alike(fc.constantFrom(undefined, undefined, 'Pull', 'Push', ''));
const run = <Ts extends [unknown, ...unknown[]]>(property: fc.IProperty<Ts>) => fc.assert(property, { seed: 1, numRuns: 500 });
const decisions = (all: readonly Statement[]) => REQUESTS.map(request => decision(all, request)).join();

test('folding changes no decision, and never increases the number of statements', () => {
  let [before, after] = [0, 0];
  const seen = new Set<string>();
  run(fc.property(statements, all => {
    const folded = fold(all);
    expect(decisions(folded)).toBe(decisions(all));
    expect(folded.length).toBeLessThanOrEqual(all.length);
    before += all.length;
    after += folded.length;
    for (const one of new Set(decisions(all).split(','))) seen.add(one);
  }));
  // of no use if nothing came together, or nothing was ever decided
  expect(after).toBeLessThan(before * 0.85);
  expect([...seen].sort()).toEqual(['allow', 'deny', 'nothing']);
});

test('folding twice is folding once', () => {
  run(fc.property(statements, all => {
    expect(fold(fold(all))).toEqual(fold(all));
  }));
});

test('nothing that is given is changed', () => {
  run(fc.property(statements, all => {
    const before = JSON.stringify(all);
    fold(all);
    expect(JSON.stringify(all)).toBe(before);
  }));
});

test('statements with a Sid are not changed, and keep their order', () => {
  const withSid = (all: Statement[]) => all.filter(({ Sid }) => Sid !== undefined);
  run(fc.property(statements, all => {
    expect(withSid(fold(all))).toEqual(withSid(all));
  }));
});

describe('a claim that was folded', () => {
  const suffixOf = (digit: string) =>
    ownerSuffix(`arn:aws:cloudformation:eu-west-1:111111111111:stack/Name/${digit.repeat(8)}-1111-1111-1111-111111111111`, 'Policy');
  const suffix = suffixOf('1');
  const claimOf = (all: Statement[]) => ({ statements: all, suffix, replaceExistingSids: [] });
  const foreign = fc.array(statement(fc.constantFrom(undefined, `Pull${suffixOf('2')}`)), { maxLength: 3 })
    .map((list): PolicyDocument => ({ Version: '2012-10-17', Statement: list }));

  test('merged, decides as one that was not', () => {
    run(fc.property(foreign, alike(unnamed), (live, all) => {
      expect(decisions(merge(live, claimOf(fold(all))).Statement)).toBe(decisions(merge(live, claimOf(all)).Statement));
    }));
  });

  test('is removed, and no other statement', () => {
    run(fc.property(foreign, statements, (live, all) => {
      expect(subtract(merge(live, claimOf(fold(all))), suffix)).toEqual(live);
    }));
  });

  test('takes the place of what was not, and the other way round', () => {
    run(fc.property(foreign, statements, (live, all) => {
      const folded = merge(live, claimOf(fold(all)));
      expect(sameMeaning(merge(folded, claimOf(fold(all))), folded)).toBe(true);
      expect(merge(merge(live, claimOf(all)), claimOf(fold(all)))).toEqual(folded);
      expect(merge(folded, claimOf(all))).toEqual(merge(live, claimOf(all)));
    }));
  });
});

const allow = (part: Statement): Statement => ({ Effect: 'Allow', Action: 'ecr:BatchGetImage', Principal: { AWS: ACCOUNTS[0] }, ...part });

describe('brings together', () => {
  test('a hundred accounts with the same actions', () => {
    const accounts = new Array(100).fill(0).map((_none, nth) => String(100_000_000_000 + nth));
    expect(fold(accounts.map(AWS => allow({ Principal: { AWS } })))).toEqual([allow({ Principal: { AWS: accounts } })]);
  });

  test('accounts, each of which is given its actions one by one', () => {
    const each = ACCOUNTS.flatMap(AWS => ['ecr:BatchGetImage', 'ecr:PutImage'].map(Action => allow({ Action, Principal: { AWS } })));
    expect(fold(each)).toEqual([allow({ Action: ['ecr:BatchGetImage', 'ecr:PutImage'], Principal: { AWS: ACCOUNTS } })]);
  });

  test('organizations', () => {
    const of = (values: Json) => allow({ Principal: '*', Condition: { StringEquals: { [ORGANIZATION]: values } } });
    expect(fold([of('o-1'), of(['o-2', 'o-3']), of('o-1')])).toEqual([of(['o-1', 'o-2', 'o-3'])]);
  });

  test('organizational units', () => {
    const of = (values: Json) => allow({ Principal: '*', Condition: { 'ForAnyValue:StringLike': { [PATHS]: values } } });
    expect(fold([of('o-1/r/ou-a/*'), of('o-1/r/ou-b/*')])).toEqual([of(['o-1/r/ou-a/*', 'o-1/r/ou-b/*'])]);
  });

  test('statements that differ only in order', () => {
    const turned = { Principal: { AWS: ACCOUNTS[1] }, Action: ['ecr:PutImage', 'ecr:BatchGetImage'], Effect: 'Allow' };
    expect(fold([allow({ Action: ['ecr:BatchGetImage', 'ecr:PutImage'] }), turned]))
      .toEqual([allow({ Action: ['ecr:BatchGetImage', 'ecr:PutImage'], Principal: { AWS: ACCOUNTS } })]);
  });

  test('accounts before actions', () => {
    const [one, other] = ACCOUNTS.map(AWS => ({ Principal: { AWS } }));
    const both = [allow({ Principal: { AWS: ACCOUNTS } }), allow({ ...one, Action: 'ecr:PutImage' })];
    expect(fold([allow(one), allow({ ...one, Action: 'ecr:PutImage' }), allow(other)])).toEqual(both);
  });

  test('repeated values', () => {
    expect(fold([allow({}), allow({})])).toEqual([allow({})]);
  });

  test('actions of everybody but one', () => {
    const of = (Action: Json) => ({ Effect: 'Deny', Action, NotPrincipal: { AWS: ROLE } });
    expect(fold([of('ecr:PutImage'), of('ecr:BatchGetImage')])).toEqual([of(['ecr:PutImage', 'ecr:BatchGetImage'])]);
  });
});

describe('never brings together', () => {
  const when = (operator: string, value: string) => allow({ Condition: { [operator]: { [ORGANIZATION]: value } } });

  test.each<[string, Statement[]]>([
    ...[
      'StringNotEquals', 'StringNotLike', 'ArnNotLike', 'NotIpAddress', 'ForAllValues:StringEquals', 'ForAnyValue:StringNotEquals',
      'NumericLessThan',
      'Null',
    ].map((operator): [string, Statement[]] => [operator, [when(operator, 'a'), when(operator, 'b')]]),
    ['different operators', [when('StringEquals', 'a'), when('StringLike', 'b')]],
    ['one with a condition and one without', [allow({}), when('StringEquals', 'a')]],
    ['two keys that both differ', [['a', 'b'], ['c', 'd']].map(([one, two]) =>
      allow({ Condition: { StringEquals: { [ORGANIZATION]: one, [SOURCE]: two } } }))],
    ['everybody but one, and everybody but another',
      ACCOUNTS.map(AWS => ({ Effect: 'Deny', Action: 'ecr:PutImage', NotPrincipal: { AWS } }))],
    ['all but one action, and all but another', ['ecr:PutImage', 'ecr:BatchGetImage'].map(NotAction =>
      ({ Effect: 'Allow', NotAction, Principal: '*' }))],
    ['allowed and denied', [allow({}), allow({ Effect: 'Deny' })]],
    ['an account and a service', [allow({}), allow({ Principal: { Service: SERVICE } })]],
    ['an account with one action and another with another', ACCOUNTS.map((AWS, nth) =>
      allow({ Principal: { AWS }, Action: ['ecr:PutImage', 'ecr:*'][nth] }))],
    ['two with a Sid, be it the same', [allow({ Sid: 'Pull' }), allow({ Sid: 'Pull', Action: 'ecr:PutImage' })]],
    ['one with a Sid and one without', [allow({ Sid: 'Pull' }), allow({})]],
    ['a list that is known only at deploy', [allow({ Principal: { AWS: ['#{Token[TOKEN.1]}'] } }), allow({})]],
    ['what is not known', [allow({ Later: 1 }), allow({ Later: 2 })]],
  ])('%s', (_what, all) => {
    expect(fold(all)).toEqual(all);
  });
});
