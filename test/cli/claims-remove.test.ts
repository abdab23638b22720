import { claimsAccountForEachTest, REGION, REGISTRY, replicationRule, scanKey, uuidOf } from './claims-account';

const account = claimsAccountForEachTest();
const [own, found, shared, stray] = ['own/', 'found/', 'shared/', 'stray/'].map(prefix => replicationRule(prefix));

/** A stack that is gone, and one that exists. */
function seed(): void {
  account().ecr.replicationRules({}, [own, found, shared, stray].map(({ rule }) => rule));
  account().ecr.scanning('ENHANCED', 'SCAN_ON_PUSH', { filters: ['console', 'team/*'] });
  account().claim('replication', 'Gone', 1, { own: [shared.key, 'absent00'], found: [found.key], leaving: [own.key] }, 'DELETE_COMPLETE');
  account().claim('scanning', 'Gone', 1, { own: [scanKey('team/*')], scanType: 'ENHANCED' });
  account().claim('replication', 'Shop', 2, { own: [shared.key] }, 'CREATE_COMPLETE');
}

const claimNames = () => Object.keys(account().ssm.values());
const SHOP = `/cdk-ecr-keeper/registry/replication/${uuidOf(2)}`;

test('claims remove removes the claims of a stack that is gone, and the rules that only this stack claims', async () => {
  seed();
  expect(await account().claims(['remove', 'Gone', '--yes'])).toEqual({
    status: 0,
    stderr: '',
    stdout: `removed: 2 claims of stack 'Gone', which does not exist, and 2 rules

  OUTCOME      KIND         RULE                                    REASON
  not changed  replication  shared/* to eu-west-1 of ${REGISTRY}   claimed by 'Shop'
  not changed  replication  no rule of the registry (key absent00)  it does not exist
  not changed  replication  found/* to eu-west-1 of ${REGISTRY}    it was there before any stack
  removed      replication  own/* to eu-west-1 of ${REGISTRY}
  removed      scanning     SCAN_ON_PUSH team/*
`,
  });
  expect(account().replicatedPrefixes).toEqual(['found/', 'shared/', 'stray/']);
  expect(account().ecr.scanningConfiguration()).toMatchObject({
    scanType: 'ENHANCED', rules: [{ repositoryFilters: [{ filter: 'console' }] }],
  });
  expect(claimNames()).toEqual([SHOP]);
});

test('the claim is removed only after its rules', async () => {
  seed();
  account().ecr.faults.add({ kind: 'accessDenied', operation: 'PutReplicationConfiguration' });
  const { status, stdout, stderr } = await account().claims(['remove', 'Gone', '--yes']);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^error: access denied to ecr:PutReplicationConfiguration: /);
  expect(claimNames()).toHaveLength(3);
  account().ecr.faults.clear();
  expect((await account().claims(['remove', 'Gone', '--yes'])).status).toBe(0);
  expect([account().replicatedPrefixes, claimNames()]).toEqual([['found/', 'shared/', 'stray/'], [SHOP]]);
});

test('rules that ECR rejects are reported with what to do in a terminal', async () => {
  seed();
  account().ecr.organizationBlocksScanning = true;
  const { status, stderr } = await account().claims(['remove', 'Gone', '--yes']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: Registry '\d{12}': ECR rejected the scanning rules\. A policy of .* Ask its owner, then try again\./);
  expect(claimNames()).toHaveLength(2);
});

test('with --keep-rules, only the claims are removed', async () => {
  seed();
  const { status, stdout } = await account().claims(['remove', uuidOf(1), '--keep-rules', '--yes']);
  expect(status).toBe(0);
  expect(stdout).toContain('removed: 2 claims of stack \'Gone\', which does not exist, and 0 rules\n');
  expect(stdout).toMatch(/^ {2}not changed {2}scanning {5}SCAN_ON_PUSH team\/\* .* --keep-rules$/m);
  expect([account().replicatedPrefixes.length, claimNames()]).toEqual([4, [SHOP]]);
  expect(account().writes).toEqual(['DeleteParameter', 'DeleteParameter']);
});

test('with --dry-run, nothing is changed', async () => {
  seed();
  const { status, stdout } = await account().claims(['remove', 'Gone', '--dry-run']);
  expect([status, account().writes]).toEqual([0, []]);
  expect(stdout).toContain('to remove: 2 claims of stack \'Gone\', which does not exist, and 2 rules\n');
  expect(stdout).toMatch(/^ {2}to remove {4}replication {2}own\/\* /m);
});

test('without a terminal and --yes, the command fails before any call', async () => {
  expect(await account().claims(['remove', 'Gone'])).toEqual({
    status: 2,
    stdout: '',
    stderr: 'error: the command cannot ask for confirmation without a terminal. Add --yes, or --dry-run to see what would be removed\n',
  });
  expect(account().ecr.calls).toEqual([]);
});

test('typing the stack confirms the removal, and nothing else does', async () => {
  seed();
  const refused = await account().claims(['remove', 'Gone'], { isAttended: true, input: 'yes\n' });
  expect([refused.status, refused.stdout, account().writes]).toEqual([1, '', []]);
  expect(refused.stderr).toMatch(/To continue, type Gone: error: the confirmation did not match Gone\. Nothing was changed\n$/);
  const { status, stdout, stderr } = await account().claims(['remove', 'Gone'], { isAttended: true, input: 'Gone\n' });
  expect([status, stdout]).toEqual([0, expect.stringMatching(/^removed: 2 claims /)]);
  expect(stderr).toContain('to remove: 2 claims of stack \'Gone\', which does not exist, and 2 rules\n');
  expect(claimNames()).toEqual([SHOP]);
});

describe('claims remove refuses', () => {
  afterEach(() => expect(account().writes).toEqual([]));
  const refusal = async (...args: string[]) => {
    const { status, stdout, stderr } = await account().claims(['remove', ...args, '--yes']);
    expect([status, stdout]).toEqual([1, '']);
    return stderr;
  };

  test.each(['CREATE_COMPLETE', 'DELETE_IN_PROGRESS'])('a stack that is %s', async status => {
    account().claim('replication', 'Shop', 1, { own: [own.key] }, status);
    expect(await refusal('Shop', '--keep-rules')).toBe(`error: stack 'Shop' exists (${status}), so its claims are in use. Nothing was`
      + ' changed. To remove its rules and claims, delete the stack, or remove RegistryReplication and RegistryScanning from it and deploy'
      + ' it\n');
  });

  test('a stack of which it is unknown whether it exists', async () => {
    account().claim('replication', 'Shop', 1, { own: [own.key] }, 'DELETE_COMPLETE');
    account().cloudFormation.faults.add({ kind: 'accessDenied' });
    expect(await refusal('Shop')).toMatch(/^error: it is unknown whether stack 'Shop' exists\. Nothing was changed\. Let CloudFormation say so,/);
  });

  test('a stack without a claim', async () => {
    expect(await refusal('Shop')).toBe(`error: stack 'Shop' has no claim in ${REGION}. Nothing was changed. To see all claims: npx`
      + ' cdk-ecr-keeper claims\n');
  });

  test('a name that several stacks have, and lists their UUIDs', async () => {
    account().claim('replication', 'Shop', 1, { own: [own.key] }, 'DELETE_COMPLETE');
    account().claim('scanning', 'Shop', 2, { own: [scanKey('*')] }, 'CREATE_COMPLETE');
    expect(await refusal('Shop')).toBe('error: 2 stacks with the name \'Shop\' have claims. Nothing was changed. Specify the UUID:'
      + ` ${uuidOf(1)} (gone), ${uuidOf(2)} (exists)\n`);
  });

  test('while a parameter of the same kind is not a claim', async () => {
    seed();
    const notes = '/cdk-ecr-keeper/registry/scanning/notes';
    account().ssm.put(notes, 'mine');
    expect(await refusal('Gone')).toBe(`error: parameter ${notes} is not a claim, so it is unknown which rules other stacks need. Nothing`
      + ` was changed. Remove it first if nobody needs it (npx cdk-ecr-keeper claims remove ${notes}), or add --keep-rules\n`);
  });

  test('the parameter of a claim, and a parameter that does not exist', async () => {
    seed();
    expect(await refusal(SHOP)).toBe(`error: parameter ${SHOP} is the claim of stack 'Shop'. Nothing was changed. Specify the stack, or its`
      + ` UUID ${uuidOf(2)}\n`);
    expect(await refusal(`${SHOP}0`)).toBe(`error: there is no parameter ${SHOP}0 in ${REGION}. Nothing was changed\n`);
  });
});

test('a parameter that is not a claim is removed by its name', async () => {
  seed();
  const notes = '/cdk-ecr-keeper/registry/scanning/notes';
  account().ssm.put(notes, 'mine');
  const refused = await account().claims(['remove', notes], { isAttended: true, input: '\n' });
  expect([refused.status, claimNames()]).toEqual([1, expect.arrayContaining([notes])]);
  expect(refused.stderr).toContain(`to remove: parameter ${notes}, which is not a claim\n`);
  expect(await account().claims(['remove', notes, '--yes']))
    .toEqual({ status: 0, stdout: `removed: parameter ${notes}, which is not a claim\n`, stderr: '' });
  expect(claimNames()).not.toContain(notes);
  expect(account().writes).toEqual(['DeleteParameter']);
});

test('claims and claims remove need the documented permissions and no others', async () => {
  seed();
  account().ecr.scanning('BASIC', 'SCAN_ON_PUSH', { filters: ['team/*'] });
  const parameters = `arn:aws:ssm:${REGION}:${REGISTRY}:parameter/cdk-ecr-keeper/registry/*`;
  const policy = [
    {
      Effect: 'Allow' as const,
      Action: [
        'ecr:DescribeRegistry', 'ecr:GetRegistryScanningConfiguration', 'ecr:PutReplicationConfiguration',
        'ecr:PutRegistryScanningConfiguration', 'cloudformation:DescribeStacks',
      ],
      Resource: '*',
    },
    { Effect: 'Allow' as const, Action: ['ssm:GetParametersByPath', 'ssm:PutParameter', 'ssm:DeleteParameter'], Resource: parameters },
  ];
  account().principals.define('test', { policy });
  expect((await account().claims([])).status).toBe(1);
  expect(await account().claims(['remove', 'Gone', '--yes'])).toMatchObject({ status: 0, stderr: '' });
  expect(new Set(account().ecr.granted('test').map(({ action }) => action)))
    .toEqual(new Set([...policy[0].Action, ...policy[1].Action]));
});
