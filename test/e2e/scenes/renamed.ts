import { deepStrictEqual, ok } from 'node:assert/strict';
import { Stack, Tags } from 'aws-cdk-lib';
import { stocked } from './deployed-subject';
import { onEmulator, Scene } from './scene';
import { attached, bystander, failing, IMPORTED, STAGE, TAGS } from './subject';
import { Repository, RepositoryTeardown, Teardown } from '../../../src';

const generated = (stack: Stack, id: string) => {
  const repository = new Repository(stack, id, { teardown: Teardown.deleteWithImages() });
  Tags.of(repository).add(STAGE.key, STAGE.value);
};

const named = (stack: Stack, repositoryName: string) => {
  const repository = new Repository(stack, 'App', { repositoryName, teardown: Teardown.deleteWithImages() });
  Tags.of(repository).add(STAGE.key, STAGE.value);
};

const over = (stack: Stack, repositoryName: string, id = 'Legacy') => new RepositoryTeardown(stack, id, {
  repository: Repository.fromRepositoryName(stack, 'Import', repositoryName),
  teardown: Teardown.deleteWithImages({ requireTag: STAGE }),
});

/** 5. The construct id changes, so CloudFormation sends a Create and then a Delete for the same repository. */
export const idChanged: Scene[] = [
  onEmulator('5a owned: a new construct id of the teardown deletes nothing', async world => {
    await world.deploy('Test', stack => {
      attached(stack, 'Before');
    });
    await world.push('team/plain');
    await world.ends({
      stacks: { Test: { status: 'CREATE_COMPLETE', left: 'template' } },
      repositories: { 'team/plain': { tags: TAGS, mark: ['Test', 'Before'] } },
    });
    await world.deploy('Test', stack => {
      attached(stack, 'After');
    });
    await world.ends({
      stacks: { Test: { status: 'UPDATE_COMPLETE', left: 'template' } },
      repositories: { 'team/plain': { tags: TAGS, mark: ['Test', 'After'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('5b imported: a new construct id of the teardown deletes nothing', async world => {
    await stocked(world, IMPORTED);
    await world.deploy('Test', stack => {
      over(stack, 'team/legacy', 'Before');
    });
    await world.deploy('Test', stack => {
      over(stack, 'team/legacy', 'After');
    });
    await world.ends({
      stacks: { Test: { status: 'UPDATE_COMPLETE', left: 'template' } },
      repositories: { 'team/legacy': { tags: TAGS, mark: ['Test', 'After'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('5c owned, generated name: a new construct id of the repository creates a second repository'
    + ' and keeps the first outside the stack', async world => {
    await world.deploy('Test', stack => generated(stack, 'Before'));
    const oldId = world.logicalId('Test', 'AWS::ECR::Repository');
    const before = await world.physicalId('Test', oldId);
    await world.push(before);
    const { events } = await world.deploy('Test', stack => generated(stack, 'After'));
    deepStrictEqual(events.filter(({ logicalId }) => logicalId === oldId).map(({ status }) => status), ['DELETE_SKIPPED']);
    const after = await world.physicalId('Test', world.logicalId('Test', 'AWS::ECR::Repository'));
    await world.push(after);
    await world.ends({
      stacks: { Test: { status: 'UPDATE_COMPLETE', left: 'template' } },
      repositories: { [before]: { tags: TAGS }, [after]: { tags: TAGS, mark: ['Test', 'After'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: { [before]: { tags: TAGS } } });
  }),

  onEmulator('5d owned: an update with a new construct id of the teardown can roll back', async world => {
    await world.deploy('Test', stack => {
      attached(stack, 'Before');
    });
    await world.push('team/plain');
    await world.deploy('Test', stack => {
      attached(stack, 'After');
      failing(stack);
    }, { expect: 'failed' });
    await world.ends({
      stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: 'template' } },
      repositories: { 'team/plain': { tags: TAGS, mark: ['Test', 'Before'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('5e imported: an update with a new construct id of the teardown can roll back,'
    + ' which restores the old mark', async world => {
    await stocked(world, IMPORTED);
    await world.deploy('Test', stack => {
      over(stack, 'team/legacy', 'Before');
    });
    await world.deploy('Test', stack => {
      over(stack, 'team/legacy', 'After');
      failing(stack);
    }, { expect: 'failed' });
    // In the rollback, the new teardown restores the old mark, because the old teardown gets no request.
    await world.ends({
      stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: 'template' } },
      repositories: { 'team/legacy': { tags: TAGS, mark: ['Test', 'Before'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),
];

/** 6. A different repository replaces the first. */
export const repositoryRenamed: Scene[] = [
  onEmulator('6a owned: renaming the repository replaces it and retains the old one outside the stack', async world => {
    await world.deploy('Test', stack => named(stack, 'team/old'));
    await world.push('team/old');
    const { events } = await world.deploy('Test', stack => named(stack, 'team/new'));
    ok(events.some(({ status, physicalId }) => status === 'DELETE_SKIPPED' && physicalId === 'team/old'));
    await world.push('team/new');
    // A replaced repository keeps all tags, including the mark, because no resource of the stack gets a request about it.
    const repositories = { 'team/old': { tags: TAGS, mark: ['Test', 'AppTeardown'] as const } };
    await world.ends({
      stacks: { Test: { status: 'UPDATE_COMPLETE', left: 'template' } },
      repositories: { ...repositories, 'team/new': { tags: TAGS, mark: ['Test', 'AppTeardown'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories });
  }),

  onEmulator('6b owned: an update that renames the repository can roll back', async world => {
    await world.deploy('Test', stack => named(stack, 'team/old'));
    await world.push('team/old');
    await world.deploy('Test', stack => {
      named(stack, 'team/new');
      failing(stack);
    }, { expect: 'failed' });
    await world.ends({
      stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: 'template' } },
      repositories: { 'team/old': { tags: TAGS, mark: ['Test', 'AppTeardown'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('6c imported: importing a different repository keeps the first', async world => {
    for (const repository of ['team/old', 'team/new']) {
      await world.createRepository(repository, TAGS);
      await world.push(repository);
    }
    await world.deploy('Test', stack => {
      over(stack, 'team/old');
    });
    await world.deploy('Test', stack => {
      bystander(stack);
      over(stack, 'team/new');
    });
    await world.ends({
      stacks: { Test: { status: 'UPDATE_COMPLETE', left: 'template' } },
      repositories: { 'team/old': { tags: TAGS }, 'team/new': { tags: TAGS, mark: ['Test', 'Legacy'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: { 'team/old': { tags: TAGS } } });
  }),
];
