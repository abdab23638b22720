import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { Repository, RepositoryPolicy, RepositoryPolicyOptions } from '../../../src';
import { parsePolicy, Statement } from '../../../src/core/policy/document';
import { sameMeaning } from '../../../src/core/policy/normal-form';
import type { AssumptionId } from '../../probes/probes';
import { DeployedStack } from '../deployed-stack';
import { account, calls, callsOf, send, startForEachTest, success, update } from '../handler-scene';

const NAME = 'team/shared';
const READINGS = ['assumed', 'other'] as const;
type Reading = typeof READINGS[number];

startForEachTest({ handler: repositoryPolicyHandler, resourceType: 'Custom::EcrRepositoryPolicy' });

const pull = (sid?: string, arn = 'arn:aws:iam::111111111111:root') => new iam.PolicyStatement({
  sid, principals: [new iam.ArnPrincipal(arn)], actions: ['ecr:BatchGetImage'],
});

const stackWith = (statements: iam.PolicyStatement[] = [pull()], options: RepositoryPolicyOptions = {}) =>
  DeployedStack.of('Test', (stack: Stack) => {
    const repository = Repository.fromRepositoryName(stack, 'Import', NAME);
    new RepositoryPolicy(stack, 'Policy', { repository, statements, ...options });
  });

const seed = (foreign: readonly Statement[] = [], Version = '2012-10-17') => account.ecr.seed({
  repositoryName: NAME, ...foreign.length > 0 ? { policyText: JSON.stringify({ Version, Statement: foreign }) } : {},
});
const live = () => parsePolicy(account.ecr.repository(NAME).policyText ?? '{}');
const isOwn = ({ Sid }: Statement) => String(Sid).includes('CdkEcrKeeper');
const own = () => live().Statement.filter(isOwn);

function expectForeign(expected: Statement[]): void {
  const foreign = live().Statement.filter(statement => !isOwn(statement));
  expect(sameMeaning({ ...live(), Statement: foreign }, { ...live(), Statement: expected })).toBe(true);
}

function expectForeignOnly(expected: Statement[]): void {
  expect(live().Statement).toHaveLength(expected.length);
  expectForeign(expected);
}

const THEIRS: Statement = { Sid: 'Theirs', Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'ecr:PutImage' };

describe.each<[AssumptionId, Reading, string, Statement[]]>([
  ['action-star', 'other', 'the action "*"', [{ ...THEIRS, Action: '*' }]],
  ['policy-resource', 'other', 'a Resource', [{ ...THEIRS, Resource: '*' }]],
  ['policy-not-action', 'other', 'a NotAction', [{ Effect: 'Allow', Principal: THEIRS.Principal, NotAction: 'ecr:PutImage' }]],
  ['policy-federated', 'other', 'an identity provider', [{ ...THEIRS, Principal: { Federated: 'cognito-identity.amazonaws.com' } }]],
  ['policy-unknown-element', 'other', 'an unknown element', [{ ...THEIRS, Comment: 'unknown' }]],
  ['token-in-repository-policy', 'assumed', 'ecr:GetAuthorizationToken', [{ ...THEIRS, Action: 'ecr:GetAuthorizationToken' }]],
  ['sid-characters', 'assumed', 'a Sid with a space', [{ ...THEIRS, Sid: 'new policy' }]],
  ['sid-twice', 'assumed', 'the same Sid twice', [THEIRS, { ...THEIRS, Action: 'ecr:ListImages' }]],
  ['lock-out-not-principal', 'other', 'a NotPrincipal', [{
    Sid: 'Theirs', Effect: 'Deny', NotPrincipal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'ecr:SetRepositoryPolicy',
  }]],
  ['principal-star', 'assumed', 'everybody', [{ ...THEIRS, Effect: 'Deny', Principal: '*' }]],
])('for %s: in the reading "%s", another owner can have statements with %s. They', (id, accepting, _what, theirs) => {
  const others: Statement[] = [{ ...THEIRS, Sid: 'Untouched', Action: 'ecr:DescribeImages' }, ...theirs];
  const refusing = READINGS.find(reading => reading !== accepting)!;

  test('are kept by Create, Update, and Delete', async () => {
    account.readings.set(id, accepting);
    seed(others);
    const [first, second] = [stackWith([pull('Pull')]), stackWith([pull('Push')])];
    await success(send(first, 'Create'));
    await success(update(first, second));
    expect(own().map(({ Sid }) => String(Sid).slice(0, 4))).toEqual(['Push']);
    expectForeign(others);
    await success(send(second, 'Delete'));
    expectForeignOnly(others);
  });

  test('are kept if ECR does not accept them any more, and the error says so', async () => {
    account.readings.set(id, refusing);
    seed(others);
    expect((await send(stackWith(), 'Create'))?.Reason)
      .toMatch(/^Repository 'team\/shared': ECR rejected the policy for 120 seconds\. .*; or correct the statements/);
    expectForeignOnly(others);
  });
});

describe.each<[AssumptionId, Reading, string, iam.PolicyStatement[]]>([
  ['sid-characters', 'assumed', 'a Sid with a space', [pull('my pull')]],
  ['principal-star', 'assumed', 'everybody as principal', [new iam.PolicyStatement({
    effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions: ['ecr:BatchDeleteImage'],
  })]],
])('for %s: in the reading "%s", a stack can write statements with %s. Create', (id, accepting, _what, statements) => {
  test.each(READINGS)('ends right in the reading "%s"', async reading => {
    account.readings.set(id, reading);
    seed([THEIRS]);
    const answer = await send(stackWith(statements), 'Create');
    if (reading === accepting) await success(answer);
    else expect(answer?.Reason).toMatch(/ECR rejected the policy for 120 seconds.*correct the statements/);
    expectForeign([THEIRS]);
    expect(own()).toHaveLength(reading === accepting ? statements.length : 0);
    await success(send(stackWith(statements), 'Delete'));
    expectForeignOnly([THEIRS]);
  });
});

describe('if ECR returns a Sid with letters and digits only (sid-kept)', () => {
  const foreign: Statement[] = [{ ...THEIRS, Sid: 'new policy' }];
  beforeEach(() => account.readings.set('sid-kept', 'other'));

  test('statements of the stack are found, written once, and removed', async () => {
    seed(foreign);
    const stack = stackWith([pull('Pull'), pull()]);
    await success(send(stack, 'Create'));
    await success(send(stack, 'Create'));
    expect(callsOf('SetRepositoryPolicy')).toHaveLength(1);
    expect(own()).toHaveLength(2);
    await success(send(stack, 'Delete'));
    expectForeignOnly([{ ...THEIRS, Sid: 'newpolicy' }]);
  });

  test('a Sid with a space cannot be confirmed, and its statement is removed with the stack', async () => {
    seed(foreign);
    const stack = stackWith([pull('my pull')]);
    expect((await send(stack, 'Create'))?.Reason).toContain('the policy was written 12 times, but changed again each time');
    await success(send(stack, 'Delete'));
    expect(own()).toEqual([]);
  });
});

test.each(READINGS)('a policy of the version 2008-10-17 is written once, and loses nothing (policy-version-kept: %s)', async reading => {
  account.readings.set('policy-version-kept', reading);
  const theirs: Statement = { ...THEIRS, Condition: { StringEquals: { 'aws:userid': '${text}' } } };
  seed([theirs], '2008-10-17');
  const stack = stackWith();
  await success(send(stack, 'Create'));
  await success(send(stack, 'Create'));
  expect(callsOf('SetRepositoryPolicy')).toHaveLength(1);
  expect(live().Version).toBe(reading === 'assumed' ? '2008-10-17' : '2012-10-17');
  expectForeign([theirs]);
  await success(send(stack, 'Delete'));
  expectForeignOnly([theirs]);
});

describe.each(READINGS)('a principal that does not exist (principal-missing-message: %s)', reading => {
  const ROLE = 'arn:aws:iam::111111111111:role/fresh';
  beforeEach(() => account.readings.set('principal-missing-message', reading));

  test('is waited for', async () => {
    seed([THEIRS]);
    account.ecr.principalExists(ROLE, { afterAttempts: 4 });
    await success(send(stackWith([pull('Pull', ROLE)]), 'Create'));
    expectForeign([THEIRS]);
  });

  test('is named after two minutes', async () => {
    seed([THEIRS]);
    account.ecr.principalExists(ROLE, false);
    expect((await send(stackWith([pull('Pull', ROLE)]), 'Create'))?.Reason)
      .toMatch(/ECR rejected the policy for 120 seconds\. Check that these principals exist .*role\/fresh/);
    expectForeignOnly([THEIRS]);
  });
});

test.each(READINGS)('a statement of another owner for a deleted role is not removed without a request'
  + ' (dead-principal-shown: %s)', async reading => {
  account.readings.set('dead-principal-shown', reading);
  const gone = 'arn:aws:iam::444444444444:role/gone';
  seed([{ ...THEIRS, Principal: { AWS: gone } }]);
  const id = account.ecr.deletePrincipal(gone);
  const answer = await send(stackWith(), 'Create');
  expect(answer?.Status).toBe('FAILED');
  expect(answer?.Reason).toContain(reading === 'assumed' ? `no longer exists: ${id} in statement Theirs`
    : `Principals of other owners: {"AWS":"${gone}"} in Theirs`);
  expect(live().Statement).toHaveLength(1);
});

describe.each<[AssumptionId, Reading, string, iam.PolicyStatement]>([
  ['lock-out-caller', 'assumed', 'another role', new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    principals: [new iam.ArnPrincipal('arn:aws:iam::000000000000:role/other')],
    actions: ['ecr:SetRepositoryPolicy'],
  })],
  ['lock-out-conditions', 'other', 'everybody with a tag', new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['ecr:SetRepositoryPolicy'],
    conditions: { StringEquals: { 'aws:PrincipalTag/team': 'other' } },
  })],
])('for %s: in the reading "%s", a statement that denies %s to set the policy needs no force. It', (id, accepting, _who, statement) => {
  test.each(READINGS)('is written, or refused with that advice, in the reading "%s"', async reading => {
    account.readings.set(id, reading);
    seed([THEIRS]);
    const answer = await send(stackWith([statement]), 'Create');
    if (reading === accepting) await success(answer);
    else expect(answer?.Reason).toMatch(/If a statement denies ecr:SetRepositoryPolicy to the principal that deploys, set 'force: true'/);
    expectForeign([THEIRS]);
  });

  test.each(READINGS)('is written with force in the reading "%s"', async reading => {
    account.readings.set(id, reading);
    seed([THEIRS]);
    await success(send(stackWith([statement], { force: true }), 'Create'));
    expect(calls().filter(call => call === 'SetRepositoryPolicy')).toHaveLength(1);
    expect(own()).toHaveLength(1);
  });
});

test.each(READINGS)('a single statement of another owner is kept, whether ECR returns it in a list or alone'
  + ' (policy-single-statement: %s)', async reading => {
  account.readings.set('policy-single-statement', reading);
  seed([THEIRS]);
  await success(send(stackWith(), 'Create'));
  expect(own()).toHaveLength(1);
  await success(send(stackWith(), 'Delete'));
  expectForeignOnly([THEIRS]);
});

test.each(READINGS)('a policy that needs force is refused with the message of ECR (lock-out-message: %s)', async reading => {
  account.readings.set('lock-out-message', reading);
  seed([THEIRS]);
  const deny = new iam.PolicyStatement({
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['ecr:SetRepositoryPolicy'],
    conditions: { StringEquals: { 'aws:PrincipalTag/team': 'other' } },
  });
  const reason = (await send(stackWith([deny]), 'Create'))?.Reason;
  if (reading === 'assumed') expect(reason).toMatch(/set 'force: true'[^]*\n.*Invalid repository policy provided/);
  else expect(reason).toMatch(/^Repository 'team\/shared': ECR rejected the policy\. [^]*\n.*prevent you from setting another/);
  expectForeignOnly([THEIRS]);
});
