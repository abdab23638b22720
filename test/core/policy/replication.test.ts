import type { PolicyDocument, Statement } from '../../../src/core/policy/document';
import { REPLICATE_IMAGE, replicationRuling, replicationStatement } from '../../../src/core/policy/replication';
import { extentOf } from '../../../src/core/policy/resources';

const SOURCE = '111111111111';
const ROOT = `arn:aws:iam::${SOURCE}:root`;
const ARN = 'arn:aws:ecr:eu-west-1:222222222222:repository/';
const WITHIN = { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } };

const allow = (more: Statement = {}): Statement =>
  ({ Sid: 'Partner', Effect: 'Allow', Principal: { AWS: ROOT }, Action: REPLICATE_IMAGE, Resource: `${ARN}*`, ...more });
const deny = (more: Statement = {}): Statement => allow({ Sid: 'Never', Effect: 'Deny', ...more });
const policy = (...statements: Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement: statements });
const ruling = (statements: Statement[], prefix = 'team/') =>
  replicationRuling(policy(...statements), SOURCE, REPLICATE_IMAGE, `${ARN}${prefix}`);

describe('a rule for team/ is', () => {
  test.each<[string, Statement]>([
    ['the root of the source account', allow()],
    ['the ID of the source account', allow({ Principal: { AWS: ['333333333333', SOURCE] } })],
    ['everybody', allow({ Principal: '*' })],
    ['everybody, as a principal of AWS', allow({ Principal: { AWS: '*' } })],
    ['everybody but another account', allow({ Principal: undefined as never, NotPrincipal: { AWS: '333333333333' } })],
    ['the account, for all actions', allow({ Action: ['ecr:*'] })],
    ['the account, for an action in lower case', allow({ Action: 'ecr:replicateimage' })],
    ['the account, for all actions but another', allow({ Action: undefined as never, NotAction: 'ecr:CreateRepository' })],
    ['the account, for the prefix of the rule', allow({ Resource: `${ARN}team/*` })],
    ['the account, for one of several patterns', allow({ Resource: [`${ARN}shared/*`, `${ARN}t*`] })],
    ['the account, for all ARNs', allow({ Resource: '*' })],
    ['the account, for all names but others', allow({ Resource: undefined as never, NotResource: `${ARN}secret/*` })],
    ['the account, with an empty condition', allow({ Condition: {} })],
  ])('allowed by a statement for %s', (_what, statement) => {
    expect(ruling([statement])).toEqual({ verdict: 'allowed', because: 'statement \'Partner\' allows ecr:ReplicateImage' });
  });

  test.each<[string, Statement]>([
    ['another account', allow({ Principal: { AWS: 'arn:aws:iam::333333333333:root' } })],
    ['a principal that no longer exists', allow({ Principal: { AWS: 'AROAEXAMPLE' } })],
    ['another action', allow({ Action: ['ecr:CreateRepository', 'ecr:BatchImportUpstreamImage'] })],
    ['all actions but this one', allow({ Action: undefined as never, NotAction: 'ecr:Replicate*' })],
    ['other names', allow({ Resource: `${ARN}shared/*` })],
    ['another Region', allow({ Resource: `${ARN.replace('eu-west-1', 'us-east-1')}*` })],
    ['everybody but the account', allow({ Principal: undefined as never, NotPrincipal: { AWS: ROOT } })],
    ['all names but these', allow({ Resource: undefined as never, NotResource: `${ARN}team/*` })],
  ])('not allowed by a statement for %s', (_what, statement) => {
    expect(ruling([statement])).toEqual({ verdict: 'not allowed', because: 'no statement allows ecr:ReplicateImage' });
  });

  test.each<[string, Statement]>([
    ['some of its names', allow({ Resource: `${ARN}team/app*` })],
    ['the name that equals the prefix', allow({ Resource: `${ARN}team/` })],
    ['names with another end', allow({ Resource: `${ARN}*/app` })],
    ['all of its names but some', allow({ Resource: undefined as never, NotResource: `${ARN}team/secret/*` })],
  ])('not allowed by a statement for %s', (_what, statement) => {
    expect(ruling([statement]))
      .toEqual({ verdict: 'not allowed', because: 'statement \'Partner\' allows ecr:ReplicateImage only for some of them' });
  });

  test.each<[string, Statement]>([
    ['has a condition', allow({ Condition: WITHIN })],
    ['has a policy variable', allow({ Resource: [`${ARN}*`, `${ARN}\${aws:PrincipalTag/team}`] })],
    ['is for a role of the account', allow({ Principal: { AWS: `arn:aws:iam::${SOURCE}:role/replication` } })],
    ['is for a service', allow({ Principal: { Service: 'ecr.amazonaws.com' } })],
    ['is not for a role of the account', allow({ Principal: undefined as never, NotPrincipal: { AWS: `arn:aws:iam::${SOURCE}:role/x` } })],
  ])('uncertain if the statement that allows it %s', (_what, statement) => {
    expect(ruling([statement])).toEqual({
      verdict: 'uncertain', because: 'statement \'Partner\' allows ecr:ReplicateImage under a condition, or not to the whole account',
    });
    expect(ruling([statement, allow()]).verdict).toBe('allowed');
  });

  test('denied by a statement that denies it, whatever else allows it', () => {
    expect(ruling([allow(), deny()])).toEqual({ verdict: 'denied', because: 'statement \'Never\' denies ecr:ReplicateImage' });
    expect(ruling([deny({ Sid: undefined as never, Principal: '*', Action: 'ecr:*', Resource: '*' }), allow()]))
      .toEqual({ verdict: 'denied', because: 'a statement without a Sid denies ecr:ReplicateImage' });
  });

  test.each<[string, Statement]>([
    ['has a condition', deny({ Condition: WITHIN })],
    ['is for some of its names', deny({ Resource: `${ARN}team/secret/*` })],
    ['is for a role of the account', deny({ Principal: { AWS: `arn:aws:iam::${SOURCE}:role/x` } })],
  ])('uncertain if a statement that denies it %s', (_what, statement) => {
    expect(ruling([allow(), statement])).toEqual({
      verdict: 'uncertain', because: 'statement \'Never\' may deny ecr:ReplicateImage, or denies it for some of them',
    });
  });

  test('not affected by a denial for another account, action, or name', () => {
    const denials = [deny({ Principal: { AWS: '333333333333' } }), deny({ Action: 'ecr:PutImage' }), deny({ Resource: `${ARN}secret/*` })];
    expect(ruling([...denials, allow()]).verdict).toBe('allowed');
  });

  test('not allowed if the registry has no policy', () => {
    expect(replicationRuling(undefined, SOURCE, REPLICATE_IMAGE, ARN))
      .toEqual({ verdict: 'not allowed', because: 'the registry has no policy' });
  });
});

test('a rule for all repositories needs a statement for all repositories', () => {
  expect(ruling([allow({ Resource: `${ARN}team/*` })], '').verdict).toBe('not allowed');
  expect(ruling([allow()], '').verdict).toBe('allowed');
});

test('the statement of a message allows what is missing', () => {
  const statement = replicationStatement({ partition: 'aws', account: SOURCE }, [`${ARN}team/*`]);
  for (const action of [REPLICATE_IMAGE, 'ecr:CreateRepository']) {
    expect(replicationRuling(policy(statement), SOURCE, action, `${ARN}team/`).verdict).toBe('allowed');
  }
});

test.each([
  ['a*', 'a', 'all'], ['a**', 'ab', 'all'], ['*', '', 'all'], ['a?*', 'ab', 'all'], ['*b*', 'ab', 'all'],
  ['a?', 'a', 'some'], ['a?*', 'a', 'some'], ['*z', 'a', 'some'], ['abc', 'a', 'some'], ['a', 'a', 'some'],
  ['b*', 'a', 'none'], ['a', 'ab', 'none'], ['?', 'ab', 'none'], ['A*', 'a', 'none'], ['', 'a', 'none'],
] as const)('the pattern %s matches, of the texts that begin with %s, %s', (pattern, prefix, extent) => {
  expect(extentOf({ Resource: pattern }, prefix)).toBe(extent);
});

test('a pattern with many stars takes no longer', () => {
  expect(extentOf({ Resource: `${'*a'.repeat(2_000)}b` }, 'a'.repeat(4_000))).toBe('some');
});
