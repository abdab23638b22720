import { deepStrictEqual, ok } from 'node:assert/strict';
import { BatchGetImageCommand, DeleteRepositoryPolicyCommand } from '@aws-sdk/client-ecr';
import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { onEmulator, Scene } from './scene';
import { deploy, FOREIGN, liveStatements, POLICY_TYPE, SHARED, sharedEnds, sharedRepository, writeStatements } from './shared-repository';
import { TAGS } from './subject';
import type { World } from './world';
import { ExistingRepository, RepositoryAccessRole, RepositoryCapability, RepositoryPrincipal } from '../../../src';

const ROLE = 'RepositoryAccessRole';
const EXTERNAL_ID = 'team-build';
const PULLER = '111111111111';
const left = 'template' as const;

/** Returns the accounts that our statements in the live policy allow to pull, by the UUID of the stack. */
async function granted(world: World): Promise<string[]> {
  return (await liveStatements(world) ?? []).filter(({ Sid }) => /CdkEcrKeeper/.test(String(Sid ?? ''))).map(({ Sid, Principal }) => {
    const accounts = JSON.stringify(Principal).match(/\d{12}/g) ?? [];
    return `${/CdkEcrKeeper([0-9a-f]{32})/.exec(String(Sid))![1]} ${accounts.join(' ')}`;
  }).sort();
}

const uuidOf = (world: World, stack: string) => world.stackUuid(stack).replaceAll('-', '');

const granting = (...accounts: string[]) => (stack: Stack) => {
  const repository = ExistingRepository.fromRepositoryName(stack, 'Shared', SHARED);
  for (const account of accounts) repository.grantPull(RepositoryPrincipal.accounts(account));
};

/** Three roles: one with a grant in its own policy, one with a grant in the repository policy, and one without a grant. */
const ROLES = ['ByItself', 'ByRepository', 'Neither'] as const;
const nameOf = (role: typeof ROLES[number]) => `${role}-team-shared`;

const withRoles = (isGranted: boolean) => (stack: Stack) => {
  const [byItself, byRepository] = ROLES.map(id =>
    new iam.Role(stack, id, { roleName: nameOf(id), assumedBy: new iam.AccountRootPrincipal() }));
  const repository = ExistingRepository.fromRepositoryName(stack, 'Shared', SHARED);
  if (!isGranted) return;
  repository.grantPull(byItself);
  repository.grantPull(new iam.ArnPrincipal(byRepository.roleArn));
};

async function whoMayPull(world: World): Promise<string[]> {
  const able = await Promise.all(ROLES.map(async role => await mayPull(world, role) ? [role] : []));
  return able.flat();
}

async function mayPull(world: World, role: typeof ROLES[number]): Promise<boolean> {
  const client = await world.ecrOfRole(nameOf(role));
  try {
    await client.send(new BatchGetImageCommand({ repositoryName: SHARED, imageIds: [{ imageTag: 'first-flat' }] }));
    return true;
  } catch (error) {
    if ((error as Error).name === 'AccessDeniedException') return false;
    throw error;
  }
}

/** 30. Grants on a repository of another owner are written, and are removed with the stack that granted them. */
export const grantedOnImported: Scene[] = [
  onEmulator('30a grants: each of two stacks has one statement for its grants; deleting one stack'
    + ' keeps the statement of the other', async world => {
    await sharedRepository(world);
    await deploy(world, granting(PULLER, '222222222222', '333333333333'), 'ok', 'One');
    await deploy(world, granting(PULLER), 'ok', 'Two');
    deepStrictEqual(
      await granted(world), [`${uuidOf(world, 'One')} ${PULLER} 222222222222 333333333333`, `${uuidOf(world, 'Two')} ${PULLER}`].sort(),
    );
    await world.destroy('One');
    deepStrictEqual(await granted(world), [`${uuidOf(world, 'Two')} ${PULLER}`]);
    await world.destroy('Two');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('30b grants: a role can pull through its own policy or the policy of the repository;'
    + ' without the grants, no role can', async world => {
    await sharedRepository(world);
    await deploy(world, withRoles(true));
    deepStrictEqual(await whoMayPull(world), ['ByItself', 'ByRepository']);
    await deploy(world, withRoles(false));
    deepStrictEqual(await whoMayPull(world), []);
    await deploy(world, withRoles(true));
    deepStrictEqual(await whoMayPull(world), ['ByItself', 'ByRepository']);
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
    await deploy(world, withRoles(false), 'ok', 'Roles');
    deepStrictEqual(await whoMayPull(world), []);
    await world.destroy('Roles');
  }),

  onEmulator('30c grants: a statement that was removed by hand is written again only if the trigger'
    + ' changes', async world => {
    await sharedRepository(world);
    const reconciled = (trigger: string) => (stack: Stack) => {
      ExistingRepository.fromRepositoryName(stack, 'Shared', SHARED, { trigger }).grantPull(RepositoryPrincipal.accounts(PULLER));
    };
    await deploy(world, reconciled('spring'));
    await writeStatements(world, FOREIGN);
    deepStrictEqual(await granted(world), []);
    await deploy(world, reconciled('summer'));
    deepStrictEqual(await granted(world), [`${uuidOf(world, 'Test')} ${PULLER}`]);
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('30d grants: a grant on a repository in another Region is written there', async world => {
    const there = await world.elsewhere({ region: 'eu-west-1' });
    for (const each of [world, there]) await sharedRepository(each);
    await deploy(world, stack => {
      ExistingRepository.fromRepositoryName(stack, 'Shared', SHARED, { region: 'eu-west-1' })
        .grantPull(RepositoryPrincipal.accounts(PULLER));
    });
    deepStrictEqual(await granted(there), [`${uuidOf(world, 'Test')} ${PULLER}`]);
    deepStrictEqual(await granted(world), []);
    await world.destroy('Test');
    for (const each of [world, there]) await sharedEnds(each, { stacks: {} });
  }),

  onEmulator('30e grants: a grant on a repository in another account is written there through a role,'
    + ' and changes no other statement', async world => {
    const there = await world.elsewhere({ account: `3${world.account.slice(1)}` });
    await sharedRepository(there);
    await there.deploy('Access', stack => {
      const repositories = [ExistingRepository.fromRepositoryName(stack, 'Import', SHARED)];
      const trusted = { stackName: 'Test', ...world.env };
      const capabilities = [RepositoryCapability.statements()];
      new RepositoryAccessRole(stack, ROLE, { repositories, capabilities, trusted, externalId: EXTERNAL_ID, roleName: ROLE });
    }, { isEnvKnown: true });
    const grant = (stack: Stack) => {
      const access = { roleArn: `arn:aws:iam::${there.account}:role/${ROLE}`, externalId: EXTERNAL_ID };
      ExistingRepository.fromRepositoryArn(stack, 'Shared', there.arn(SHARED), { access })
        .grantPull(RepositoryPrincipal.accounts(world.account));
    };
    await deploy(world, grant, 'ok', 'Test', true);
    deepStrictEqual(await granted(there), [`${uuidOf(world, 'Test')} ${world.account}`]);
    ok(world.logicalId('Test', POLICY_TYPE, 'EcrPolicy'));
    await world.destroy('Test');
    await there.ends({ stacks: { Access: { status: 'CREATE_COMPLETE', left } }, repositories: { [SHARED]: { tags: TAGS } } });
    deepStrictEqual((await liveStatements(there))!.length, FOREIGN.length);
    await there.ecr.send(new DeleteRepositoryPolicyCommand({ repositoryName: SHARED }));
    await deploy(world, grant, 'ok', 'Test', true);
    await world.destroy('Test');
    deepStrictEqual(await liveStatements(there), undefined); // a policy without statements is removed
    await world.ends({ stacks: {}, repositories: {} });
  }),
];
