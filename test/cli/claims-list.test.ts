import { claimsAccountForEachTest, REGION, REGISTRY, replicationRule, scanKey, stackArn, uuidOf } from './claims-account';

const account = claimsAccountForEachTest();
const [own, found, stray] = [replicationRule('own/', true), replicationRule('found/'), replicationRule('stray/')];

function seed(): void {
  account().ecr.replicationRules({}, [own.rule, found.rule, stray.rule]);
  account().ecr.scanning('BASIC', 'SCAN_ON_PUSH', { filters: ['team/*'] });
  account().claim('replication', 'Shop', 1, { own: [own.key], found: [found.key] }, 'CREATE_COMPLETE');
  account().claim('scanning', 'Gone', 2, { own: [scanKey('team/*'), 'unknown1'], scanType: 'BASIC' }, 'DELETE_COMPLETE');
}

test('claims shows the rules of each claim, whether its stack exists, and the rules that no stack claims', async () => {
  seed();
  const { status, stdout, stderr } = await account().claims([]);
  expect([status, stderr]).toEqual([1, '']);
  expect(stdout).toBe(`registry ${REGISTRY} in ${REGION}: 2 claims of 2 stacks

  STATE   KIND         CLAIM  STACK  RULE
  exists  replication  own    Shop   own/* to eu-west-1 of ${REGISTRY}, with deletions
  exists  replication  found  Shop   found/* to eu-west-1 of ${REGISTRY}
  gone    scanning     own    Gone   SCAN_ON_PUSH team/*
  gone    scanning     own    Gone   no rule of the registry (key unknown1)
  -       replication  none   -      stray/* to eu-west-1 of ${REGISTRY}

Stack 'Gone' does not exist. To remove its claims: npx cdk-ecr-keeper claims remove ${uuidOf(2)}
`);
  expect(account().writes).toEqual([]);
});

test('claims list --json prints the same as an object', async () => {
  seed();
  account().ssm.put('/cdk-ecr-keeper/registry/scanning/notes', 'mine');
  const { status, stdout } = await account().claims(['list', '--json']);
  expect([status, JSON.parse(stdout)]).toEqual([1, {
    registry: REGISTRY,
    region: REGION,
    claims: [{
      kind: 'replication',
      stack: 'Shop',
      stackArn: stackArn('Shop', 1),
      uuid: uuidOf(1),
      state: 'exists',
      detail: 'CREATE_COMPLETE',
      parameter: `/cdk-ecr-keeper/registry/replication/${uuidOf(1)}`,
      scanType: null,
      rules: [
        { key: own.key, standing: 'own', rule: `own/* to eu-west-1 of ${REGISTRY}, with deletions` },
        { key: found.key, standing: 'found', rule: `found/* to eu-west-1 of ${REGISTRY}` },
      ],
    }, {
      kind: 'scanning',
      stack: 'Gone',
      stackArn: stackArn('Gone', 2),
      uuid: uuidOf(2),
      state: 'gone',
      detail: 'DELETE_COMPLETE',
      parameter: `/cdk-ecr-keeper/registry/scanning/${uuidOf(2)}`,
      scanType: 'BASIC',
      rules: [
        { key: scanKey('team/*'), standing: 'own', rule: 'SCAN_ON_PUSH team/*' }, { key: 'unknown1', standing: 'own', rule: null },
      ],
    }],
    unclaimedRules: [{ kind: 'replication', key: stray.key, rule: `stray/* to eu-west-1 of ${REGISTRY}` }],
    otherParameters: [{ kind: 'scanning', parameter: '/cdk-ecr-keeper/registry/scanning/notes' }],
  }]);
});

test('the exit code is 0 if every claim belongs to a stack that exists, also if there is no claim', async () => {
  const stdout = `registry ${REGISTRY} in ${REGION}: 0 claims of 0 stacks\n`;
  expect(await account().claims([])).toEqual({ status: 0, stdout, stderr: '' });
  account().claim('replication', 'Shop', 1, { own: [own.key] }, 'UPDATE_ROLLBACK_FAILED');
  expect((await account().claims([])).status).toBe(0);
});

test('a stack that CloudFormation has forgotten is gone', async () => {
  account().claim('replication', 'Old', 1, { own: [own.key] });
  const { status, stdout } = await account().claims([]);
  expect([status, stdout]).toEqual([1, expect.stringContaining('Stack \'Old\' does not exist. To remove its claims: ')]);
});

test('if CloudFormation denies the call, it is unknown whether the stack exists, and the output says why', async () => {
  account().claim('replication', 'Shop', 1, { own: [own.key] }, 'CREATE_COMPLETE');
  account().cloudFormation.faults.add({ kind: 'accessDenied' });
  const { status, stdout } = await account().claims([]);
  expect(status).toBe(1);
  expect(stdout).toMatch(/^ {2}unknown {2}replication /m);
  expect(stdout).toMatch(/^It is unknown whether stack 'Shop' exists: access denied to cloudformation:DescribeStacks: /m);
});

test('a parameter is not a claim if its value is text, or names another stack, Region, account, or no ARN', async () => {
  const values = [
    'mine',
    JSON.stringify({ stack: stackArn('Shop', 2) }),
    JSON.stringify({ stack: stackArn('Shop', 3).replace(REGION, 'eu-west-1') }),
    JSON.stringify({ stack: stackArn('Shop', 4).replace(REGISTRY, '111111111111') }),
    JSON.stringify({ stack: stackArn('Shop\u001b[31m', 5) }),
  ];
  const names = values.map((_, at) => `/cdk-ecr-keeper/registry/replication/${at === 1 ? 'notes' : uuidOf(at + 1)}`);
  names.forEach((name, at) => account().ssm.put(name, values[at]));
  const { status, stdout } = await account().claims([]);
  expect([status, account().cloudFormation.calls]).toEqual([1, []]);
  for (const name of names) {
    expect(stdout).toContain(`\nParameter ${name} is not a claim of a stack of this account and Region, so stacks may be unable to change`
      + ` replication rules. If nobody needs it: npx cdk-ecr-keeper claims remove ${name}\n`);
  }
});

test('text of AWS reaches the terminal without control characters', async () => {
  account().ecr.scanning('BASIC', 'SCAN_ON_PUSH', { filters: ['team\u001b[31m/*'] });
  expect((await account().claims([])).stdout).toContain('SCAN_ON_PUSH team\ufffd[31m/*');
});

test('a denied call names the IAM action', async () => {
  account().ecr.faults.add({ kind: 'accessDenied', operation: 'GetRegistryScanningConfiguration' });
  const { status, stdout, stderr } = await account().claims([]);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^error: access denied to ecr:GetRegistryScanningConfiguration: /);
});
