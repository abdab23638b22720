import { deadPrincipals, withoutDeadPrincipals } from '../../../src/core/policy/dead-principals';
import { Json, Statement } from '../../../src/core/policy/document';

const ROLE = 'AROAIOSFODNN7EXAMPLE1';
const USER = 'AIDACKCEVSQ6C2EXAMPLE';
const ALIVE = '111111111111';
const SERVICE = 'lambda.amazonaws.com';
const REST: Statement = {
  Sid: 'Pull',
  Effect: 'Allow',
  Action: ['ecr:BatchGetImage'],
  Condition: { Bool: { 'aws:SecureTransport': 'true' } },
  Later: [1],
};

describe.each(['Principal', 'NotPrincipal'])('%s', element => {
  const of = (names: Json): Statement => ({ ...REST, [element]: names });

  test.each<[string, Json, string[], Json]>([
    ['a role', { AWS: [ROLE, ALIVE] }, [ROLE], { AWS: [ALIVE] }],
    ['a user', { AWS: [ALIVE, USER] }, [USER], { AWS: [ALIVE] }],
    ['several among several', { AWS: [ROLE, ALIVE, USER, '222222222222'] }, [ROLE, USER], { AWS: [ALIVE, '222222222222'] }],
    ['one of another type stays', { AWS: [ROLE], Service: [SERVICE] }, [ROLE], { Service: [SERVICE] }],
    ['a single one beside another type', { AWS: ROLE, Service: [SERVICE] }, [ROLE], { Service: [SERVICE] }],
    ['the same twice', { AWS: [ROLE, ROLE, ALIVE] }, [ROLE, ROLE], { AWS: [ALIVE] }],
    ['in two types', { AWS: [ROLE, ALIVE], Federated: [USER, 'cognito-identity.amazonaws.com'] }, [ROLE, USER], {
      AWS: [ALIVE], Federated: ['cognito-identity.amazonaws.com'],
    }],
  ])('%s: is named, and taken out alone', (_what, names, dead, rest) => {
    const statement = of(names);
    const before = JSON.stringify(statement);
    expect(deadPrincipals(statement)).toEqual(dead);
    const left = withoutDeadPrincipals(statement)!;
    expect(left).toEqual(of(rest));
    expect(Object.keys(left)).toEqual(Object.keys(statement));
    expect(deadPrincipals(left)).toEqual([]);
    expect(JSON.stringify(statement)).toBe(before);
  });

  test.each<[string, Json]>([
    ['everybody, as a text', '*'],
    ['everybody', { AWS: '*' }],
    ['an account', { AWS: ALIVE }],
    ['a role whose name is like one', { AWS: [`arn:aws:iam::${ALIVE}:role/${ROLE}`] }],
    ['a role in a path that is like one', { AWS: `arn:aws:iam::${ALIVE}:role/${ROLE}/Deploy` }],
    ['a session of one', { AWS: `arn:aws:sts::${ALIVE}:assumed-role/${ROLE}/session` }],
    ['a user whose name is like one', { AWS: `arn:aws:iam::${ALIVE}:user/${USER}` }],
    ['one with something before it', { AWS: `x${ROLE}` }],
    ['one with something behind it', { AWS: `${USER}:session` }],
    ['one in small letters', { AWS: ROLE.toLowerCase() }],
    ['the beginning of one', { AWS: 'AROA' }],
    ['ids of other things', { AWS: ['AGPAIOSFODNN7EXAMPLE1', 'ANPAIOSFODNN7EXAMPLE1', 'AKIAIOSFODNN7EXAMPLE'] }],
    ['a service', { Service: SERVICE }],
    ['nothing', {}],
  ])('%s: contains no dead principal, and the statement is not changed', (_what, names) => {
    const statement = of(names);
    expect(deadPrincipals(statement)).toEqual([]);
    expect(withoutDeadPrincipals(statement)).toBe(statement);
  });
});

test.each<[string, Json]>([
  ['one', { AWS: ROLE }],
  ['a list of one', { AWS: [USER] }],
  ['several', { AWS: [ROLE, USER] }],
  ['several types', { AWS: [ROLE], CanonicalUser: USER }],
])('no principal is left of %s, so the statement is removed', (_what, names) => {
  expect(withoutDeadPrincipals({ ...REST, Principal: names })).toBeUndefined();
});

test('a statement whose NotPrincipal has only a dead principal is not changed, because it would otherwise apply to everybody', () => {
  const statement = { ...REST, NotPrincipal: { AWS: ROLE } };
  expect(deadPrincipals(statement)).toEqual([ROLE]);
  expect(withoutDeadPrincipals(statement)).toBe(statement);
});

test('an id in another element of the statement is not a principal', () => {
  const statement = { ...REST, Principal: '*', Sid: ROLE, Condition: { StringEquals: { 'aws:userid': [ROLE] } } };
  expect(deadPrincipals(statement)).toEqual([]);
  expect(withoutDeadPrincipals(statement)).toBe(statement);
});

test('a statement without principals is left alone', () => {
  expect(deadPrincipals(REST)).toEqual([]);
  expect(withoutDeadPrincipals(REST)).toBe(REST);
});
