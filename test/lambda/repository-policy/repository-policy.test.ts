import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { repositoryPolicyHandler } from '../../../lambda/repository-policy/handler';
import { Repository, RepositoryPolicy, RepositoryPolicyOptions } from '../../../src';
import { parsePolicy, Statement } from '../../../src/core/policy/document';
import { sameMeaning } from '../../../src/core/policy/normal-form';
import { DeployedStack } from '../deployed-stack';
import { account, calls, resourceOf, send, startForEachTest, success, update } from '../handler-scene';

const TYPE = 'Custom::EcrRepositoryPolicy';
const OTHER_UUID = '22222222-2222-2222-2222-222222222222';
const FOREIGN: Statement[] = [
  {
    Sid: 'LambdaECRImageRetrievalPolicy',
    Effect: 'Allow',
    Principal: { Service: 'lambda.amazonaws.com' },
    Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  },
  {
    Effect: 'Deny',
    Principal: '*',
    Action: 'ecr:DeleteRepository',
    Condition: { StringNotEquals: { 'aws:PrincipalOrgID': ['o-1', 'o-2'] } },
  },
];

const pull = (id: string, sid?: string) => new iam.PolicyStatement({
  sid, principals: [new iam.AccountPrincipal(id)], actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
});

const policy = (statements: iam.PolicyStatement[], { id = 'Policy', name = 'team/shared', ...options }: Options = {}) => (stack: Stack) => {
  new RepositoryPolicy(stack, id, { repository: Repository.fromRepositoryName(stack, `${id}Import`, name), statements, ...options });
};
interface Options extends RepositoryPolicyOptions {
  readonly id?: string;
  readonly name?: string;
}

startForEachTest({ handler: repositoryPolicyHandler, resourceType: TYPE });
beforeEach(() => {
  account.ecr.seed({ repositoryName: 'bystander', policyText: text(FOREIGN) });
});
afterEach(() => {
  const untouched = statements('bystander');
  expect(untouched).toHaveLength(2);
});

const text = (list: Statement[]) => JSON.stringify({ Version: '2012-10-17', Statement: list });
const seed = (list?: Statement[]) => account.ecr.seed({ repositoryName: 'team/shared', ...list ? { policyText: text(list) } : {} });
const statements = (name = 'team/shared') => account.ecr.repository(name).policy?.Statement as Statement[] | undefined;
const suffix = (stack: DeployedStack) => `CdkEcrKeeper${stack.stackId.split('/')[2].replace(/-/g, '')}${resourceOf(stack)}`;

/** Checks that all other statements have the same meaning as before, in whatever order ECR returns them. */
function expectForeign(expected: Statement[] = FOREIGN): void {
  const live = parsePolicy(account.ecr.repository('team/shared').policyText!);
  const foreign = live.Statement.filter(statement => !String(statement.Sid ?? '').includes('CdkEcrKeeper'));
  expect(sameMeaning({ ...live, Statement: foreign }, { Version: '2012-10-17', Statement: expected })).toBe(true);
}

test('Create, Update, and Delete retain the meaning of the statements of other owners', async () => {
  seed(FOREIGN);
  const first = DeployedStack.of('Test', policy([pull('111111111111', 'Pull'), pull('222222222222')]));
  await success(send(first, 'Create'));
  expect(statements()!.map(statement => statement.Sid))
    .toEqual(['LambdaECRImageRetrievalPolicy', undefined, `Pull${suffix(first)}`, `Statement1${suffix(first)}`]);
  expectForeign();

  const second = DeployedStack.of('Test', policy([pull('333333333333', 'Pull')]));
  await success(update(first, second));
  expect(statements()!.filter(statement => String(statement.Sid).includes('CdkEcrKeeper'))).toEqual([
    {
      Sid: `Pull${suffix(first)}`,
      Effect: 'Allow',
      Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      Principal: { AWS: ['arn:aws:iam::333333333333:root'] },
    },
  ]);
  expectForeign();

  await success(send(second, 'Delete'));
  expect(statements()).toHaveLength(2);
  expectForeign();
});

test('Create writes a policy to a repository that has none, and Delete removes the policy', async () => {
  seed();
  const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
  await success(send(stack, 'Create'));
  expect(statements()).toHaveLength(1);
  await success(send(stack, 'Delete'));
  expect(account.ecr.repository('team/shared')).not.toHaveProperty('policyText');
});

test.each([
  'recorded', 'reversed',
] as const)('a second Create and an Update without changes write nothing if ECR returns the policy in the order: %s', async order => {
  account.ecr.policyOrder = order;
  seed(FOREIGN);
  const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
  await success(send(stack, 'Create'));
  account.ecr.clearCalls();
  await success(send(stack, 'Create'));
  await success(update(stack, stack));
  expect(new Set(calls())).toEqual(new Set(['GetRepositoryPolicy']));
});

test('two stacks share one policy, and each removes only its own statements', async () => {
  seed(FOREIGN);
  const [one, two] = [DeployedStack.of('One', policy([pull('111111111111', 'Pull')])),
    DeployedStack.of('Two', policy([pull('111111111111', 'Pull')]), OTHER_UUID)];
  await success(send(one, 'Create'));
  await success(send(two, 'Create'));
  expect(statements()).toHaveLength(4);
  await success(send(one, 'Delete'));
  expect(statements()!.map(statement => statement.Sid)).toContain(`Pull${suffix(two)}`);
  expect(statements()).toHaveLength(3);
  expectForeign();
});

test('a new construct id changes neither the resource nor the Sids', () => {
  const [before, after] = ['Before', 'After'].map(id => DeployedStack.of('Test', policy([pull('111111111111', 'Pull')], { id })));
  expect(suffix(after)).toBe(suffix(before));
});

test('a new trigger restores statements that were removed from the policy', async () => {
  seed(FOREIGN);
  const [first, second] = ['spring', 'summer'].map(trigger =>
    DeployedStack.of('Test', policy([pull('111111111111', 'Pull')], { trigger })));
  await success(send(first, 'Create'));
  seed(FOREIGN);
  expect(second.customResourceProperties(resourceOf(second))).not.toEqual(first.customResourceProperties(resourceOf(first)));
  await success(update(first, second));
  expect(statements()!.map(statement => statement.Sid)).toContain(`Pull${suffix(first)}`);
  expectForeign();
});

test('Create watches existing statements for some seconds, because a writer with an old reading may overwrite them', async () => {
  seed(FOREIGN);
  const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
  await success(send(stack, 'Create'));
  let reads = 0;
  account.ecr.onCall = call => { if (call.operation === 'GetRepositoryPolicy' && ++reads === 1) seed(FOREIGN); };
  await success(send(stack, 'Create')); // as CloudFormation does if it gets no response
  expect(statements()).toHaveLength(3);
});

test('a Create that was cancelled while it ran removes its statements again', async () => {
  seed(FOREIGN);
  const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
  account.cloudFormation.stack(stack.stackId).status('UPDATE_IN_PROGRESS');
  account.ecr.onCall = call => {
    if (call.operation === 'SetRepositoryPolicy') account.cloudFormation.stack(stack.stackId).status('UPDATE_ROLLBACK_IN_PROGRESS');
  };
  expect((await send(stack, 'Create'))?.Reason)
    .toMatch(/^Repository 'team\/shared': the creation was canceled while it ran \(the stack status is UPDATE_ROLLBACK_IN_PROGRESS\)/);
  expect(statements()).toHaveLength(2);
});

test('Create fails for a repository in another account that is known only at deployment, and its Delete does nothing', async () => {
  const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
  const ResourceProperties = {
    ...stack.customResourceProperties(resourceOf(stack)), RepositoryArn: 'arn:aws:ecr:us-east-1:999999999999:repository/team/shared',
  };
  const answer = await send(stack, 'Create', { ResourceProperties });
  expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'cdk-ecr-keeper:not-created' });
  await success(send(stack, 'Delete', { ResourceProperties }));
  expect(calls()).toEqual([]);
});

test('the rollback of a failed Create removes only its own statements', async () => {
  seed(FOREIGN);
  const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
  await success(send(stack, 'Create'));
  account.cloudFormation.stack(stack.stackId).status('ROLLBACK_IN_PROGRESS');
  await success(send(stack, 'Delete'));
  expectForeign();
  expect(statements()).toHaveLength(2);
});

describe('a Sid of another owner', () => {
  const theirs: Statement = { Sid: 'Pull', Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'ecr:*' };

  test('is reported in an error before anything is written', async () => {
    seed([...FOREIGN, theirs]);
    const stack = DeployedStack.of('Test', policy([pull('111111111111', 'Pull')]));
    expect((await send(stack, 'Create'))?.Reason)
      .toMatch(/^Repository 'team\/shared': the policy already has statements of another owner with the same Sid: Pull. Nothing was changed. Use another Sid, or set 'replaceExistingSids: true'/);
    expect(calls()).toEqual(['GetRepositoryPolicy']);
    await success(send(stack, 'Delete'));
    expect(statements()).toHaveLength(3);
  });

  test('is replaced with replaceExistingSids, and its new statement is retained when the construct is deleted', async () => {
    seed([...FOREIGN, theirs]);
    const stack = DeployedStack.of('Test', policy([pull('111111111111', 'Pull')], { replaceExistingSids: true }));
    await success(send(stack, 'Create'));
    const replacement = statements()!.find(statement => statement.Sid === 'Pull');
    expect(replacement).toMatchObject({ Principal: { AWS: ['arn:aws:iam::111111111111:root'] } });
    expect(statements()).toHaveLength(3);
    expect(account.logs.join('\n')).toMatch(/replacing this statement: .*999999999999/);
    await success(send(stack, 'Delete'));
    expect(statements()).toContainEqual(replacement);
  });

  test('is not an error while the stack rolls back', async () => {
    seed([...FOREIGN, theirs]);
    const stack = DeployedStack.of('Test', policy([pull('111111111111', 'Pull')]));
    account.cloudFormation.stack(stack.stackId).status('UPDATE_ROLLBACK_IN_PROGRESS');
    await success(update(stack, stack));
    expect(statements()).toHaveLength(3);
  });
});

describe('principals', () => {
  const ROLE = 'arn:aws:iam::111111111111:role/fresh';
  const forRole = policy([new iam.PolicyStatement({ principals: [new iam.ArnPrincipal(ROLE)], actions: ['ecr:BatchGetImage'] })]);

  test.each(['Principal not found', 'Invalid repository policy provided'] as const)('Create waits for one that ECR does'
    + ' not know yet (%s)', async message => {
    seed(FOREIGN);
    account.ecr.principalExists(ROLE, { afterAttempts: 4 }, message);
    await success(send(DeployedStack.of('Test', forRole), 'Create'));
    expect(statements()).toHaveLength(3);
  });

  test('Create fails after two minutes for one that does not exist', async () => {
    seed(FOREIGN);
    account.ecr.principalExists(ROLE, false);
    expect((await send(DeployedStack.of('Test', forRole), 'Create'))?.Reason).toMatch(
      /^Repository 'team\/shared': ECR rejected the policy for 120 seconds. Check that these principals exist .*role\/fresh[^]*Principal not found/);
    expectForeign();
  });

  test('the error names both possible causes if ECR returns only that the policy is invalid', async () => {
    seed(FOREIGN);
    account.ecr.principalExists(ROLE, false, 'Invalid repository policy provided');
    const answer = await send(DeployedStack.of('Test', forRole), 'Create');
    expect(answer?.Reason).toMatch(/ECR rejected the policy for 120 seconds. Check that these principals exist and .*[Oo]r correct the statements/);
    expect(answer?.Reason).toMatch(/role\/fresh[^]*Invalid repository policy provided/);
  });

  test('any other error of ECR is reported immediately, with the text of ECR', async () => {
    seed(FOREIGN);
    account.ecr.principalExists(ROLE, false, 'Another reason');
    expect((await send(DeployedStack.of('Test', forRole), 'Create'))?.Reason).toBe('Repository \'team/shared\': ECR rejected the policy.'
      + ' Correct it and deploy again.\nInvalid parameter at \'PolicyText\' failed to satisfy constraint: \'Another reason\'');
    expect(calls().filter(operation => operation === 'SetRepositoryPolicy')).toHaveLength(1);
    expectForeign();
  });

  const gone = 'arn:aws:iam::444444444444:role/gone';
  const stale: Statement = { Sid: 'Theirs', Effect: 'Allow', Principal: { AWS: gone }, Action: 'ecr:BatchGetImage' };

  test('Create names a principal of another owner that no longer exists immediately if ECR rejects the policy', async () => {
    seed([stale]);
    const id = account.ecr.deletePrincipal(gone);
    const answer = await send(DeployedStack.of('Test', policy([pull('111111111111')])), 'Create');
    expect(answer?.Reason).toMatch(new RegExp('^Repository \'team/shared\': ECR rejected the policy because it names a principal that no'
      + ` longer exists: ${id} in statement Theirs[.] The statement is not from this stack[.] Remove it, `));
    expect(calls().filter(operation => operation === 'SetRepositoryPolicy')).toHaveLength(1);
  });

  test('Create names a principal of another owner that no longer exists, whatever the text of the error of ECR', async () => {
    seed([stale]);
    const id = account.ecr.deletePrincipal(gone);
    account.ecr.principalExists(ROLE, false, 'Another reason');
    expect((await send(DeployedStack.of('Test', forRole), 'Create'))?.Reason).toContain(`no longer exists: ${id} in statement Theirs`);
  });

  test('dropDeadPrincipals removes only that principal after ECR has rejected it, and logs the statement', async () => {
    const two: Statement = { ...stale, Principal: { AWS: [gone, '555555555555'] } };
    seed([...FOREIGN, two]);
    const id = account.ecr.deletePrincipal(gone);
    const stack = DeployedStack.of('Test', policy([pull('111111111111')], { dropDeadPrincipals: true }));
    await success(send(stack, 'Create'));
    expectForeign([...FOREIGN, { ...two, Principal: { AWS: '555555555555' } }]);
    expect(account.logs.join('\n')).toMatch(new RegExp(`no longer exist .${id}. are removed from this statement: .*"Sid":"Theirs"`));
    await success(send(stack, 'Delete'));
    expectForeign([...FOREIGN, { ...two, Principal: { AWS: '555555555555' } }]);
  });

  test('dropDeadPrincipals also removes a statement without other principals, even during Delete', async () => {
    seed(FOREIGN);
    const stack = DeployedStack.of('Test', policy([pull('111111111111')], { dropDeadPrincipals: true }));
    await success(send(stack, 'Create'));
    seed([...FOREIGN, stale, ...statements()!.filter(statement => String(statement.Sid).includes('CdkEcrKeeper'))]);
    account.ecr.deletePrincipal(gone);
    await success(send(stack, 'Delete'));
    expectForeign();
    expect(statements()).toHaveLength(2);
    expect(account.logs.join('\n')).toContain('are removed together with this statement, which has no other principal: {');
  });

  test('dropDeadPrincipals retains principals that ECR accepts', async () => {
    seed([stale]);
    const id = account.ecr.deletePrincipal(gone);
    account.readings.set('dead-principal-id', 'other');
    await success(send(DeployedStack.of('Test', policy([pull('111111111111')], { dropDeadPrincipals: true })), 'Create'));
    expect(statements()).toContainEqual(expect.objectContaining({ Sid: 'Theirs', Principal: { AWS: [id] } }));
  });

  test('Create retains a principal of another owner that no longer exists if ECR accepts it', async () => {
    seed([stale]);
    const id = account.ecr.deletePrincipal(gone);
    account.readings.set('dead-principal-id', 'other');
    await success(send(DeployedStack.of('Test', policy([pull('111111111111')])), 'Create'));
    expect(statements()).toContainEqual(expect.objectContaining({ Sid: 'Theirs', Principal: { AWS: [id] } }));
  });
});

describe('a policy of the version 2008-10-17, in which ${…} is plain text', () => {
  const byTag = new iam.PolicyStatement({
    sid: 'ByTag',
    principals: [new iam.AccountPrincipal('111111111111')],
    actions: ['ecr:BatchGetImage'],
    conditions: { StringEquals: { 'aws:PrincipalTag/team': '${aws:ResourceTag/team}' } },
  });
  const foreignText: Statement = { ...FOREIGN[0], Sid: 'Theirs', Condition: { StringEquals: { 'aws:userid': '${text}' } } };
  const seedOld = (list: Statement[]) =>
    account.ecr.seed({ repositoryName: 'team/shared', policyText: JSON.stringify({ Version: '2008-10-17', Statement: list }) });
  const version = () => account.ecr.repository('team/shared').policy?.Version;

  test('gets the new version if statements of the stack need it and the meaning of other statements does not change', async () => {
    seedOld(FOREIGN);
    const stack = DeployedStack.of('Test', policy([byTag]));
    await success(send(stack, 'Create'));
    expect([version(), statements()!.length]).toEqual(['2012-10-17', 3]);
    expectForeign();
    // as an earlier version of this library wrote it
    seedOld(statements()!);
    await success(update(stack, stack));
    expect([version(), statements()!.length]).toEqual(['2012-10-17', 3]);
    await success(send(stack, 'Delete'));
    expectForeign();
  });

  test('keeps its version if the statements of the stack have no policy variables', async () => {
    seedOld([...FOREIGN, foreignText]);
    await success(send(DeployedStack.of('Test', policy([pull('111111111111')])), 'Create'));
    expect([version(), statements()!.length]).toEqual(['2008-10-17', 4]);
  });

  test('is not changed if the meaning of a statement of another owner would change, and the error names a remedy', async () => {
    seedOld([...FOREIGN, foreignText]);
    expect((await send(DeployedStack.of('Test', policy([byTag])), 'Create'))?.Reason).toMatch(/^Repository 'team\/shared': statements of this stack have policy variables, .* version 2008-10-17, .* of another owner: Theirs. Nothing was changed. Use .*, or ask the owner to set/);
    expect([version(), statements()!.length]).toEqual(['2008-10-17', 3]);
    expect(calls()).not.toContain('SetRepositoryPolicy');
  });
});

describe('a statement that denies changing the policy', () => {
  const deny = (conditions?: Record<string, unknown>) => new iam.PolicyStatement({
    effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions: ['ecr:SetRepositoryPolicy'], conditions,
  });
  const unlessOrganization = deny({ StringNotEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } });

  test('is rejected if ECR finds that its condition exempts nobody, and the error names a remedy', async () => {
    seed(FOREIGN);
    const answer = await send(DeployedStack.of('Test', policy([unlessOrganization])), 'Create');
    expect(answer?.Reason).toMatch(
      /ECR rejected the policy for 120 seconds.* If a statement denies ecr:SetRepositoryPolicy to the principal that deploys, set 'force: true'/,
    );
    expectForeign();
  });

  test.each([
    ['with a condition', unlessOrganization], ['for everybody', deny()],
  ])('%s is written with force', async (_what, statement) => {
    seed(FOREIGN);
    await success(send(DeployedStack.of('Test', policy([statement], { force: true })), 'Create'));
    expect(account.ecr.calls.find(call => call.operation === 'SetRepositoryPolicy')?.input).toMatchObject({ force: true });
    expect(statements()).toHaveLength(3);
  });

  test('is refused before any call if it names an account that is known only at deployment', async () => {
    const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
    const Statements = JSON.stringify([{ Effect: 'Deny', Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'ecr:*' }]);
    const answer = await send(stack, 'Create', {
      ResourceProperties: { ...stack.customResourceProperties(resourceOf(stack)), Statements },
    });
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'cdk-ecr-keeper:not-created' });
    expect(answer?.Reason).toMatch(/^Repository 'team\/shared': a statement denies the principal that deploys it permission to change the policy. .* Exempt this principal with a condition, or set 'force: true'/);
    expect(calls()).toEqual([]);
  });
});

describe('slow responses', () => {
  test('after a write that timed out, the policy is read before the write is retried', async () => {
    seed(FOREIGN);
    account.ecr.faults.add({ kind: 'hang', operation: 'SetRepositoryPolicy', times: 1 });
    const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
    await success(send(stack, 'Create'));
    expect(calls().filter(operation => operation === 'SetRepositoryPolicy')).toHaveLength(2);
    expect(statements()).toHaveLength(3);
  });
});

describe('size', () => {
  const filler = (length: number): Statement => ({
    Sid: 'Filler',
    Effect: 'Allow',
    Principal: '*',
    Action: 'ecr:BatchGetImage',
    Condition: { StringEquals: { 'aws:PrincipalTag/k': 'x'.repeat(length) } },
  });

  test('a policy above the limit is an error that says how many characters this stack adds', async () => {
    const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
    seed([filler(9_500)]);
    await success(send(stack, 'Create'));
    await success(send(stack, 'Delete'));
    seed([filler(9_990)]);
    expect((await send(stack, 'Create'))?.Reason).toMatch(
      /^Repository 'team\/shared': the policy would have 10\d\d\d characters, but ECR allows at most 10240. This stack adds \d{3} of them; .* Put several/);
    expect(statements()).toHaveLength(1);
  });
});

describe('another writer', () => {
  const late: Statement = { Sid: 'Late', Effect: 'Allow', Principal: { AWS: '555555555555' }, Action: 'ecr:BatchGetImage' };

  test('that writes between a reading and a write loses nothing', async () => {
    seed(FOREIGN);
    let interrupted = 0;
    account.ecr.onCall = call => { // the other write replaces ours, as SetRepositoryPolicy does
      if (call.operation === 'SetRepositoryPolicy' && call.repositoryName === 'team/shared' && interrupted++ === 0) {
        seed([...FOREIGN, late]);
      }
    };
    const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
    await success(send(stack, 'Create'));
    expectForeign([...FOREIGN, late]);
    expect(statements()).toHaveLength(4);
  });

  test.each(['IAM', 'ECR'])('that writes while the function waits for %s loses nothing', async who => {
    seed(FOREIGN);
    const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
    if (who === 'IAM') account.ecr.faults.add({ kind: 'accessDenied', operation: 'SetRepositoryPolicy', times: 3 });
    else account.ecr.principalExists('111111111111', { afterAttempts: 3 });
    let tries = 0;
    account.ecr.onCall = call => { if (call.operation === 'SetRepositoryPolicy' && ++tries === 2) seed([...FOREIGN, late]); };
    await success(send(stack, 'Create'));
    expectForeign([...FOREIGN, late]);
    expect(statements()).toHaveLength(4);
  });

  test('that never stops causes an error after a limited number of attempts', async () => {
    seed(FOREIGN);
    account.ecr.onCall = call => { if (call.operation === 'SetRepositoryPolicy') seed(FOREIGN); };
    const answer = await send(DeployedStack.of('Test', policy([pull('111111111111')])), 'Create');
    expect(answer?.Reason)
      .toMatch(/^Repository 'team\/shared': the policy was written 12 times, but changed again each time. Find out what else writes it, then try again/);
    expect(calls().length).toBeLessThan(30);
  });
});

describe('targets', () => {
  test('Create fails for a repository that does not exist, and its Delete succeeds', async () => {
    const stack = DeployedStack.of('Test', policy([pull('111111111111')]));
    expect((await send(stack, 'Create'))?.Reason)
      .toMatch(/^Repository 'team\/shared' does not exist in its account and Region. Create it/);
    await success(send(stack, 'Delete'));
  });

  test('Update fails before any call if the name of the repository, a token, has changed', async () => {
    seed(FOREIGN);
    const template = (name: string) => {
      const scope = new Stack();
      policy([pull('111111111111')], { name: new CfnParameter(scope, 'Name').valueAsString })(scope);
      return new DeployedStack(
        DeployedStack.of('Test', () => undefined).stackId, scope.resolve((scope as any)._toCloudFormation()).Resources, { Name: name },
      );
    };
    const [one, two] = [template('bystander'), template('team/shared')];
    account.cloudFormation.stack(one.stackId).status('UPDATE_IN_PROGRESS');
    expect((await update(one, two))?.Reason)
      .toMatch(/cannot replace 'bystander' in the same policy\. Give the policy a different construct id/);
    expect(calls()).toEqual([]);
  });
});

test('the role has no unused permission, and none to write another repository', async () => {
  seed(FOREIGN);
  const stack = DeployedStack.of('Test', policy([pull('111111111111', 'Pull')]));
  await success(send(stack, 'Create'));
  account.cloudFormation.stack(stack.stackId).status('UPDATE_ROLLBACK_IN_PROGRESS');
  account.ecr.seed({
    repositoryName: 'team/shared', policyText: text([{ Sid: 'Pull', Effect: 'Allow', Principal: '*', Action: 'ecr:*' }]),
  });
  await success(update(stack, stack));
  seed();
  account.ecr.vanish('team/shared');
  seed();
  account.cloudFormation.stack(stack.stackId).status('UPDATE_IN_PROGRESS');
  await success(send(stack, 'Create'));
  await success(send(stack, 'Delete'));
  const granted = stack.policy().flatMap(statement => [statement.Action].flat());
  const used = account.ecr.granted(account.roleOf(stack)).map(grant => grant.action);
  expect(granted.filter(action => !used.includes(action)).sort()).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);

  const ResourceProperties = {
    ...stack.customResourceProperties(resourceOf(stack)), RepositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/bystander',
  };
  expect((await send(stack, 'Create', { ResourceProperties }))?.Reason).toContain('was denied ecr:SetRepositoryPolicy');
});
