import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import type { Stack } from 'aws-cdk-lib';
import type { Fakes, FakesOptions } from './fakes';
import { FOR_SETTLING, hurry } from './hurried-clock';
import { onBoth, Scene } from './scene';
import { bystander, failing } from './subject';
import { registry, RepositoryPrincipal } from '../../../src';
import type { Statement } from '../../../src/core/policy/document';
import { statementNormalForm } from '../../../src/core/policy/normal-form';

/** The statements that another owner has written. */
const foreignIn = ({ here: { account } }: Fakes): Statement[] => [
  {
    Sid: 'DisasterRecovery',
    Effect: 'Allow',
    Principal: { AWS: ['arn:aws:iam::999999999999:root'] },
    Action: ['ecr:CreateRepository', 'ecr:ReplicateImage'],
    Resource: `arn:aws:ecr:us-east-1:${account}:repository/*`,
  },
];

/** Returns the statements of other owners in a normal form, because ECR reorders them, and the Sids of this library without the owners. */
function live({ ecr, here }: Fakes): { readonly foreign: readonly string[]; readonly labels: readonly string[] } | undefined {
  const statements = ecr.local.registryPolicy(here)?.Statement;
  if (statements === undefined) return undefined;
  const isOurs = ({ Sid }: { Sid?: string }) => /CdkEcrKeeper/.test(Sid ?? '');
  return {
    foreign: (statements.filter(statement => !isOurs(statement)) as unknown as Statement[]).map(statementNormalForm),
    labels: statements.filter(isOurs).map(({ Sid }) => Sid!.replace(/CdkEcrKeeper.*/, '')).sort(),
  };
}

const replication = (stack: Stack, ...accounts: string[]) => {
  bystander(stack);
  const statement = registry.RegistryStatement.replicationFrom(accounts, { prefixes: ['team/'] });
  statement.sid = `From${accounts.length}`;
  new registry.RegistryPermissions(stack, 'Registry', { statements: [statement] });
};

/** 38. Runs on local-ecr, because the emulator's ECR has no registry policy. */
export const sharedRegistry: Scene[] = [
  onBoth('38 registry permissions: two stacks and another owner share the policy of a registry; an update is rolled back, one stack is'
    + ' deleted, and the statements of the others do not change; the last stack removes the policy', async (world, fakes) => {
    const deploy = (stackName: string, build: (stack: Stack) => void, options: FakesOptions = {}) => fakes.deploy(stack => {
      build(stack);
      hurry(stack, world.emulator, FOR_SETTLING);
    }, options, stackName);
    const Statement = foreignIn(fakes);
    const foreign = Statement.map(statementNormalForm);
    fakes.ecr.local.registryPolicy(fakes.here, JSON.stringify({ Version: '2012-10-17', Statement }));
    await deploy('One', stack => replication(stack, '222222222222'));
    await deploy('Two', stack => {
      bystander(stack, 'OtherBystander');
      const principal = RepositoryPrincipal.organizations('o-a1b2c3d4e5');
      const statement = registry.RegistryStatement.pullThrough(principal, { prefixes: ['docker-hub/'] });
      statement.sid = 'Pull';
      new registry.RegistryPermissions(stack, 'Registry', { statements: [statement] });
    });
    deepStrictEqual(live(fakes), { foreign, labels: ['From1', 'Pull'] });

    const { status } = await deploy('One', stack => {
      replication(stack, '222222222222', '333333333333');
      failing(stack);
    }, { expect: 'failed' });
    strictEqual(status, 'UPDATE_ROLLBACK_COMPLETE');
    deepStrictEqual(live(fakes), { foreign, labels: ['From1', 'Pull'] });

    await world.destroy('One');
    deepStrictEqual(live(fakes), { foreign, labels: ['Pull'] });
    // the other owner removes its statements, so the last stack also removes the policy
    const own = fakes.ecr.local.registryPolicy(fakes.here)!.Statement.filter(({ Sid }) => Sid !== Statement[0].Sid);
    fakes.ecr.local.registryPolicy(fakes.here, JSON.stringify({ Version: '2012-10-17', Statement: own }));
    await world.destroy('Two');
    strictEqual(live(fakes), undefined);
    await world.ends({ stacks: {}, repositories: {} });
  }),
];
