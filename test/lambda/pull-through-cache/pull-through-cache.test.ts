import * as iam from 'aws-cdk-lib/aws-iam';
import {
  arnOf, beginCreation, cacheOf, connectHub, HUB, LONG_AGO, PREFIX, QUAY, ruleWith, setSecret, startHub, TYPE, withSecret,
} from './cache-scene';
import { pullThroughCacheHandler } from '../../../lambda/pull-through-cache/handler';
import { registry } from '../../../src';
import type { CacheRule } from '../../local-ecr/cache-rules';
import { LocalRegistry } from '../../local-registry/local-registry';
import { DeployedStack } from '../deployed-stack';
import { account, calls, logs, markOf, send, sendDuring, startForEachTest, status, success, update } from '../handler-scene';
import { Answer } from '../local-account';

const { Upstream } = registry;
const NOT_CREATED = 'cdk-ecr-keeper:not-created';
const COMMAND = `aws ecr delete-pull-through-cache-rule --region us-east-1 --ecr-repository-prefix ${PREFIX}`;

let hub: LocalRegistry;

beforeAll(async () => { hub = await startHub(); });
afterAll(() => hub.stop());
startForEachTest({ handler: pullThroughCacheHandler, resourceType: TYPE });
beforeEach(() => connectHub(account, hub));

const stackWith = (build = withSecret('first')) => DeployedStack.of('Test', build);
const live = () => account.ecr.cacheRule(PREFIX);
const seed = (rule: Omit<CacheRule, 'prefix'> | 'deleted') => account.ecr.cacheRule(PREFIX, {}, rule);
const writes = () => calls().filter(name => /^(Create|Update|Delete)/.test(name));

function create(stack: DeployedStack): Promise<Answer> {
  beginCreation(account, stack);
  return send(stack, 'Create');
}

/** Returns a stack whose rule was created. */
async function created(build = withSecret('first')): Promise<DeployedStack> {
  const stack = stackWith(build);
  await success(create(stack));
  status(stack, 'CREATE_COMPLETE');
  account.ecr.clearCalls();
  return stack;
}

/** CloudFormation first changes the permissions of the function. */
function updateTo(after: DeployedStack, before: DeployedStack, now = 'UPDATE_IN_PROGRESS'): Promise<Answer> {
  status(after, now);
  account.replaceStack(after);
  return update(before, after, { PhysicalResourceId: `${markOf(before)}:=created` });
}

async function expectFailure(answer: Promise<Answer>, reason: RegExp): Promise<Answer> {
  const response = await answer;
  expect(response).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(reason) });
  return response;
}

describe('Create', () => {
  test('creates the rule, reads it back, and lets Amazon ECR log in', async () => {
    const stack = stackWith();
    expect(await create(stack)).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: `${markOf(stack)}:=created` });
    expect(live()).toMatchObject({ ...ruleWith('first'), createdAt: expect.any(Number), updatedAt: expect.any(Number) });
    expect(calls()).toEqual([
      'DescribePullThroughCacheRules', 'CreatePullThroughCacheRule', 'DescribePullThroughCacheRules', 'ValidatePullThroughCacheRule',
    ]);
  });

  test('does not validate a rule without credentials', async () => {
    await success(create(stackWith(cacheOf(() => Upstream.quay()))));
    expect(live()).toMatchObject({ upstreamRegistry: 'quay', upstreamUrl: 'quay.io' });
    expect(calls()).not.toContain('ValidatePullThroughCacheRule');
  });

  test.each([
    ['for another registry', QUAY, /^Cache 'docker-hub': the registry already has a rule for this prefix \(quay.io, created at 20/],
    ['with the same settings', ruleWith('first'), /\(registry-1.docker.io, with the same settings, created at 20/],
    ['with another secret', ruleWith('second'), /\(registry-1.docker.io, created at 20/],
  ])('refuses a rule of another owner %s, and its rollback keeps the rule', async (_which, rule, reason) => {
    seed(rule);
    const stack = stackWith();
    const answer = await expectFailure(create(stack), reason);
    expect(answer!.Reason).toContain(`then deploy again:\n${COMMAND}`);
    expect(answer!.PhysicalResourceId).toBe(NOT_CREATED);
    await success(sendDuring(stack, 'Delete', 'ROLLBACK_IN_PROGRESS', { PhysicalResourceId: NOT_CREATED }));
    expect(live()).toEqual({ ...rule, prefix: PREFIX });
    expect(writes()).toEqual([]);
  });

  test('refuses a rule that somebody creates between the reading and the write, and its rollback keeps the rule', async () => {
    account.ecr.onCall = ({ operation }) => { if (operation === 'DescribePullThroughCacheRules' && !live()) seed(QUAY); };
    const stack = stackWith();
    const answer = await expectFailure(create(stack), /already has a rule for this prefix \(quay.io/);
    await success(sendDuring(stack, 'Delete', 'ROLLBACK_IN_PROGRESS', { PhysicalResourceId: answer!.PhysicalResourceId }));
    expect(live()).toMatchObject(QUAY);
  });

  test('continues with the rule of an earlier attempt of the same Create', async () => {
    const stack = stackWith();
    beginCreation(account, stack);
    seed(ruleWith('first', Date.now() + 1_000));
    await success(send(stack, 'Create'));
    expect(writes()).toEqual([]);
    expect(calls()).toContain('ValidatePullThroughCacheRule');
    expect(logs()).toContain('exists already from an earlier attempt');
  });

  test('refuses an equal rule if the events of the stack do not reach back to the beginning', async () => {
    seed(ruleWith('first', Date.now() + 1_000));
    const stack = stackWith();
    status(stack, 'CREATE_IN_PROGRESS');
    await expectFailure(send(stack, 'Create'), /with the same settings/);
  });

  test('waits for a secret that Amazon ECR does not see yet', async () => {
    account.ecr.lateSecretCalls = 5;
    await success(create(stackWith()));
    expect(writes()).toEqual(Array.from({ length: 6 }, () => 'CreatePullThroughCacheRule'));
  });

  test('names a secret that Amazon ECR does not find for two minutes', async () => {
    account.ecr.lateSecretCalls = Infinity;
    await expectFailure(create(stackWith()),
      new RegExp(`^Cache 'docker-hub': Amazon ECR did not find the secret ${arnOf('first')} for 120 seconds. Check that it exists`));
    expect(live()).toBeUndefined();
  });

  test('removes a rule whose credentials are wrong, with the reason of Amazon ECR first', async () => {
    setSecret(account, 'first', 'wrong');
    const stack = stackWith();
    const answer = await expectFailure(create(stack), new RegExp('^Cache \'docker-hub\': Amazon ECR cannot pull from registry-1.docker.io: '
      + `The authentication to the upstream registry failed.* Check that the secret ${arnOf('first')} has the JSON keys`));
    expect(live()).toBeUndefined();
    await success(sendDuring(stack, 'Delete', 'ROLLBACK_IN_PROGRESS', { PhysicalResourceId: answer!.PhysicalResourceId }));
  });

  test('accepts credentials that become right within half a minute', async () => {
    setSecret(account, 'first', 'wrong');
    let validations = 0;
    account.ecr.onCall = ({ operation }) => {
      if (operation === 'ValidatePullThroughCacheRule' && ++validations === 2) setSecret(account, 'first');
    };
    await success(create(stackWith()));
    expect(validations).toBeGreaterThan(1);
  });

  test('reports a full registry with what to do', async () => {
    for (let nth = 0; nth < 50; nth++) account.ecr.cacheRule(`quay-${nth}`, {}, QUAY);
    const answer = await expectFailure(create(stackWith()), /^Cache 'docker-hub': the registry has as many rules as its quota allows/);
    expect(answer!.PhysicalResourceId).toBe(`${markOf(stackWith())}:=begun`);
  });

  test('reports a secret that a customer managed key encrypts', async () => {
    account.secrets.secret('ecr-pullthroughcache/first', '{}', { kmsKey: 'key' });
    await expectFailure(create(stackWith()), /Amazon ECR cannot decrypt the secret .* Let the default key aws\/secretsmanager encrypt it/);
  });

  test('reports a rule that somebody changes at once, and its rollback keeps that rule', async () => {
    account.ecr.onCall = ({ operation }) => { if (operation === 'CreatePullThroughCacheRule') seed(QUAY); };
    const stack = stackWith();
    const { PhysicalResourceId } = (await expectFailure(create(stack),
      /^Cache 'docker-hub': 120 seconds after its rule was written, Amazon ECR returns a different one. Check whether somebody else/))!;
    await success(sendDuring(stack, 'Delete', 'ROLLBACK_IN_PROGRESS', { PhysicalResourceId }));
    expect(live()).toMatchObject(QUAY);
  });

  test('passes the role of an upstream registry in another account, with its prefix', async () => {
    account.ecr.upstream('222222222222.dkr.ecr.eu-west-1.amazonaws.com', hub.url);
    await create(stackWith(cacheOf(() => Upstream.ecr({ account: '222222222222', region: 'eu-west-1', repositoryPrefix: 'team' }))));
    const [{ input }] = account.ecr.calls.filter(({ operation }) => operation === 'CreatePullThroughCacheRule');
    expect(input).toMatchObject({
      ecrRepositoryPrefix: PREFIX,
      upstreamRegistry: 'ecr',
      upstreamRegistryUrl: '222222222222.dkr.ecr.eu-west-1.amazonaws.com',
      upstreamRepositoryPrefix: 'team',
      customRoleArn: expect.stringMatching(/^arn:aws:iam::000000000000:role\//),
    });
  });
});

describe('Update', () => {
  const updating = (before: DeployedStack, build: Parameters<typeof stackWith>[0]) => updateTo(stackWith(build), before);
  const rollingBack = (before: DeployedStack, build: Parameters<typeof stackWith>[0]) =>
    updateTo(before, stackWith(build), 'UPDATE_ROLLBACK_IN_PROGRESS');

  test('changes the secret of the rule in place and validates it', async () => {
    const before = await created();
    const { createdAt } = live()!;
    expect(await updating(before, withSecret('second')))
      .toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: `${markOf(before)}:=created` });
    expect(live()).toMatchObject({ credentialArn: arnOf('second'), createdAt });
    expect(writes()).toEqual(['UpdatePullThroughCacheRule']);
    expect(calls()).toContain('ValidatePullThroughCacheRule');
  });

  test('waits for a new secret that Amazon ECR does not see yet', async () => {
    const before = await created();
    account.ecr.lateSecretCalls = 3;
    await success(updating(before, withSecret('second')));
    expect(writes()).toHaveLength(4);
  });

  test('fails for a secret that is wrong, and its rollback restores the rule', async () => {
    const before = await created();
    setSecret(account, 'second', 'wrong');
    await expectFailure(updating(before, withSecret('second')), /^Cache 'docker-hub': Amazon ECR cannot pull from registry-1.docker.io/);
    await success(rollingBack(before, withSecret('second')));
    expect(live()).toMatchObject({ credentialArn: arnOf('first') });
  });

  test('without a change of the rule writes nothing and validates the rule', async () => {
    const before = await created();
    await success(updating(before, withSecret('first')));
    expect(calls()).toEqual(['DescribePullThroughCacheRules', 'ValidatePullThroughCacheRule']);
  });

  test('creates a rule again that somebody deleted', async () => {
    const before = await created();
    seed('deleted');
    await success(updating(before, withSecret('first')));
    expect(live()).toMatchObject({ credentialArn: arnOf('first') });
  });

  test('replaces the rule for another registry, and its rollback restores the first one', async () => {
    const quay = cacheOf(() => Upstream.quay());
    const before = await created();
    await success(updating(before, quay));
    expect(live()).toMatchObject({ upstreamUrl: 'quay.io' });
    expect(writes()).toEqual(['DeletePullThroughCacheRule', 'CreatePullThroughCacheRule']);
    await success(rollingBack(before, quay));
    expect(live()).toMatchObject({ upstreamUrl: HUB, credentialArn: arnOf('first') });
  });

  test('refuses to replace a rule that somebody else set', async () => {
    const before = await created();
    seed({ ...QUAY, upstreamRegistry: 'k8s', upstreamUrl: 'registry.k8s.io' });
    await expectFailure(updating(before, cacheOf(() => Upstream.quay())), /already has a rule for this prefix \(registry.k8s.io/);
    expect(writes()).toEqual([]);
  });

  test('removes the role of the rule by creating it again, because Amazon ECR cannot remove it', async () => {
    const upstream = { account: '000000000000', region: 'eu-west-1' };
    account.ecr.upstream('000000000000.dkr.ecr.eu-west-1.amazonaws.com', hub.url);
    const role = 'arn:aws:iam::000000000000:role/cache';
    const before = stackWith(cacheOf(stack => Upstream.ecr({ ...upstream, role: iam.Role.fromRoleArn(stack, 'Role', role) })));
    seed({ ...QUAY, upstreamRegistry: 'ecr', upstreamUrl: '000000000000.dkr.ecr.eu-west-1.amazonaws.com', customRoleArn: role });
    status(before, 'CREATE_IN_PROGRESS', 'CREATE_COMPLETE');
    await success(updating(before, cacheOf(stack => Upstream.ecr({ region: 'eu-west-1', account: stack.account }))));
    expect(writes()).toEqual(['DeletePullThroughCacheRule', 'CreatePullThroughCacheRule']);
    expect(live()!.customRoleArn).toBeUndefined();
  });

  test('ignores credentials that became wrong while the stack rolls back', async () => {
    const before = await created();
    setSecret(account, 'first', 'wrong');
    await success(rollingBack(before, withSecret('second')));
    expect(logs()).toContain('the stack is rolling back, so this error is ignored');
  });
});

describe('Delete', () => {
  const deleting = (stack: DeployedStack, PhysicalResourceId = `${markOf(stack)}:=created`) =>
    sendDuring(stack, 'Delete', 'DELETE_IN_PROGRESS', { PhysicalResourceId });

  test('removes the rule, also with a secret that somebody changed, and then nothing', async () => {
    const stack = await created();
    seed(ruleWith('second'));
    await success(deleting(stack));
    expect(live()).toBeUndefined();
    await success(deleting(stack));
    expect(writes()).toEqual(['DeletePullThroughCacheRule']);
  });

  test('fails if Amazon ECR returns the rule for two minutes', async () => {
    const stack = await created();
    account.ecr.onCall = ({ operation }) => { if (operation === 'DeletePullThroughCacheRule') seed(ruleWith('first')); };
    await expectFailure(deleting(stack), /^Cache 'docker-hub': 120 seconds after its rule was deleted, Amazon ECR still returns it. Try again/);
  });

  test('keeps a rule that somebody else created for another registry', async () => {
    const stack = await created();
    seed(QUAY);
    await success(deleting(stack));
    expect(live()).toMatchObject(QUAY);
    expect(logs()).toContain('the rule of cache \'docker-hub\' (quay.io) is not that of this resource, so it is kept');
  });

  test.each([
    ['without a response', 'Test-Cache-1ABC'],
    ['that failed', ':=begun'],
  ])('after a Create %s removes only a rule that this Create created', async (_which, id) => {
    const stack = stackWith();
    const physicalId = id.startsWith(':') ? `${markOf(stack)}${id}` : id;
    beginCreation(account, stack);
    for (const [createdAt, isKept] of [[LONG_AGO, true], [Date.now() + 1_000, false]] as const) {
      seed(ruleWith('first', createdAt));
      await success(sendDuring(stack, 'Delete', 'ROLLBACK_IN_PROGRESS', { PhysicalResourceId: physicalId }));
      expect(live() !== undefined).toBe(isKept);
    }
    seed(ruleWith('second', Date.now() + 1_000));
    await success(sendDuring(stack, 'Delete', 'ROLLBACK_IN_PROGRESS', { PhysicalResourceId: physicalId }));
    expect(live()).toMatchObject({ credentialArn: arnOf('second') });
  });

  test('that runs while a Create is canceled removes the rule of the Create', async () => {
    const stack = stackWith();
    beginCreation(account, stack);
    status(stack, 'ROLLBACK_IN_PROGRESS');
    await expectFailure(send(stack, 'Create'), /the creation was canceled while it ran/);
    expect(live()).toBeUndefined();
  });
});

test('each request succeeds although the first read after each write is late', async () => {
  account.readings.set('reads-see-writes', 'other');
  const stack = await created();
  const after = stackWith(withSecret('second'));
  await success(updateTo(after, stack));
  await success(sendDuring(after, 'Delete', 'DELETE_IN_PROGRESS', { PhysicalResourceId: `${markOf(stack)}:=created` }));
  expect(live()).toBeUndefined();
});

test('a call that IAM denies is reported without a tag, because a cache has none', async () => {
  account.ecr.faults.add({ kind: 'accessDenied', operation: 'CreatePullThroughCacheRule', times: Infinity });
  const stack = stackWith();
  beginCreation(account, stack);
  const answer = await send(stack, 'Create');
  expect(answer?.Reason.split('\n')[0]).toBe('Cache \'docker-hub\': the function\'s role was denied ecr:CreatePullThroughCacheRule for 60'
    + ' seconds. Check for a permissions boundary or a service control policy, then try again.');
  account.ecr.faults.clear();
  await success(send(stack, 'Create'));
});
