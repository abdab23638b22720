import { deepStrictEqual, match, ok } from 'node:assert/strict';
import type { Stack } from 'aws-cdk-lib';
import { onEmulator, onlyOnEmulator, OTHER_ACCOUNTS, Scene } from './scene';
import {
  deploy, keeping, LIFECYCLE_MARK, LIFECYCLE_TYPE, lifecycleOf, POLICY_TYPE, reasonOf, SHARED, sharedEnds, sharedRepository, statementsOf,
  THEIR_RULES, writeLifecycle,
} from './shared-repository';
import { bystander, failing, STAGE } from './subject';
import { Repository, RepositoryTeardown, Teardown } from '../../../src';

const left = 'template' as const;
const created = { Test: { status: 'CREATE_COMPLETE', left } };
const updated = { Test: { status: 'UPDATE_COMPLETE', left } };
const updateRolledBack = { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left } };
const createRolledBack = { Test: { status: 'ROLLBACK_COMPLETE', left: [] } };

const withFailure = (build: (stack: Stack) => void) => (stack: Stack) => {
  build(stack);
  failing(stack);
};

/** 17. A lifecycle policy on a repository that the stack does not own. */
export const sharedLifecycle: Scene[] = [
  onEmulator('17a lifecycle: is created, changed, rolled back, and deleted', async world => {
    await sharedRepository(world);
    await deploy(world, stack => lifecycleOf(stack, 50));
    await sharedEnds(world, { stacks: created, keeps: 50, mark: ['Test', 'Lifecycle'] });
    await deploy(world, stack => lifecycleOf(stack, 60));
    await sharedEnds(world, { stacks: updated, keeps: 60, mark: ['Test', 'Lifecycle'] });
    await deploy(world, withFailure(stack => lifecycleOf(stack, 70)), 'failed');
    await sharedEnds(world, { stacks: updateRolledBack, keeps: 60, mark: ['Test', 'Lifecycle'] });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('17b lifecycle: a creation can roll back', async world => {
    await sharedRepository(world);
    await deploy(world, withFailure(stack => lifecycleOf(stack, 50)), 'failed');
    await sharedEnds(world, { stacks: createRolledBack });
  }),

  onEmulator('17c lifecycle: an update that adds it can roll back', async world => {
    await sharedRepository(world);
    await world.deploy('Test', stack => bystander(stack));
    await deploy(world, withFailure(stack => lifecycleOf(stack, 50)), 'failed');
    await sharedEnds(world, { stacks: updateRolledBack });
  }),

  onEmulator('17d lifecycle: a new construct id with a new policy is refused without overwrite', async world => {
    await sharedRepository(world);
    await deploy(world, stack => lifecycleOf(stack, 50, 'Before'));
    const refused = await deploy(world, stack => lifecycleOf(stack, 60, 'After'), 'failed');
    match(reasonOf(refused, LIFECYCLE_TYPE), /Change the construct id and the policy in two separate deployments, or set 'overwrite: true'/);
    await sharedEnds(world, { stacks: updateRolledBack, keeps: 50, mark: ['Test', 'Before'] });
    await deploy(world, stack => lifecycleOf(stack, 60, 'After', { overwrite: true }));
    await sharedEnds(world, { stacks: updated, keeps: 60, mark: ['Test', 'After'] });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('17e lifecycle: an update with a new construct id can roll back, which restores the policy and the mark', async world => {
    await sharedRepository(world);
    await deploy(world, stack => lifecycleOf(stack, 50, 'Before'));
    await deploy(world, withFailure(stack => lifecycleOf(stack, 50, 'After')), 'failed');
    await sharedEnds(world, { stacks: updateRolledBack, keeps: 50, mark: ['Test', 'Before'] });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),

  onlyOnEmulator(OTHER_ACCOUNTS, '17f lifecycle and statements: an update with new construct ids for both can roll back', async world => {
    await sharedRepository(world);
    const both = (id: string) => (stack: Stack) => {
      lifecycleOf(stack, 50, `${id}Lifecycle`);
      statementsOf(stack, { Pull: '111111111111' }, `${id}Policy`);
    };
    await deploy(world, both('Before'));
    await deploy(world, withFailure(both('After')), 'failed');
    const own = [{ sid: 'Pull', account: '111111111111', by: 'Test' }];
    await sharedEnds(world, { stacks: updateRolledBack, own, keeps: 50, mark: ['Test', 'BeforeLifecycle'] });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),
];

/** 18. Changes by other people and other stacks. */
export const lifecycleOfOthers: Scene[] = [
  onEmulator('18a lifecycle: a creation is refused and rolled back if a different policy is attached', async world => {
    await sharedRepository(world, { lifecycle: THEIR_RULES });
    const refused = await deploy(world, stack => lifecycleOf(stack, 50), 'failed');
    match(reasonOf(refused, LIFECYCLE_TYPE), /^Repository 'team\/shared' already has a different lifecycle policy, .* set 'overwrite: true'/);
    await sharedEnds(world, { stacks: createRolledBack, keeps: 999 });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, keeps: 999 });
  }),

  onEmulator('18b lifecycle: overwrite replaces an attached policy and writes it to the log', async world => {
    await sharedRepository(world, { lifecycle: THEIR_RULES });
    await deploy(world, stack => lifecycleOf(stack, 50, 'Lifecycle', { overwrite: true }));
    await sharedEnds(world, { stacks: created, keeps: 50, mark: ['Test', 'Lifecycle'] });
    ok((await world.story()).includes(`replacing this lifecycle policy: ${THEIR_RULES}`));
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('18c lifecycle: deleting the stack attaches the policy of onDelete', async world => {
    await sharedRepository(world);
    await deploy(world, stack => lifecycleOf(stack, 50, 'Lifecycle', { onDelete: keeping(80) }));
    await sharedEnds(world, { stacks: created, keeps: 50, mark: ['Test', 'Lifecycle'] });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, keeps: 80 });
  }),

  onEmulator('18d lifecycle: deleting the stack keeps a policy that was changed by hand', async world => {
    await sharedRepository(world);
    await deploy(world, stack => lifecycleOf(stack, 50, 'Lifecycle', { onDelete: keeping(80) }));
    await writeLifecycle(world, THEIR_RULES);
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, keeps: 999 });
  }),

  onEmulator('18e lifecycle: deleting the stack keeps the policy if the mark was removed', async world => {
    await sharedRepository(world);
    await deploy(world, stack => lifecycleOf(stack, 50));
    await world.retag(SHARED, { [LIFECYCLE_MARK]: undefined });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, keeps: 50 });
  }),

  onEmulator('18f lifecycle: a second stack is refused and rolled back', async world => {
    await sharedRepository(world);
    await deploy(world, stack => lifecycleOf(stack, 50));
    const refused = await deploy(world, stack => lifecycleOf(stack, 50), 'failed', 'Second');
    match(reasonOf(refused, LIFECYCLE_TYPE),
      /^Repository 'team\/shared' has its lifecycle policy from another stack \(its tag \S+ is \S+\)\. Remove it from that stack first\. /);
    await sharedEnds(world, {
      stacks: { ...created, Second: { status: 'ROLLBACK_COMPLETE', left: [] } }, keeps: 50, mark: ['Test', 'Lifecycle'],
    });
    await world.destroy('Test');
    await world.destroy('Second');
    await sharedEnds(world, { stacks: {} });
  }),

  onEmulator('18g lifecycle: an update of a policy that was changed by hand is refused and keeps it', async world => {
    await sharedRepository(world);
    await deploy(world, stack => lifecycleOf(stack, 50));
    await writeLifecycle(world, THEIR_RULES);
    const refused = await deploy(world, stack => lifecycleOf(stack, 60), 'failed');
    match(reasonOf(refused, LIFECYCLE_TYPE), /^Repository 'team\/shared' already has a different lifecycle policy, /);
    await sharedEnds(world, { stacks: updateRolledBack, keeps: 999, mark: ['Test', 'Lifecycle'] });
    await world.destroy('Test');
    await sharedEnds(world, { stacks: {}, keeps: 999 });
  }),

  onlyOnEmulator(OTHER_ACCOUNTS, '18h lifecycle and statements: the deletion succeeds if a teardown in the stack deletes the repository'
    + ' first', async world => {
    await sharedRepository(world);
    await deploy(world, stack => {
      lifecycleOf(stack, 50);
      statementsOf(stack, { Pull: '111111111111' });
      const repository = Repository.fromRepositoryName(stack, 'TeardownImport', SHARED);
      const teardown = new RepositoryTeardown(stack, 'Teardown', {
        repository, teardown: Teardown.deleteWithImages({ requireTag: STAGE }),
      });
      // CloudFormation deletes in the opposite order.
      ['Lifecycle', 'Policy'].forEach(id => teardown.node.addDependency(stack.node.findChild(id)));
    });
    const { events } = await world.destroy('Test');
    const gone = events.filter(({ type, status }) => type.startsWith('Custom::') && status === 'DELETE_COMPLETE').map(({ type }) => type);
    deepStrictEqual([gone[0], gone.slice(1).sort()], ['Custom::EcrTeardown', [LIFECYCLE_TYPE, POLICY_TYPE]]);
    await world.ends({ stacks: {}, repositories: {} });
  }),
];
