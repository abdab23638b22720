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

/** 5. The construct id changes: a Create for the new one, then a Delete for the old one, over the same repository. */
export const idChanged: Scene[] = [
  onEmulator('5a owned: the construct id of the teardown changes', async world => {
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

  onEmulator('5b imported: the construct id of the teardown changes', async world => {
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

  onEmulator('5c owned, name made by CloudFormation: the construct id of the repository changes,'
    + ' the old one is left outside the stack', async world => {
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

  onEmulator('5d owned: the construct id of the teardown changes and the update rolls back', async world => {
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

  onEmulator('5e imported: the construct id of the teardown changes and the update rolls back;'
    + ' the mark is the old one\'s again', async world => {
    await stocked(world, IMPORTED);
    await world.deploy('Test', stack => {
      over(stack, 'team/legacy', 'Before');
    });
    await world.deploy('Test', stack => {
      over(stack, 'team/legacy', 'After');
      failing(stack);
    }, { expect: 'failed' });
    // The new one took the mark over; rolled back, it gives it back, since the old one is sent nothing that would.
    await world.ends({
      stacks: { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: 'template' } },
      repositories: { 'team/legacy': { tags: TAGS, mark: ['Test', 'Before'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),
];

/** 6. Another repository in the place of the first. */
export const repositoryRenamed: Scene[] = [
  onEmulator('6a owned: the repository is renamed, which replaces it; the old one is retained outside the stack', async world => {
    await world.deploy('Test', stack => named(stack, 'team/old'));
    await world.push('team/old');
    const { events } = await world.deploy('Test', stack => named(stack, 'team/new'));
    ok(events.some(({ status, physicalId }) => status === 'DELETE_SKIPPED' && physicalId === 'team/old'));
    await world.push('team/new');
    // What a replaced repository was tagged with stays on it, the mark too: nothing of the stack is told of it any more.
    const repositories = { 'team/old': { tags: TAGS, mark: ['Test', 'AppTeardown'] as const } };
    await world.ends({
      stacks: { Test: { status: 'UPDATE_COMPLETE', left: 'template' } },
      repositories: { ...repositories, 'team/new': { tags: TAGS, mark: ['Test', 'AppTeardown'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories });
  }),

  onEmulator('6b owned: the update that renames the repository rolls back', async world => {
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

  onEmulator('6c imported: another repository is imported in its place', async world => {
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
