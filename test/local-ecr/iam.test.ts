import { checkPolicy, evaluate, grantsOf, IamConditions, IamContext, IamStatement } from './iam';

const ARN = 'arn:aws:ecr:us-east-1:000000000000:repository/team/app';

function decide(statements: readonly Partial<IamStatement>[], context: IamContext = {}, resource = ARN, action = 'ecr:DeleteRepository') {
  const policy = statements.map(statement => ({ Effect: 'Allow' as const, Action: 'ecr:*', Resource: '*', ...statement }));
  return evaluate(policy, { action, resource, context });
}

describe('actions and resources', () => {
  test.each<[string | string[], boolean]>([
    ['*', true],
    ['ecr:*', true],
    ['ecr:DeleteRepository', true],
    ['ECR:deleterepository', true],
    ['ecr:Delete*', true],
    ['ecr:?eleteRepository', true],
    [['ecr:ListImages', 'ecr:DeleteRepository'], true],
    ['ecr:DeleteRepositor', false],
    ['ecr:DeleteRepository?', false],
    ['ecr-public:*', false],
    ['ecr:Delete.*', false],
  ])('whether the action %j matches ecr:DeleteRepository is %s', (Action, expected) => {
    expect(decide([{ Action }]).allowed).toBe(expected);
  });

  test.each<[string | string[], boolean]>([
    ['*', true],
    [ARN, true],
    ['arn:aws:ecr:*:*:repository/*', true],
    ['arn:*:ecr:us-east-?:000000000000:repository/team/*', true],
    [['arn:aws:ecr:us-east-1:000000000000:repository/other', ARN], true],
    ['arn:aws:ecr:us-east-1:000000000000:repository/team', false],
    ['arn:aws:ecr:us-east-1:000000000000:repository/TEAM/app', false],
    ['arn:aws:ecr:eu-*:*:repository/*', false],
    ['arn:aws:*:repository/team/app:*:*:*', false],
  ])('whether the resource %j matches the repository is %s', (Resource, expected) => {
    expect(decide([{ Resource }]).allowed).toBe(expected);
  });

  test('without a match, the result is an implicit deny', () => {
    expect(decide([])).toEqual({ allowed: false, explicitDeny: false, grants: [] });
  });

  test('a deny overrides an allow in any order', () => {
    const deny = { Effect: 'Deny' as const, Action: 'ecr:Delete*' };
    expect(decide([{}, deny])).toEqual({ allowed: false, explicitDeny: true, grants: [] });
    expect(decide([deny, {}]).allowed).toBe(false);
    expect(decide([{ ...deny, Resource: 'arn:aws:ecr:*:*:repository/other' }, {}]).allowed).toBe(true);
  });
});

describe('conditions', () => {
  const tag = 'aws:ResourceTag/owner';
  test.each<[string, IamConditions, IamContext, boolean]>([
    ['equals', { StringEquals: { [tag]: 'me' } }, { [tag]: 'me' }, true],
    ['equals one of several', { StringEquals: { [tag]: ['you', 'me'] } }, { [tag]: 'me' }, true],
    ['equals is case-sensitive', { StringEquals: { [tag]: 'Me' } }, { [tag]: 'me' }, false],
    ['equals takes no wildcard', { StringEquals: { [tag]: 'm*' } }, { [tag]: 'me' }, false],
    ['equals on an absent key', { StringEquals: { [tag]: 'me' } }, {}, false],
    ['the key in another case', { StringEquals: { 'AWS:resourcetag/Owner': 'me' } }, { [tag]: 'me' }, true],
    ['like', { StringLike: { [tag]: '1234:*' } }, { [tag]: '1234:Teardown' }, true],
    ['like on an absent key', { StringLike: { [tag]: '*' } }, {}, false],
    ['not equals', { StringNotEquals: { [tag]: 'me' } }, { [tag]: 'you' }, true],
    ['not equals, but it is', { StringNotEquals: { [tag]: ['you', 'me'] } }, { [tag]: 'me' }, false],
    ['not equals on an absent key', { StringNotEquals: { [tag]: 'me' } }, {}, true],
    ['if exists, and it does not', { StringEqualsIfExists: { [tag]: 'me' } }, {}, true],
    ['if exists, and it differs', { StringEqualsIfExists: { [tag]: 'me' } }, { [tag]: 'you' }, false],
    ['arn like', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/x*' } }, { 'aws:PrincipalArn': 'arn:aws:iam::1:role/x1' }, true],
    ['arn like across a colon', { ArnLike: { 'aws:PrincipalArn': 'arn:*:role/x*' } },
      { 'aws:PrincipalArn': 'arn:aws:iam::1:role/x1' }, false],
    ['arn not like', { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/x*' } },
      { 'aws:PrincipalArn': 'arn:aws:iam::1:role/y' }, true],
    ['arn not equals, but it is like it', { ArnNotEquals: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/x*' } },
      { 'aws:PrincipalArn': 'arn:aws:iam::1:role/x1' }, false],
    ['arn not like on an absent key', { ArnNotLike: { 'aws:PrincipalArn': '*' } }, {}, true],
    ['arn like, the last part with slashes and colons', { ArnLike: { 'aws:SourceArn': 'arn:aws:lambda:*:1:*' } },
      { 'aws:SourceArn': 'arn:aws:lambda:x:1:function:a/b:7' }, true],
    ['bool', { Bool: { 'aws:PrincipalIsAWSService': 'true' } }, { 'aws:PrincipalIsAWSService': 'true' }, true],
    ['bool, as JSON', { Bool: { 'aws:PrincipalIsAWSService': false } }, { 'aws:PrincipalIsAWSService': 'false' }, true],
    ['bool that differs', { Bool: { 'aws:PrincipalIsAWSService': 'true' } }, { 'aws:PrincipalIsAWSService': 'false' }, false],
    ['bool on an absent key', { Bool: { 'aws:MultiFactorAuthPresent': 'false' } }, {}, false],
    ['bool if exists, and it does not', { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } }, {}, true],
    ['null: absent', { Null: { [tag]: 'true' } }, {}, true],
    ['null: absent wanted, present', { Null: { [tag]: 'true' } }, { [tag]: '' }, false],
    ['null: present wanted', { Null: { [tag]: false } }, { [tag]: 'x' }, true],
    ['all values', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }, { 'aws:TagKeys': ['a', 'b'] }, true],
    ['all values, one is foreign', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }, { 'aws:TagKeys': ['a', 'b'] }, false],
    ['all values of none', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }, {}, true],
    ['any value', { 'ForAnyValue:StringLike': { 'aws:TagKeys': 'keep*' } }, { 'aws:TagKeys': ['a', 'keeper'] }, true],
    ['any value equals', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }, { 'aws:TagKeys': ['c', 'b'] }, true],
    ['any value equals, but it is only like it', { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'keep*' } },
      { 'aws:TagKeys': ['keeper'] }, false],
    ['any value of none', { 'ForAnyValue:StringLike': { 'aws:TagKeys': '*' } }, {}, false],
    ['several keys are all asked', { StringEquals: { 'a:b': '1', 'a:c': '2' } }, { 'a:b': '1' }, false],
    ['several operators are all asked', { StringEquals: { 'a:b': '1' }, Null: { 'a:c': 'false' } }, { 'a:b': '1' }, false],
  ])('%s', (_name, Condition, context, expected) => {
    expect(decide([{ Condition }], context).allowed).toBe(expected);
  });

  test('a deny has no effect if its condition is not met', () => {
    expect(decide([{}, { Effect: 'Deny', Condition: { StringEquals: { [tag]: 'me' } } }]).allowed).toBe(true);
  });
});

describe('grants', () => {
  const policy: IamStatement[] = [
    { Sid: 'Read', Effect: 'Allow', Action: ['ecr:List*', 'ecr:Describe*'], Resource: [ARN, 'arn:aws:ecr:*:*:repository/other'] },
    { Effect: 'Deny', Action: 'ecr:PutImage', Resource: '*' },
    { Effect: 'Allow', Action: 'ecr:ListImages', Resource: '*' },
  ];

  test('the result contains every grant that allows a request', () => {
    expect(evaluate(policy, { action: 'ecr:ListImages', resource: ARN }).grants).toEqual([
      { statementIndex: 0, sid: 'Read', action: 'ecr:List*', resource: ARN },
      { statementIndex: 2, action: 'ecr:ListImages', resource: '*' },
    ]);
  });

  test('the grants of a policy are all combinations of allowed actions and resources', () => {
    expect(grantsOf(policy).map(({ statementIndex, action }) => `${statementIndex} ${action}`)).toEqual([
      '0 ecr:List*', '0 ecr:List*', '0 ecr:Describe*', '0 ecr:Describe*', '2 ecr:ListImages',
    ]);
  });
});

describe('an unsupported policy fails', () => {
  test.each<[string, object, RegExp]>([
    ['an unknown element', { NotAction: 'ecr:*' }, /NotAction is not evaluated/],
    ['an unknown operator', { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0\/8' } } }, /IpAddress is not evaluated/],
    ['a policy variable', { Condition: { StringEquals: { 'a:b': '${aws:username}' } } }, /\$\{aws:username} is not evaluated/],
    ['an unresolved intrinsic', { Resource: [{ 'Fn::GetAtt': ['Repo', 'Arn'] }] }, /resolve the intrinsics/],
    ['a resource that is no ARN', { Resource: 'repository/app' }, /ARN format/],
    ['a wrong effect', { Effect: 'allow' }, /Effect/],
    ['no action', { Action: [] }, /must not be empty/],
  ])('%s', (_name, element, message) => {
    const statement = { Sid: 'It', Effect: 'Allow', Action: 'ecr:*', Resource: '*', ...element } as IamStatement;
    expect(() => checkPolicy([statement])).toThrow(message);
  });
});
