import { match } from 'node:assert/strict';
import type { Stack } from 'aws-cdk-lib';
import { FOR_RIGHTS, hurry } from './hurried-clock';
import { refusalOf } from './refusal';
import { onEmulator, Scene } from './scene';
import { bystander, STAGE, TAGS } from './subject';
import { CODE, World } from './world';
import { Repository, RepositoryAccessRole, RepositoryCapability, RepositoryTeardown, Teardown } from '../../../src';

const SHARED = 'team/shared';
const ROLE = 'RepositoryAccessRole';
const EXTERNAL_ID = 'team-build';
const DELETE = Teardown.deleteWithImages({ requireTag: STAGE, maxImages: 5 });

const tearingDown = (there: World, { teardown = DELETE, externalId = EXTERNAL_ID } = {}) => (stack: Stack) => {
  bystander(stack);
  new RepositoryTeardown(stack, 'Shared', {
    repository: Repository.fromRepositoryArn(stack, 'Import', there.arn(SHARED)),
    access: { roleArn: `arn:aws:iam::${there.account}:role/${ROLE}`, externalId },
    teardown,
  });
};

/** Creates another account with a repository and a role for the stack of this account, which has a repository of the same name. */
async function withAccess(world: World, teardown = DELETE): Promise<World> {
  const there = await world.elsewhere({ account: `2${world.account.slice(1)}` });
  for (const each of [world, there]) {
    await each.createRepository(SHARED, TAGS);
    await each.push(SHARED);
  }
  await there.deploy('Access', stack => {
    const repositories = [Repository.fromRepositoryName(stack, 'Import', SHARED)];
    const trusted = { stackName: 'Test', ...world.env };
    const capabilities = [RepositoryCapability.teardown(teardown)];
    new RepositoryAccessRole(stack, ROLE, { repositories, capabilities, trusted, externalId: EXTERNAL_ID, roleName: ROLE });
  }, { isEnvKnown: true });
  return there;
}

const access = { Access: { status: 'CREATE_COMPLETE', left: 'template' as const } };

/** Checks the status of the stack, the mark of the repository in the other account, and that the repository here is unchanged. */
async function stands(
  world: World, there: World, status: string, left: 'template' | string[] = 'template', tags: Record<string, string> = {},
): Promise<void> {
  await world.ends({ stacks: { Test: { status, left } }, repositories: { [SHARED]: { tags: TAGS } } });
  await there.ends({ stacks: access, repositories: { [SHARED]: { tags: { ...TAGS, ...tags }, mark: world.mark('Test', 'Shared') } } });
}

async function gone(world: World, there: World, repositories: Parameters<World['ends']>[0]['repositories'] = {}): Promise<void> {
  await world.ends({ stacks: {}, repositories: { [SHARED]: { tags: TAGS } } });
  await there.ends({ stacks: access, repositories });
}

/**
 * 25. A repository in another account, through a role in that account. The emulator enforces the trust policy of the role, including the
 * external id and the name of the caller's role.
 */
export const anotherAccount: Scene[] = [
  onEmulator('25a another account: deleting the stack deletes the repository there with its images,'
    + ' and keeps the repository of the same name here', async world => {
    const there = await withAccess(world);
    await world.deploy('Test', tearingDown(there), { isEnvKnown: true });
    await stands(world, there, 'CREATE_COMPLETE');
    await world.destroy('Test');
    await gone(world, there);
  }),

  onEmulator('25b another account: removing the teardown from the template keeps the images', async world => {
    const there = await withAccess(world);
    await world.deploy('Test', tearingDown(there), { isEnvKnown: true });
    await world.deploy('Test', stack => bystander(stack), { isEnvKnown: true });
    await world.ends({ stacks: { Test: { status: 'UPDATE_COMPLETE', left: ['Bystander'] } }, repositories: { [SHARED]: { tags: TAGS } } });
    await there.ends({ stacks: access, repositories: { [SHARED]: { tags: TAGS } } });
    await world.destroy('Test');
    await gone(world, there, { [SHARED]: { tags: TAGS } });
  }),

  onEmulator('25c another account: the printed command, run in that account, lifts a refusal', async world => {
    const teardown = Teardown.deleteWithImages({ requireTag: STAGE, maxImages: 4 });
    const there = await withAccess(world, teardown);
    await world.deploy('Test', tearingDown(there, { teardown }), { isEnvKnown: true });
    const { lift, code } = refusalOf(await world.destroy('Test', { expect: 'failed' }));
    const left = world.logicalIds('Test').filter(id => id !== 'Bystander');
    await stands(world, there, 'DELETE_FAILED', left);
    await there.run(lift);
    await stands(world, there, 'DELETE_FAILED', left, { [CODE]: code });
    await world.destroy('Test');
    await gone(world, there);
  }),

  onEmulator('25d another account, empty: deleting the stack empties the repository there and keeps it', async world => {
    const teardown = Teardown.empty({ requireTag: STAGE });
    const there = await withAccess(world, teardown);
    await world.deploy('Test', tearingDown(there, { teardown }), { isEnvKnown: true });
    await world.destroy('Test');
    there.keeps(SHARED, []);
    await gone(world, there, { [SHARED]: { tags: TAGS } });
  }),

  onEmulator('25e another account: a wrong external id fails the creation with an explanation and changes nothing', async world => {
    const there = await withAccess(world);
    const { events } = await world.deploy('Test', stack => {
      tearingDown(there, { externalId: 'another-team' })(stack);
      hurry(stack, world.emulator, FOR_RIGHTS);
    }, { isEnvKnown: true, expect: 'failed' });
    const { reason } = events.find(({ status, type }) => status === 'CREATE_FAILED' && type === 'Custom::EcrTeardown')!;
    match(reason!, /^Repository 'team\/shared': the role arn:aws:iam::\d{12}:role\/RepositoryAccessRole cannot be assumed\. Let it trust this function's role, with the same external id/);
    await world.ends({ stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } }, repositories: { [SHARED]: { tags: TAGS } } });
    await there.ends({ stacks: access, repositories: { [SHARED]: { tags: TAGS } } });
  }),

  onEmulator('25f another account: a stack with a different name is not trusted and changes nothing', async world => {
    const there = await withAccess(world);
    await world.deploy('Other', stack => {
      tearingDown(there)(stack);
      hurry(stack, world.emulator, FOR_RIGHTS);
    }, { isEnvKnown: true, expect: 'failed' });
    await world.ends({ stacks: { Other: { status: 'ROLLBACK_COMPLETE', left: [] } }, repositories: { [SHARED]: { tags: TAGS } } });
    await there.ends({ stacks: access, repositories: { [SHARED]: { tags: TAGS } } });
  }),
];
