import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { registryPermissionsHandler } from '../../../lambda/registry-permissions/handler';
import { registry } from '../../../src';
import type { Statement } from '../../../src/core/policy/document';
import { sameMeaning } from '../../../src/core/policy/normal-form';
import { DeployedStack } from '../deployed-stack';
import { account, calls, logs, resourceOf, send, startForEachTest, success, update } from '../handler-scene';

const { RegistryPermissions, RegistryStatement } = registry;
const REPOSITORIES = 'arn:aws:ecr:us-east-1:000000000000:repository';
const OTHER_UUID = '22222222-2222-2222-2222-222222222222';
const FOREIGN: Statement[] = [
  { Sid: 'Dr', Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'ecr:ReplicateImage', Resource: `${REPOSITORIES}/*` },
  {
    Effect: 'Allow',
    Principal: '*',
    Action: ['ecr:CreateRepository', 'ecr:BatchImportUpstreamImage'],
    Resource: [`${REPOSITORIES}/docker-hub/*`, `${REPOSITORIES}/quay/*`],
    Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
  },
];

const permissions = (...statements: iam.PolicyStatement[]) => withOptions({}, ...statements);
const withOptions = (options: Partial<registry.RegistryPermissionsProps>, ...statements: iam.PolicyStatement[]) => (stack: Stack) => {
  new RegistryPermissions(stack, 'Permissions', { statements, ...options });
};
const replication = (...accounts: string[]) => RegistryStatement.replicationFrom(accounts, { prefixes: ['team/'] });
const statements = () => account.ecr.registryPolicy()?.Statement as Statement[] | undefined;
const seed = (list: Statement[], Version = '2012-10-17') => account.ecr.registryPolicy({}, JSON.stringify({ Version, Statement: list }));
const suffix = (stack: DeployedStack) => `CdkEcrKeeper${stack.stackId.split('/')[2].replace(/-/g, '')}${resourceOf(stack)}`;
const isOurs = ({ Sid }: Statement) => String(Sid).includes('CdkEcrKeeper');

startForEachTest({ handler: registryPermissionsHandler, resourceType: 'Custom::EcrRegistryPermissions' });

function expectForeign(expected = FOREIGN): void {
  const Statement = (statements() ?? []).filter(statement => !isOurs(statement));
  expect(sameMeaning({ Version: '2012-10-17', Statement }, { Version: '2012-10-17', Statement: expected })).toBe(true);
}

test('Create, Update, and Delete retain the meaning of the statements of other owners', async () => {
  seed(FOREIGN);
  const first = DeployedStack.of('Test', permissions(replication('111111111111')));
  await success(send(first, 'Create'));
  expect(statements()!.filter(isOurs)).toEqual([{
    Sid: `Statement1${suffix(first)}`,
    Effect: 'Allow',
    Principal: { AWS: ['arn:aws:iam::111111111111:root'] },
    Action: ['ecr:CreateRepository', 'ecr:ReplicateImage'],
    Resource: `${REPOSITORIES}/team/*`,
  }]);
  expectForeign();

  const second = DeployedStack.of('Test', permissions(replication('222222222222')));
  await success(update(first, second));
  expect(statements()!.filter(isOurs)).toEqual([expect.objectContaining({ Principal: { AWS: ['arn:aws:iam::222222222222:root'] } })]);
  expectForeign();

  await success(send(second, 'Delete'));
  expect(statements()).toHaveLength(FOREIGN.length);
  expectForeign();
});

test('Delete removes the policy with the last statement', async () => {
  const stack = DeployedStack.of('Test', permissions(replication('111111111111')));
  await success(send(stack, 'Create'));
  await success(send(stack, 'Delete'));
  expect(statements()).toBeUndefined();
  await success(send(stack, 'Delete'));
  expect(calls().filter(name => name === 'DeleteRegistryPolicy')).toHaveLength(1);
});

test('two stacks share the policy, and each removes only its own statements', async () => {
  seed(FOREIGN);
  const [one, two] = [DeployedStack.of('One', permissions(replication('111111111111'))),
    DeployedStack.of('Two', permissions(replication('111111111111')), OTHER_UUID)];
  await success(send(one, 'Create'));
  await success(send(two, 'Create'));
  await success(send(one, 'Delete'));
  expect(statements()!.filter(isOurs).map(({ Sid }) => Sid)).toEqual([`Statement1${suffix(two)}`]);
  expectForeign();
});

test('another writer that writes between a reading and a write loses nothing', async () => {
  seed(FOREIGN);
  const late: Statement = { ...FOREIGN[0], Sid: 'Late' };
  let writes = 0;
  account.ecr.onCall = ({ operation }) => {
    // the other writer has read the policy before our write, and writes after it
    if (operation === 'PutRegistryPolicy' && writes++ === 0) seed([...FOREIGN, late]);
  };
  await success(send(DeployedStack.of('Test', permissions(replication('111111111111'))), 'Create'));
  expect(statements()!.filter(isOurs)).toHaveLength(1);
  expectForeign([...FOREIGN, late]);
});

test('a second Create and an Update without changes write nothing', async () => {
  seed(FOREIGN);
  const stack = DeployedStack.of('Test', permissions(replication('111111111111')));
  await success(send(stack, 'Create'));
  account.ecr.clearCalls();
  await success(send(stack, 'Create'));
  await success(update(stack, stack));
  expect(new Set(calls())).toEqual(new Set(['GetRegistryPolicy']));
});

test('a Sid of another owner is reported in an error before anything is written', async () => {
  seed(FOREIGN);
  const statement = replication('111111111111');
  statement.sid = 'Dr';
  expect(await send(DeployedStack.of('Test', permissions(statement)), 'Create')).toMatchObject({
    Status: 'FAILED',
    Reason: expect.stringMatching(/^Registry '000000000000': the policy already has statements of another owner with the same Sid: Dr\./),
  });
  expect(calls()).toEqual(['GetRegistryPolicy']);
});

test('with replaceExistingSids, the statement with that Sid is replaced and logged', async () => {
  seed(FOREIGN);
  const statement = replication('111111111111');
  statement.sid = 'Dr';
  await success(send(DeployedStack.of('Test', withOptions({ replaceExistingSids: true }, statement)), 'Create'));
  expect(statements()!.map(({ Sid }) => Sid)).toContain('Dr');
  expect(logs()).toContain('registry \'000000000000\': replacing this statement: ');
  expect(logs()).toContain('has the 1 statement of this stack');
  expect(logs()).toContain('999999999999');
});

test('a principal that ECR does not know yet is waited for', async () => {
  account.ecr.principalExists('111111111111', { afterAttempts: 3 });
  await success(send(DeployedStack.of('Test', permissions(replication('111111111111'))), 'Create'));
  expect(statements()).toHaveLength(1);
});

test('a principal that does not exist is named after two minutes', async () => {
  account.ecr.principalExists('111111111111', false);
  expect(await send(DeployedStack.of('Test', permissions(replication('111111111111'))), 'Create')).toMatchObject({
    Status: 'FAILED', Reason: expect.stringMatching(/^Registry '000000000000': ECR rejected the policy for 120 seconds\..*111111111111/s),
  });
  expect(statements()).toBeUndefined();
});

test('a policy that ECR rejects is reported with the text of ECR', async () => {
  const statement = new iam.PolicyStatement({
    principals: [new iam.AccountPrincipal('111111111111')],
    actions: ['ecr:ReplicateImage'],
    resources: [`${REPOSITORIES}/*`],
    conditions: { Unknown: { key: 'value' } },
  });
  expect(await send(DeployedStack.of('Test', permissions(statement)), 'Create')).toMatchObject({
    Status: 'FAILED', Reason: expect.stringMatching(/^Registry '000000000000': ECR rejected the policy.*Invalid registry policy provided/s),
  });
});

test('a role without permission fails and changes nothing', async () => {
  seed(FOREIGN);
  account.ecr.faults.add(...Array.from({ length: 60 }, () => ({ kind: 'accessDenied' as const, operation: 'PutRegistryPolicy' })));
  expect(await send(DeployedStack.of('Test', permissions(replication('111111111111'))), 'Create')).toMatchObject({
    Status: 'FAILED', Reason: expect.stringMatching(/^Registry '000000000000': .*ecr:PutRegistryPolicy/),
  });
  expectForeign();
});
