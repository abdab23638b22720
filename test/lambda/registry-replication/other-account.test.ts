import { compileFunction } from 'node:vm';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { registryReplicationHandler } from '../../../lambda/registry-replication/handler';
import { AccountAccess, registry, RepositoryCapability } from '../../../src';
import type { DeployedStack } from '../deployed-stack';
import { account, callsOf, logs, resourceOf, send, sendDuring, startForEachTest, success } from '../handler-scene';
import { EXTERNAL_ID, letIn, stackThatReachesOut, THEIR_ENVIRONMENT, THEIR_ROLE } from '../other-account';

const { RegistryReplication, RegistryStatement } = registry;
const ACCESS: AccountAccess = { roleArn: THEIR_ROLE, externalId: EXTERNAL_ID };
const OURS = '000000000000';
const ARN = `arn:aws:ecr:eu-central-1:${THEIR_ENVIRONMENT.account}:repository/`;
const NORTH = { ...THEIR_ENVIRONMENT, region: 'eu-north-1' };

startForEachTest({ handler: registryReplicationHandler, resourceType: 'Custom::EcrRegistryReplication' });

interface Rule {
  readonly prefixes?: string[];
  readonly places?: readonly typeof NORTH[];
  readonly access?: AccountAccess;
}

/** A stack of our account with rules that lead to the other account, whose role trusts its function. */
function replicating(rules: readonly Rule[] = [{ prefixes: ['team/'] }], trigger?: string): DeployedStack {
  const stack = stackThatReachesOut(scope => {
    new RegistryReplication(scope, 'Replication', {
      rules: rules.map(({ prefixes, places = [THEIR_ENVIRONMENT], access = ACCESS }) =>
        ({ prefixes, destinations: places.map(place => ({ ...place, access })) })),
      trigger,
    });
  });
  letIn(account, stack, undefined, [RepositoryCapability.readRegistryPolicy()]);
  return stack;
}

const allowing = (more: object = {}) => ({
  Sid: 'Partner',
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${OURS}:root` },
  Action: ['ecr:CreateRepository', 'ecr:ReplicateImage'],
  Resource: `${ARN}*`,
  ...more,
});
const theirPolicy = (statements: readonly object[], place = THEIR_ENVIRONMENT) => {
  account.ecr.registryPolicy(place, JSON.stringify({ Version: '2012-10-17', Statement: statements }));
};
const live = () => account.ecr.replicationRules().flatMap(({ repositoryFilters = [] }) => repositoryFilters.map(({ filter }) => filter));

function updateTo(before: DeployedStack, after: DeployedStack, now = 'UPDATE_IN_PROGRESS'): ReturnType<typeof send> {
  return sendDuring(after, 'Update', now, { OldResourceProperties: before.customResourceProperties(resourceOf(before)) });
}

/** Sends a request that must be refused before anything is changed. */
async function refusal(request: ReturnType<typeof send>): Promise<string> {
  const before = [account.ecr.replicationRules(), account.ssm.values()];
  account.ecr.clearCalls();
  const answer = await request;
  expect(answer?.Status).toBe('FAILED');
  expect([account.ecr.replicationRules(), account.ssm.values()]).toEqual(before);
  expect(callsOf('PutReplicationConfiguration')).toEqual([]);
  return answer!.Reason;
}

test('a destination that permits the replication gets the rule, after one reading of its policy with its role', async () => {
  theirPolicy([allowing()]);
  await success(send(replicating([{ prefixes: ['team/'] }, { prefixes: ['shared/'] }]), 'Create'));
  expect(live()).toEqual(['team/', 'shared/']);
  expect(account.sts.sessions).toEqual([expect.objectContaining({ roleArn: THEIR_ROLE, sessionName: 'cdk-ecr-keeper' })]);
  expect(callsOf('GetRegistryPolicy')).toEqual([expect.objectContaining({ region: 'eu-central-1' })]);
  expect(logs()).toContain(
    'replication to eu-central-1 of 222222222222 for team/*, shared/*: allowed, because statement \'Partner\' allows ecr:ReplicateImage');
});

test.each<[string, () => void, string]>([
  ['no policy', () => {}, 'the registry has no policy'],
  ['a policy for another account', () => { theirPolicy([allowing({ Principal: { AWS: '333333333333' } })]); },
    'no statement allows ecr:ReplicateImage'],
  ['a policy for other names', () => { theirPolicy([allowing({ Resource: `${ARN}team/app/*` })]); },
    'statement \'Partner\' allows ecr:ReplicateImage only for some of them'],
])('with %s, the rule is refused before anything is changed, with the statement', async (_what, prepare, because) => {
  prepare();
  const [first, detail] = (await refusal(send(replicating(), 'Create'))).split('\n');
  expect(first).toBe(`Registry '${OURS}': eu-central-1 of 222222222222 does not permit the replication of team/*, because ${because}.`
    + ' No rule was changed. Add the statements below to the policies of these registries (RegistryPermissions), then deploy again.');
  const [, call, statement] = /: (RegistryStatement\..*), which is (\{.*\})$/.exec(detail)!;
  theirPolicy([JSON.parse(statement)]);
  await success(send(replicating(), 'Create'));
  // the call of the message, pasted into an app, has the same actions and principal
  const pasted = compileFunction(`return ${call}`, ['RegistryStatement'])(RegistryStatement) as iam.PolicyStatement;
  const { Action, Resource } = JSON.parse(statement);
  expect([Action, Resource]).toEqual([pasted.actions, [`${ARN}team/*`]]);
  expect(pasted.resources).toEqual([expect.stringMatching(/:repository\/team\/\*$/)]);
});

test('a rule for all repositories needs a statement for all repositories', async () => {
  theirPolicy([allowing({ Resource: `${ARN}team/*` })]);
  expect(await refusal(send(replicating([{}]), 'Create')))
    .toMatch(/does not permit the replication of all repositories, .*replicationFrom\(\['000000000000'\]\), which is \{.*:repository\/\*"\]\}$/s);
});

test('a statement that denies it is named, and no statement is proposed', async () => {
  theirPolicy([allowing(), allowing({ Sid: 'Never', Effect: 'Deny', Principal: '*' })]);
  const reason = await refusal(send(replicating(), 'Create'));
  expect(reason).toMatch(/statement 'Never' denies ecr:ReplicateImage\. No rule was changed\. Ask the owner of a registry that denies it/);
  expect(reason).not.toContain('replicationFrom');
});

test('what is uncertain is not refused, and the log says why', async () => {
  theirPolicy([allowing({ Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } } })]);
  await success(send(replicating(), 'Create'));
  expect(live()).toEqual(['team/']);
  expect(logs()).toContain('for team/*: uncertain, because statement \'Partner\' allows ecr:ReplicateImage under a condition');
});

test('a registry that creates no repositories is not refused, and the log says that they must exist', async () => {
  theirPolicy([allowing({ Action: 'ecr:ReplicateImage' })]);
  await success(send(replicating(), 'Create'));
  expect(logs()).toContain('missing repositories may not be created in eu-central-1 of 222222222222 for team/*: not allowed, because no'
    + ' statement allows ecr:CreateRepository');
});

test('several Regions of an account need one session and a reading each, and all problems are in one error', async () => {
  theirPolicy([allowing()]);
  const places = [THEIR_ENVIRONMENT, NORTH, { ...NORTH, region: 'eu-west-3' }];
  const reason = await refusal(send(replicating([{ prefixes: ['team/'], places }]), 'Create'));
  expect(reason.split('\n')).toEqual([
    expect.stringMatching(/: eu-north-1 of 222222222222 does not permit .*; eu-west-3 of 222222222222 does not permit .*then deploy again\.$/),
    expect.stringMatching(/^eu-north-1 of 222222222222: RegistryStatement/),
    expect.stringMatching(/^eu-west-3 of 222222222222: RegistryStatement/),
  ]);
  expect(account.sts.sessions).toHaveLength(1);
  expect(callsOf('GetRegistryPolicy').map(({ region }) => region).sort()).toEqual(['eu-central-1', 'eu-north-1', 'eu-west-3']);
});

test('25 destinations are read within the time of one, and the first line of the message says what to do', async () => {
  const places = Array.from({ length: 25 }, (_, nth) => ({ ...NORTH, region: `eu-north-${nth + 1}` }));
  const prefixes = Array.from({ length: 30 }, (_, nth) => `team${nth}/`);
  const [first] = (await refusal(send(replicating([{ prefixes, places }]), 'Create'))).split('\n');
  expect(first).toMatch(/eu-north-1 of .*team4\/\* and 25 more, because .* and 20 more\. No rule was changed\. Add the statements/);
  account.ecr.faults.add({ kind: 'accessDenied', operation: 'GetRegistryPolicy', times: Infinity });
  await refusal(send(replicating([{ places }]), 'Create'));
  expect(callsOf('GetRegistryPolicy').length).toBeLessThan(25 * 3);
});

test.each<[string, () => DeployedStack, RegExp]>([
  ['does not exist', () => {
    const stack = replicating();
    account.sts.deleteRole(THEIR_ROLE);
    return stack;
  }, /the registry policy of account 222222222222 cannot be read, because the role \S+:role\/access cannot be assumed\. No rule was changed/],
  ['requires another external ID', () => replicating([{ access: { ...ACCESS, externalId: 'another' } }]),
    /cannot be assumed\. No rule was changed\. Let the role trust this function's role, with the same external ID/],
])('a role that %s is an error before anything is changed', async (_what, build, message) => {
  expect(await refusal(send(build(), 'Create'))).toMatch(message);
});

test('a role without the permission is an error that names the capability', async () => {
  const stack = replicating();
  account.sts.role(THEIR_ROLE, { trust: { principals: [OURS], externalId: EXTERNAL_ID }, policy: [] });
  expect(await refusal(send(stack, 'Create'))).toMatch(
    /cannot be read with the role \S+\. No rule was changed\. Give the role RepositoryCapability\.readRegistryPolicy\(\) .*\n.*ecr:GetRegistryPolicy/);
});

describe('when the registry no longer permits it', () => {
  const both = [{ prefixes: ['team/'] }, { prefixes: ['shared/'] }];
  let before: DeployedStack;

  beforeEach(async () => {
    theirPolicy([allowing()]);
    before = replicating(both);
    await success(send(before, 'Create'));
    theirPolicy([]);
    account.ecr.clearCalls();
  });

  test('an Update that only removes a rule is not checked', async () => {
    await success(updateTo(before, replicating([both[1]])));
    expect(live()).toEqual(['shared/']);
    expect(callsOf('GetRegistryPolicy')).toEqual([]);
  });

  test.each<[string, () => DeployedStack, RegExp]>([
    ['an added prefix', () => replicating([...both, { prefixes: ['product/'] }]), /the replication of product\/\*, because/],
    ['an added Region', () => replicating([{ ...both[0], places: [THEIR_ENVIRONMENT, NORTH] }, both[1]]), /eu-north-1 .* of team\/\*, because/],
    ['another trigger', () => replicating(both, 'again'), /the replication of team\/\*, shared\/\*, because/],
  ])('an Update with %s is refused', async (_what, build, message) => {
    expect(await refusal(updateTo(before, build()))).toMatch(message);
  });

  test('an Update after one that was refused and not rolled back is refused again, whichever properties are the old ones', async () => {
    const refused = replicating([...both, { prefixes: ['product/'] }]);
    for (const old of [before, refused]) expect(await refusal(updateTo(old, refused))).toMatch(/the replication of product\/\*, because/);
  });

  test('a rollback that brings a rule back is not blocked, writes the rule, and logs the problem', async () => {
    const after = replicating([both[1]]);
    await success(updateTo(before, after));
    await success(updateTo(after, before, 'UPDATE_ROLLBACK_IN_PROGRESS'));
    expect(live()).toEqual(['shared/', 'team/']);
    expect(logs()).toContain('the stack is rolling back, so this error is ignored: Registry \'000000000000\': eu-central-1 of 2222');
  });

  test('a Delete is not checked', async () => {
    account.sts.deleteRole(THEIR_ROLE);
    await success(send(before, 'Delete'));
    expect(live()).toEqual([]);
  });
});

test('the registry of the own account needs no policy, if synthesis does not know the account', async () => {
  const stack = stackThatReachesOut(scope => {
    const access = { roleArn: `arn:aws:iam::${OURS}:role/access` };
    const destinations = [{ region: 'eu-central-1', account: OURS, access }];
    new RegistryReplication(scope, 'Replication', { rules: [{ prefixes: ['team/'], destinations }] });
  }, { region: 'us-east-1' });
  await success(send(stack, 'Create'));
  expect(live()).toEqual(['team/']);
});

test('access that an Update adds checks the rules that exist', async () => {
  const before = stackThatReachesOut(scope => {
    new RegistryReplication(scope, 'Replication', { rules: [{ prefixes: ['team/'], destinations: [THEIR_ENVIRONMENT] }] });
  });
  await success(send(before, 'Create'));
  expect(await refusal(updateTo(before, replicating()))).toContain('the replication of team/*, because the registry has no policy');
});
