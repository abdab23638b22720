import { CfnParameter, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { lifecyclePolicyHandler } from '../../../lambda/lifecycle-policy/handler';
import { LifecyclePolicy, Repository, RepositoryLifecycle, RepositoryLifecycleProps } from '../../../src';
import { sameLifecycle } from '../../../src/core/lifecycle/normal-form';
import { DeployedStack } from '../deployed-stack';
import { account, markOf, resourceOf, send, startForEachTest, status, success, update } from '../handler-scene';

const TYPE = 'Custom::EcrLifecyclePolicy';
const MARK = 'cdk-ecr-keeper:lifecycle-policy-by';
const UUID = '11111111-1111-1111-1111-111111111111';
const OTHER_UUID = '22222222-2222-2222-2222-222222222222';

const newest = (count: number) =>
  LifecyclePolicy.fromEcrRules([{ tagStatus: ecr.TagStatus.UNTAGGED, maxImageCount: 3 }, { maxImageCount: count }]);
const THEIRS = newest(999)._text;

const lifecycle = (count: number, {
  id = 'Lifecycle', name = 'team/shared', ...props
}: { id?: string; name?: string } & Partial<RepositoryLifecycleProps> = {}) =>
  (stack: Stack) => {
    new RepositoryLifecycle(stack, id, {
      repository: Repository.fromRepositoryName(stack, `${id}Import`, name), lifecycle: newest(count), ...props,
    });
  };

startForEachTest({ handler: lifecyclePolicyHandler, resourceType: TYPE });
beforeEach(() => {
  account.ecr.seed({ repositoryName: 'bystander', lifecyclePolicyText: THEIRS });
  account.ecr.seed({ repositoryName: 'team/shared', tags: { owner: 'them' } });
});
afterEach(() => {
  const { lifecyclePolicyText, tags } = account.ecr.repository('bystander');
  expect({ lifecyclePolicyText, tags }).toEqual({ lifecyclePolicyText: THEIRS, tags: {} });
});

const live = () => account.ecr.repository('team/shared').lifecyclePolicyText;
const tags = () => account.ecr.repository('team/shared').tags;
const attach = (lifecyclePolicyText: string) => account.ecr.seed({ repositoryName: 'team/shared', lifecyclePolicyText });
const expectLive = (count: number) => expect(sameLifecycle(live()!, newest(count)._text)).toBe(true);

test('Create, Update, and Delete write, replace, and remove the policy', async () => {
  const [first, second] = [DeployedStack.of('Test', lifecycle(50)), DeployedStack.of('Test', lifecycle(60))];
  await success(send(first, 'Create'));
  expectLive(50);
  expect(tags()).toEqual({ owner: 'them', [MARK]: markOf(first) });
  await success(update(first, second));
  expectLive(60);
  status(second, 'DELETE_IN_PROGRESS');
  await success(send(second, 'Delete'));
  expect(live()).toBeUndefined();
  expect(tags()).toEqual({ owner: 'them' });
});

test('a policy with the same meaning is not written again, although ECR reformats the text', async () => {
  const stack = DeployedStack.of('Test', lifecycle(50));
  attach(JSON.stringify(JSON.parse(newest(50)._text), null, 2));
  await success(send(stack, 'Create'));
  await success(send(stack, 'Create'));
  await success(update(stack, stack));
  expect(account.ecr.calls.filter(call => call.operation === 'PutLifecyclePolicy')).toEqual([]);
  expect(tags()[MARK]).toBe(markOf(stack));
});

describe('a different live policy', () => {
  test('is not overwritten, and causes an error before any change', async () => {
    attach(THEIRS);
    const stack = DeployedStack.of('Test', lifecycle(50));
    expect((await send(stack, 'Create'))?.Reason)
      .toMatch(/^Repository 'team\/shared' already has a different lifecycle policy, .* or set 'overwrite: true'/);
    expect(live()).toBe(THEIRS);
    expect(tags()).toEqual({ owner: 'them' });
    status(stack, 'ROLLBACK_IN_PROGRESS');
    await success(send(stack, 'Delete'));
    expect(live()).toBe(THEIRS);
  });

  test('is replaced with overwrite, and logged in full before', async () => {
    attach(THEIRS);
    await success(send(DeployedStack.of('Test', lifecycle(50, { overwrite: true })), 'Create'));
    expectLive(50);
    expect(account.logs.join('\n')).toContain(THEIRS);
  });

  test('that was written between two deployments is refused, except while the stack rolls back', async () => {
    const [first, second] = [DeployedStack.of('Test', lifecycle(50)), DeployedStack.of('Test', lifecycle(60))];
    await success(send(first, 'Create'));
    attach(THEIRS);
    status(second, 'UPDATE_IN_PROGRESS');
    expect((await update(first, second))?.Reason).toContain('already has a different lifecycle policy');
    status(second, 'UPDATE_ROLLBACK_IN_PROGRESS');
    await success(update(second, first));
    expect(live()).toBe(THEIRS);
  });

  test('is not left by an update that is rolled back after it was applied', async () => {
    const [first, second] = [DeployedStack.of('Test', lifecycle(50)), DeployedStack.of('Test', lifecycle(60))];
    await success(send(first, 'Create'));
    await success(update(first, second));
    status(second, 'UPDATE_ROLLBACK_IN_PROGRESS');
    await success(update(second, first));
    expectLive(50);
  });
});

describe('the rollback of a first deployment', () => {
  const rolledBack = async (props = {}) => {
    const stack = DeployedStack.of('Test', lifecycle(50, props));
    const created = await send(stack, 'Create');
    status(stack, 'ROLLBACK_IN_PROGRESS');
    await success(send(stack, 'Delete', { PhysicalResourceId: created!.PhysicalResourceId }));
    expect(tags()).toEqual({ owner: 'them' });
  };

  test('retains a policy that existed before, although it is the same', async () => {
    attach(newest(50)._text);
    await rolledBack();
    expectLive(50);
  });

  test('leaves no policy if there was none before, not even that of onDelete', async () => {
    await rolledBack({ onDelete: newest(7) });
    expect(live()).toBeUndefined();
  });

  test('retains a policy that existed before if the Create was cancelled while it ran', async () => {
    attach(newest(50)._text);
    const stack = DeployedStack.of('Test', lifecycle(50));
    status(stack, 'ROLLBACK_IN_PROGRESS');
    expect((await send(stack, 'Create'))?.Reason).toMatch(/the creation was canceled while it ran/);
    expectLive(50);
    expect(tags()).toEqual({ owner: 'them' });
  });

  test('leaves no policy if the Create was cancelled while it ran', async () => {
    const stack = DeployedStack.of('Test', lifecycle(50));
    status(stack, 'CREATE_IN_PROGRESS');
    account.ecr.onCall = call => { if (call.operation === 'PutLifecyclePolicy') status(stack, 'ROLLBACK_IN_PROGRESS'); };
    expect((await send(stack, 'Create'))?.Reason).toMatch(/the creation was canceled while it ran/);
    expect(live()).toBeUndefined();
    expect(tags()).toEqual({ owner: 'them' });
  });
});

describe('Delete', () => {
  const deleting = async (props = {}) => {
    const stack = DeployedStack.of('Test', lifecycle(50, props));
    await success(send(stack, 'Create'));
    status(stack, 'DELETE_IN_PROGRESS');
    return stack;
  };

  test('writes the text of onDelete', async () => {
    await success(send(await deleting({ onDelete: newest(7) }), 'Delete'));
    expectLive(7);
    expect(tags()).toEqual({ owner: 'them' });
  });

  test('retains a policy that was changed', async () => {
    const stack = await deleting();
    attach(THEIRS);
    await success(send(stack, 'Delete'));
    expect(live()).toBe(THEIRS);
    expect(tags()).toEqual({ owner: 'them' });
  });

  test.each([
    [undefined, 'is missing'], [`${OTHER_UUID}:Lifecycle`, 'names another owner'],
  ])('retains the policy if the mark is %s', async (mark, what) => {
    const stack = await deleting();
    account.ecr.retag('team/shared', { [MARK]: mark });
    await success(send(stack, 'Delete'));
    expectLive(50);
    expect(account.logs.join('\n')).toContain(`is retained: its mark ${what}`);
  });

  test('succeeds if the policy or the repository no longer exists', async () => {
    const stack = await deleting();
    account.ecr.vanish('team/shared');
    await success(send(stack, 'Delete'));
    account.ecr.seed({ repositoryName: 'team/shared', tags: { [MARK]: markOf(stack), owner: 'them' } });
    await success(send(stack, 'Delete'));
    expect(tags()).toEqual({ owner: 'them' });
  });
});

describe('after a change of the construct id,', () => {
  const [before, same, other] = [lifecycle(50, { id: 'Before' }), lifecycle(50, { id: 'After' }), lifecycle(60, { id: 'After' })]
    .map(build => DeployedStack.of('Test', build));

  test('the deletion of the old resource changes nothing', async () => {
    await success(send(before, 'Create'));
    await success(send(same, 'Create'));
    status(before, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    await success(send(before, 'Delete'));
    expectLive(50);
    expect(tags()[MARK]).toBe(markOf(same));
  });

  test('a policy that changed too is refused, because a rollback could not restore the old one', async () => {
    await success(send(before, 'Create'));
    expect((await send(other, 'Create'))?.Reason)
      .toMatch(/already has a different lifecycle policy, .*\. Change the construct id and the policy in two separate deployments, or set 'overwrite: true'/);
    expectLive(50);
    expect(tags()[MARK]).toBe(markOf(before));
  });

  test('a Create that fails after it set the mark is rolled back to the old mark', async () => {
    await success(send(before, 'Create'));
    account.ecr.onCall = call => {
      if (call.operation === 'TagResource') account.ecr.faults.add({ kind: 'serverError', operation: 'ListTagsForResource', times: 9 });
    };
    const failed = await send(same, 'Create');
    expect(failed?.Status).toBe('FAILED');
    account.ecr.faults.clear();
    account.ecr.onCall = undefined;
    status(before, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    account.ecr.principal(account.roleOf(same), { policy: same.policy() });
    await success(send(same, 'Delete', { PhysicalResourceId: failed!.PhysicalResourceId }));
    expectLive(50);
    expect(tags()[MARK]).toBe(markOf(before));
  });

  test('a rollback restores the old policy and mark', async () => {
    await success(send(before, 'Create'));
    const created = await send(same, 'Create');
    status(before, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
    account.ecr.principal(account.roleOf(same), { policy: same.policy() });
    await success(send(same, 'Delete', { PhysicalResourceId: created!.PhysicalResourceId }));
    expectLive(50);
    expect(tags()[MARK]).toBe(markOf(before));
  });
});

test('a repository with the mark of another stack is refused', async () => {
  await success(send(DeployedStack.of('One', lifecycle(50)), 'Create'));
  const two = DeployedStack.of('Two', lifecycle(50), OTHER_UUID);
  expect((await send(two, 'Create'))?.Reason).toMatch(/^Repository 'team\/shared' has its lifecycle policy from another stack/);
  status(two, 'ROLLBACK_IN_PROGRESS');
  await success(send(two, 'Delete'));
  expectLive(50);
  expect(tags()[MARK]).toContain(UUID);
});

test('Create fails if ECR rejects the policy or the repository does not exist', async () => {
  const stack = DeployedStack.of('Test', lifecycle(50));
  const bad = { ...stack.customResourceProperties(resourceOf(stack)), PolicyText: newest(50)._text.replace('"expire"', '"explode"') };
  expect((await send(stack, 'Create', { ResourceProperties: bad }))?.Reason)
    .toMatch(/^Repository 'team\/shared': ECR rejected the lifecycle policy\. Correct it and deploy again\.\n/);
  status(stack, 'ROLLBACK_IN_PROGRESS');
  await success(send(stack, 'Delete', { ResourceProperties: bad }));
  expect(tags()).toEqual({ owner: 'them' });
  account.ecr.vanish('team/shared');
  expect((await send(stack, 'Create'))?.Reason).toMatch(/^Repository 'team\/shared' does not exist/);
});

test('Update fails before any change if the name of the repository, a token, has changed', async () => {
  const template = (name: string) => {
    const scope = new Stack();
    lifecycle(50, { name: new CfnParameter(scope, 'Name').valueAsString })(scope);
    return new DeployedStack(
      DeployedStack.of('Test', () => undefined).stackId, scope.resolve((scope as any)._toCloudFormation()).Resources, { Name: name },
    );
  };
  const [one, two] = [template('bystander'), template('team/shared')];
  status(one, 'UPDATE_IN_PROGRESS');
  expect((await update(one, two))?.Reason).toMatch(/cannot replace 'bystander' in the same lifecycle policy/);
  expect(live()).toBeUndefined();
});

test('a policy that another writer replaces immediately is an error', async () => {
  account.ecr.onCall = call => { if (call.operation === 'PutLifecyclePolicy') attach(THEIRS); };
  expect((await send(DeployedStack.of('Test', lifecycle(50)), 'Create'))?.Reason)
    .toMatch(/^Repository 'team\/shared' does not have the lifecycle policy 120 seconds after it was written\. Try again\. If the error persists/);
});

test('Create and Delete wait if ECR returns the new state only after a minute', async () => {
  attach(THEIRS);
  let shown: (() => void) | undefined;
  let readings = 0;
  account.ecr.onCall = ({ operation }) => {
    if (operation === 'PutLifecyclePolicy' || operation === 'DeleteLifecyclePolicy') {
      const written = live();
      shown = () => { if (written !== undefined) attach(written); else account.ecr.vanish('team/shared'); };
      attach(THEIRS);
      readings = 0;
    }
    if (operation === 'GetLifecyclePolicy' && ++readings === 10) shown?.();
  };
  const stack = DeployedStack.of('Test', lifecycle(50, { overwrite: true }));
  await success(send(stack, 'Create'));
  expectLive(50);
  expect(readings).toBe(11);
  status(stack, 'DELETE_IN_PROGRESS');
  await success(send(stack, 'Delete'));
  expect(readings).toBe(11);
});

test('the role has no unused permission, and none to write a repository without the mark of the stack', async () => {
  const stack = DeployedStack.of('Test', lifecycle(50));
  await success(send(stack, 'Create'));
  status(stack, 'DELETE_IN_PROGRESS');
  await success(send(stack, 'Delete'));
  const granted = stack.policy().flatMap(statement => [statement.Action].flat());
  const used = account.ecr.granted(account.roleOf(stack)).map(grant => grant.action);
  expect(granted.filter(action => !used.includes(action)).sort()).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);

  account.cloudFormation.onCall = () => account.ecr.retag('team/shared', { [MARK]: `${OTHER_UUID}:X` });
  attach(newest(50)._text);
  account.ecr.retag('team/shared', { [MARK]: markOf(stack) });
  expect((await send(stack, 'Delete'))?.Reason).toContain('was denied ecr:DeleteLifecyclePolicy');
  expectLive(50);
});
