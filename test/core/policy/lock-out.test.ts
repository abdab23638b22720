import { Json, Statement } from '../../../src/core/policy/document';
import { locksOut, mayLockOut } from '../../../src/core/policy/lock-out';

const OWN = '111111111111';
const OTHER = '222222222222';
/** As CDK writes the account of a stack that does not know it. */
const TOKEN = '${Token[AWS.AccountId.4]}';

const deny = (part: Statement): Statement => ({ Effect: 'Deny', Action: 'ecr:*', Principal: '*', ...part });
const without = (key: string, part: Statement): Statement =>
  Object.fromEntries(Object.entries(deny(part)).filter(([name]) => name !== key));

describe('a statement that denies everybody what changing the policy takes', () => {
  test.each<[string, Statement]>([
    ['all of ECR', deny({})],
    ['everything', deny({ Action: '*' })],
    ['setting the policy', deny({ Action: 'ecr:SetRepositoryPolicy' })],
    ['deleting the policy', deny({ Action: 'ecr:DeleteRepositoryPolicy' })],
    ['reading the policy', deny({ Action: 'ecr:GetRepositoryPolicy' })],
    ['one among others', deny({ Action: ['ecr:PutImage', 'ecr:SetRepositoryPolicy'] })],
    ['a wildcard', deny({ Action: 'ecr:Set*' })],
    ['a wildcard inside', deny({ Action: 'ecr:*RepositoryPolicy' })],
    ['a wildcard for one character', deny({ Action: 'ecr:SetRepositoryPolic?' })],
    ['another case', deny({ Action: 'ECR:setrepositorypolicy' })],
    ['another case of a wildcard', deny({ Action: 'ecr:SET*' })],
    ['all but one action', without('Action', { NotAction: 'ecr:BatchGetImage' })],
    ['all but one of what is needed', without('Action', { NotAction: ['ecr:SetRepositoryPolicy', 'ecr:DeleteRepositoryPolicy'] })],
  ])('%s', (_what, statement) => {
    expect([mayLockOut(statement), locksOut(statement, [OWN])]).toEqual([true, true]);
  });
});

describe('a statement that leaves what changing the policy takes', () => {
  test.each<[string, Statement]>([
    ['allows it', deny({ Effect: 'Allow' })],
    ['denies to pull', deny({ Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'] })],
    ['denies by a wildcard that meets something else', deny({ Action: 'ecr:Put*' })],
    ['denies what begins the same and is longer', deny({ Action: 'ecr:SetRepositoryPolicyText' })],
    ['denies what begins the same and is shorter', deny({ Action: 'ecr:SetRepositoryPolic' })],
    ['denies what ends the same and is longer', deny({ Action: 'notecr:SetRepositoryPolicy' })],
    ['denies what ends the same and is shorter', deny({ Action: 'cr:SetRepositoryPolicy' })],
    ['does not take a dot for a wildcard', deny({ Action: 'ecr.SetRepositoryPolicy' })],
    ['takes no pattern of another language', deny({ Action: 'ecr:(Set|Get)RepositoryPolicy' })],
    ['denies all but ECR', without('Action', { NotAction: 'ecr:*' })],
    ['denies all but that, in another case',
      without('Action', { NotAction: ['ECR:SETRepositoryPolicy', 'ecr:deleterepositorypolicy', 'ecr:Get*'] })],
    ['denies nothing', without('Action', {})],
  ])('%s', (_what, statement) => {
    expect([mayLockOut(statement), locksOut(statement, [OWN])]).toEqual([false, false]);
  });
});

describe('denying it to', () => {
  const to = (Principal: Json) => deny({ Principal });
  test.each<[string, Statement, boolean]>([
    ['everybody, as a text', to('*'), true],
    ['everybody', to({ AWS: '*' }), true],
    ['everybody, in a list', to({ AWS: [OTHER, '*'] }), true],
    ['the own account', to({ AWS: OWN }), true],
    ['the own account in a list', to({ AWS: [OTHER, OWN] }), true],
    ['the root of the own account', to({ AWS: `arn:aws:iam::${OWN}:root` }), true],
    ['the root of the own account in China', to({ AWS: `arn:aws-cn:iam::${OWN}:root` }), true],
    ['the root of an account that CDK does not know', to({ AWS: `arn:\${Token[AWS.Partition.3]}:iam::${TOKEN}:root` }), true],
    ['an account that CDK does not know', to({ AWS: TOKEN }), true],
    ['the own account and a service', to({ Service: 'lambda.amazonaws.com', AWS: [OWN] }), true],
    ['everybody but a role', without('Principal', { NotPrincipal: { AWS: `arn:aws:iam::${OWN}:role/Deploy` } }), true],
    ['everybody but another account', without('Principal', { NotPrincipal: { AWS: OTHER } }), true],
    ['everybody, with conditions of which there are none', deny({ Condition: {} }), true],
    ['another account', to({ AWS: OTHER }), false],
    ['the root of another account', to({ AWS: [`arn:aws:iam::${OTHER}:root`] }), false],
    ['a role of the own account', to({ AWS: `arn:aws:iam::${OWN}:role/Pull` }), false],
    ['a role that is called root', to({ AWS: `arn:aws:iam::${OWN}:role/root` }), false],
    ['a user that is called like the account', to({ AWS: `arn:aws:iam::${OTHER}:user/${OWN}` }), false],
    ['a longer number', to({ AWS: `${OWN}1` }), false],
    ['a service', to({ Service: 'lambda.amazonaws.com' }), false],
    ['a service that is called like everybody', to({ Service: '*' }), false],
    ['nobody', without('Principal', {}), false],
    ['everybody under a condition',
      deny({ Condition: { StringNotEquals: { 'aws:PrincipalArn': `arn:aws:iam::${OWN}:role/Deploy` } } }), false],
    ['everybody but another account, under a condition',
      without('Principal', { NotPrincipal: { AWS: OTHER }, Condition: { Bool: { 'aws:ViaAWSService': false } } }), false],
  ])('%s', (_who, statement, expected) => {
    expect(locksOut(statement, [OWN, TOKEN])).toBe(expected);
    expect(mayLockOut(statement)).toBe(true);
  });

  test('an account matches no principal if it is unknown', () => {
    expect([locksOut(to({ AWS: OWN }), []), locksOut(to('*'), [])]).toEqual([false, true]);
  });
});
