import { StartReplicationBackfillCommand } from '@aws-sdk/client-ecr';
import { Stack } from 'aws-cdk-lib';
import { registryReplicationHandler } from '../../../lambda/registry-replication/handler';
import { ruleKey } from '../../../lambda/shared/registry/claims';
import { registry } from '../../../src';
import { parseClaim } from '../../../src/core/registry-rules/claim';
import { replicationRuleText } from '../../../src/core/registry-rules/replication-rules';
import { DeployedStack } from '../deployed-stack';
import { account, calls, callsOf, deploy, logs, send, sendDuring, startForEachTest, success, update } from '../handler-scene';

const { RegistryReplication } = registry;
const PATH = '/cdk-ecr-keeper/registry/replication';
const UUID = '11111111-1111-1111-1111-111111111111';
const OTHER_UUID = '22222222-2222-2222-2222-222222222222';

const replication = (...rules: registry.ReplicationRule[]) => withOptions({}, ...rules);
const withOptions = (options: Partial<registry.RegistryReplicationProps>, ...rules: registry.ReplicationRule[]) => (stack: Stack) => {
  new RegistryReplication(stack, 'Replication', { rules, ...options });
};
const to = (region: string, prefix: string, more: Partial<registry.ReplicationRule> = {}): registry.ReplicationRule =>
  ({ destinations: [{ region }], prefixes: [prefix], ...more });
/** The rule as ECR has it. */
const live = (region: string, prefix: string, more: object = {}) => ({
  destinations: [{ region, registryId: '000000000000' }], repositoryFilters: [{ filter: prefix, filterType: 'PREFIX_MATCH' }], ...more,
});
const FOREIGN = [live('eu-west-1', 'console/', { deleteReplication: { enabled: true } }), live('us-west-2', 'terraform/')];

const rules = () => account.ecr.replicationRules();
const claims = () => Object.fromEntries(Object.entries(account.ssm.values()).map(([name, text]) => [name, parseClaim(text)]));

startForEachTest({ handler: registryReplicationHandler, resourceType: 'Custom::EcrRegistryReplication' });

test('Create, Update, and Delete keep the rules of other owners exactly, and leave no claim', async () => {
  account.ecr.replicationRules({}, FOREIGN);
  const before = JSON.stringify(rules());
  const first = DeployedStack.of('Test', replication(to('eu-central-1', 'team/')));
  await success(send(first, 'Create'));
  expect(rules()).toEqual([...FOREIGN, live('eu-central-1', 'team/')]);
  expect(claims())
    .toEqual({ [`${PATH}/${UUID}`]: expect.objectContaining({ stack: first.stackId, own: [expect.any(String)], found: [] }) });

  const second = DeployedStack.of('Test', replication(to('eu-central-1', 'product/', { deleteReplication: true })));
  await success(update(first, second));
  expect(rules()).toEqual([...FOREIGN, live('eu-central-1', 'product/', { deleteReplication: { enabled: true } })]);
  expect(claims()[`${PATH}/${UUID}`]).toMatchObject({ own: [expect.any(String)], leaving: [] });

  await success(send(second, 'Delete'));
  expect(JSON.stringify(rules())).toBe(before);
  expect(claims()).toEqual({});
  await success(send(second, 'Delete'));
  expect(callsOf('PutReplicationConfiguration')).toHaveLength(3);
});

test('the claim is written before the rules, and removed after them', async () => {
  const stack = DeployedStack.of('Test', replication(to('eu-central-1', 'team/')));
  const order = new Array<string>();
  for (const service of [account.ecr, account.ssm]) service.onCall = ({ operation }) => { order.push(operation); };
  await success(send(stack, 'Create'));
  await success(send(stack, 'Delete'));
  expect(order.filter(name => /^(Put|Delete)/.test(name)))
    .toEqual(['PutParameter', 'PutReplicationConfiguration', 'PutParameter', 'PutReplicationConfiguration', 'DeleteParameter']);
});

test('a rule that was there before is recorded as found, and is not removed', async () => {
  const found = live('eu-central-1', 'team/');
  account.ecr.replicationRules({}, [...FOREIGN, found]);
  const stack = DeployedStack.of('Test', replication(to('eu-central-1', 'team/')));
  await success(send(stack, 'Create'));
  expect(claims()[`${PATH}/${UUID}`]).toMatchObject({ own: [], found: [expect.any(String)] });
  expect(callsOf('PutReplicationConfiguration')).toHaveLength(0);
  await success(send(stack, 'Delete'));
  expect(rules()).toEqual([...FOREIGN, found]);
  expect(claims()).toEqual({});
});

test('a rule that two stacks need remains until the second is deleted', async () => {
  account.ecr.replicationRules({}, FOREIGN);
  const build = replication(to('eu-central-1', 'team/'));
  const [one, two] = [DeployedStack.of('One', build), DeployedStack.of('Two', build, OTHER_UUID)];
  await success(send(one, 'Create'));
  await success(send(two, 'Create'));
  await success(send(one, 'Delete'));
  expect(rules()).toEqual([...FOREIGN, live('eu-central-1', 'team/')]);
  await success(send(two, 'Delete'));
  expect(rules()).toEqual(FOREIGN);
});

test('a rule that one stack found is found for a second stack too', async () => {
  account.ecr.replicationRules({}, [live('eu-central-1', 'team/')]);
  const build = replication(to('eu-central-1', 'team/'));
  const [one, two] = [DeployedStack.of('One', build), DeployedStack.of('Two', build, OTHER_UUID)];
  for (const stack of [one, two]) await success(send(stack, 'Create'));
  for (const stack of [one, two]) await success(send(stack, 'Delete'));
  expect(rules()).toEqual([live('eu-central-1', 'team/')]);
});

test('another writer that writes between a reading and a write loses nothing', async () => {
  account.ecr.replicationRules({}, FOREIGN);
  const late = live('us-west-2', 'late/');
  let writes = 0;
  account.ecr.onCall = ({ operation }) => {
    // the other writer has read the rules before our write, and writes after it
    if (operation === 'PutReplicationConfiguration' && writes++ === 0) account.ecr.replicationRules({}, [...FOREIGN, late]);
  };
  await success(send(DeployedStack.of('Test', replication(to('eu-central-1', 'team/'))), 'Create'));
  expect(rules()).toEqual([...FOREIGN, late, live('eu-central-1', 'team/')]);
});

test('a Delete without a claim removes nothing', async () => {
  const stack = DeployedStack.of('Test', replication(to('eu-central-1', 'team/')));
  await success(send(stack, 'Create'));
  account.ssm.remove(`${PATH}/${UUID}`);
  await success(send(stack, 'Delete'));
  expect(rules()).toEqual([live('eu-central-1', 'team/')]);
});

test('a parameter that is no claim stops every change, and names itself; after its removal, a retry finishes', async () => {
  account.ecr.replicationRules({}, FOREIGN);
  const stack = DeployedStack.of('Test', replication(to('eu-central-1', 'team/')));
  await success(deploy(stack));
  account.ssm.put(`${PATH}/${OTHER_UUID}`, '["something else"]');
  account.ecr.clearCalls();
  const Reason = expect.stringContaining(`the parameter ${PATH}/${OTHER_UUID} is not a claim of cdk-ecr-keeper`);
  for (const type of ['Create', 'Update', 'Delete'] as const) expect(await send(stack, type)).toMatchObject({ Status: 'FAILED', Reason });
  expect(callsOf('PutReplicationConfiguration')).toHaveLength(0);
  account.ssm.remove(`${PATH}/${OTHER_UUID}`);
  await success(send(stack, 'Delete'));
  expect(rules()).toEqual(FOREIGN);
});

test.each<[string, (stack: DeployedStack) => void, RegExp]>([
  ['of an owner without a claim', () => { account.ecr.replicationRules({}, [live('eu-central-1', 'team/')]); },
    /^Registry '000000000000': the rule for team\/\* to eu-central-1 of 000000000000 replicates deletions, but the rule of an owner without/],
  ['of another stack', async () => { /* created below */ }, /but the rule of stack 'Other' \(22222222-\S+\) for the same repositories/],
])('a rule that contradicts that %s about deletions is refused before anything is changed', async (_what, prepare, message) => {
  const other = DeployedStack.of('Other', replication(to('eu-central-1', 'team/')), OTHER_UUID);
  if (/Other/.test(message.source)) await success(send(other, 'Create'));
  prepare(other);
  account.ecr.clearCalls();
  const before = claims();
  expect(await send(DeployedStack.of('Test', replication(to('eu-central-1', 'team/', { deleteReplication: true }))), 'Create'))
    .toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(message) });
  expect(calls()).not.toContain('PutReplicationConfiguration');
  expect(claims()).toEqual(before);
});

test('more rules than the registry allows are refused before anything is changed, with the share of the stack', async () => {
  account.ecr.replicationRules({}, Array.from({ length: 25 }, (_, nth) => live('eu-west-1', `team${nth}/`)));
  expect(await send(DeployedStack.of('Test', replication(to('eu-central-1', 'team/'))), 'Create')).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringContaining('the registry would have 26 rules, 1 of this stack (maximum 25). No rule was changed.'),
  });
  expect(claims()).toEqual({});
});

test('a missing service-linked role is reported with the command that creates it', async () => {
  const stack = DeployedStack.of('Test', replication(to('eu-central-1', 'team/')));
  const statements = stack.policy().filter(({ Action }) => Action !== 'iam:CreateServiceLinkedRole');
  account.ecr.principal(account.roleOf(stack), { policy: statements });
  expect(await send(stack, 'Create')).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringContaining('run \'aws iam create-service-linked-role --aws-service-name replication.ecr.amazonaws.com\''),
  });
});

test('an Update that fails in a rollback does not block it', async () => {
  const stack = DeployedStack.of('Test', replication(to('eu-central-1', 'team/')));
  await success(send(stack, 'Create'));
  account.ssm.put(`${PATH}/${OTHER_UUID}`, 'broken');
  await success(sendDuring(stack, 'Update', 'UPDATE_ROLLBACK_IN_PROGRESS', { OldResourceProperties: {} }));
  expect(logs()).toContain('the stack is rolling back, so this error is ignored');
});

test('the key of a rule never changes, because the claims of all stacks contain it', () => {
  const rule = live('eu-central-1', 'team/', { deleteReplication: { enabled: true } });
  expect(ruleKey(replicationRuleText(rule))).toBe('UxdSsPQ8');
  expect(ruleKey(replicationRuleText({ ...rule, aMemberThatAwsAdds: true }))).toBe('UxdSsPQ8');
});

test('a rule is recognized with its filters and destinations in another order, and with a default that is explicit', async () => {
  const places = [{ region: 'eu-central-1' }, { region: 'us-west-2' }];
  const stack = DeployedStack.of('Test', replication({ destinations: places, prefixes: ['team/', 'shared/'] }));
  await success(send(stack, 'Create'));
  const [{ destinations, repositoryFilters }] = rules();
  account.ecr.replicationRules({}, [{
    destinations: [...destinations].reverse(),
    repositoryFilters: [...repositoryFilters!].reverse(),
    deleteReplication: { enabled: false },
  }]);
  account.ecr.clearCalls();
  await success(send(stack, 'Create'));
  expect(callsOf('PutReplicationConfiguration')).toHaveLength(0);
  await success(send(stack, 'Delete'));
  expect(rules()).toEqual([]);
});

test('a claim that a list does not show yet is found by the Delete of a failed Create', async () => {
  account.readings.set('parameter-read-after-write', 'other');
  const stack = DeployedStack.of('Test', replication({ destinations: [{ region: 'us-east-1' }] }));
  expect(await send(stack, 'Create')).toMatchObject({ Status: 'FAILED' });
  await success(sendDuring(stack, 'Delete', 'ROLLBACK_IN_PROGRESS'));
  expect(claims()).toEqual({});
});

describe('backfill', () => {
  const build = withOptions({ backfill: true }, to('eu-central-1', 'team/'));
  const report = (text: string | RegExp) => ({
    Status: 'SUCCESS', Data: { BackfillReport: typeof text === 'string' ? text : expect.stringMatching(text) },
  });

  test('replicates the images that exist already, and reports the result', async () => {
    account.ecr.seed({ repositoryName: 'team/app' });
    account.ecr.addImage({ repositoryName: 'team/app', tags: ['1', '2'] });
    expect(await send(DeployedStack.of('Test', build), 'Create'))
      .toMatchObject(report('eu-central-1 of 000000000000: COMPLETE, 2 of 2 replicated, 0 failed'));
    expect(account.ecr.repository('team/app', { region: 'eu-central-1' }).images).toHaveLength(1);
  });

  test('waits for the backfill of somebody else to the same Region', async () => {
    account.ecr.replicationRules({}, [live('eu-central-1', 'other/')]);
    await account.surroundings('SOMEBODY').ecr.send(new StartReplicationBackfillCommand({
      destination: { region: 'eu-central-1', registryId: '000000000000' },
    }));
    account.ecr.onCall = ({ operation }) => { if (operation === 'StartReplicationBackfill') account.ecr.advanceBackfills(); };
    expect(await send(DeployedStack.of('Test', build), 'Create')).toMatchObject(report(/^eu-central-1 of 000000000000: COMPLETE/));
  });

  test('a backfill that takes too long continues, and its ID is reported', async () => {
    account.ecr.backfillPolls = Infinity;
    expect(await send(DeployedStack.of('Test', build), 'Create')).toMatchObject(report(/: PREPARING\. Backfill \S+ continues$/));
  });

  test('a backfill that cannot start is reported, and the rules stay', async () => {
    account.ecr.faults.add({ kind: 'serverError', operation: 'StartReplicationBackfill', times: 20 });
    expect(await send(DeployedStack.of('Test', build), 'Create')).toMatchObject(report(/^eu-central-1 of 000000000000: failed: /));
    expect(rules()).toEqual([live('eu-central-1', 'team/')]);
  });

  test('if Amazon ECR denies all backfills, only the first waits for the permission, and the report fits in a response', async () => {
    const destinations = Array.from({ length: 25 }, (_, nth) => ({ region: `eu-central-${nth + 1}` }));
    account.ecr.faults.add({ kind: 'accessDenied', operation: 'StartReplicationBackfill', times: Infinity });
    const answer = await send(DeployedStack.of('Test', withOptions({ backfill: true }, { destinations })), 'Create');
    expect(answer).toMatchObject(report(/^eu-central-1 of 000000000000: failed: .*… \(the log has all\)$/));
    expect(callsOf('StartReplicationBackfill').length).toBeLessThan(60);
    expect(logs()).toContain('backfill to eu-central-25 of 000000000000: failed');
  });

  test('runs again with another trigger, but not for an Update without changes', async () => {
    const stack = DeployedStack.of('Test', build);
    await success(deploy(stack));
    expect(await update(stack, stack)).toMatchObject(report('no backfill'));
    const again = DeployedStack.of('Test', withOptions({ backfill: true, trigger: 'again' }, to('eu-central-1', 'team/')));
    expect(await update(stack, again)).toMatchObject(report(/COMPLETE/));
  });
});
