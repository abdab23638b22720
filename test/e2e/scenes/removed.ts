import { deepStrictEqual } from 'node:assert/strict';
import { deployed } from './deployed-subject';
import { onEmulator, Scene } from './scene';
import { bystander, IMPORTED, OWNED, STAGE, SUBJECTS, TAGS } from './subject';
import { RepositoryTeardown, Repository, Teardown } from '../../../src';

/** 3. The teardown leaves the template, its repository does not. */
export const teardownRemoved: Scene[] = SUBJECTS.map(subject =>
  onEmulator(`3 ${subject.kind}: the teardown is removed from the app`, async world => {
    await deployed(world, subject);
    await world.deploy('Test', stack => {
      bystander(stack);
      subject.declare(stack);
    });
    const repositories = { [subject.repository]: { tags: TAGS } };
    const left = subject.kind === 'owned' ? ['Bystander', world.logicalId('Test', 'AWS::ECR::Repository')] : ['Bystander'];
    await world.ends({ stacks: { Test: { status: 'UPDATE_COMPLETE', left } }, repositories });
    await world.destroy('Test'); // without a teardown, an owned repository is retained
    await world.ends({ stacks: {}, repositories });
  }));

/** 4. The repository leaves the template with its teardown. */
export const repositoryRemoved: Scene[] = [
  onEmulator('4a owned: the repository is removed from the app and left outside the stack', async world => {
    await deployed(world, OWNED);
    const logicalId = world.logicalId('Test', 'AWS::ECR::Repository');
    const { events } = await world.deploy('Test', stack => bystander(stack));
    deepStrictEqual(events.filter(({ status }) => status === 'DELETE_FAILED'), []);
    deepStrictEqual(events.filter(event => event.logicalId === logicalId).map(({ status }) => status), ['DELETE_SKIPPED']);
    const repositories = { 'team/app': { tags: TAGS } };
    await world.ends({ stacks: { Test: { status: 'UPDATE_COMPLETE', left: ['Bystander'] } }, repositories });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories });
  }),

  onEmulator('4b imported: the repository is removed from the app, another one of the stack keeps its teardown', async world => {
    await world.createRepository('team/other', TAGS);
    await world.push('team/other');
    await world.createRepository('team/legacy', TAGS);
    await world.push('team/legacy');
    const other = (stack: Parameters<typeof IMPORTED.declare>[0]) => new RepositoryTeardown(stack, 'Other', {
      repository: Repository.fromRepositoryName(stack, 'OtherImport', 'team/other'),
      teardown: Teardown.deleteWithImages({ requireTag: STAGE }),
    });
    await world.deploy('Test', stack => {
      other(stack);
      IMPORTED.declare(stack, {});
    });
    await world.deploy('Test', stack => {
      other(stack);
    });
    await world.ends({
      stacks: { Test: { status: 'UPDATE_COMPLETE', left: 'template' } },
      repositories: { 'team/legacy': { tags: TAGS }, 'team/other': { tags: TAGS, mark: ['Test', 'Other'] } },
    });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: { 'team/legacy': { tags: TAGS } } });
  }),

  onEmulator('4c owned: the empty repository is removed from the app and left outside the stack, too', async world => {
    await world.deploy('Test', stack => {
      bystander(stack);
      OWNED.declare(stack, {});
    });
    await world.deploy('Test', stack => bystander(stack));
    const repositories = { 'team/app': { tags: TAGS } };
    await world.ends({ stacks: { Test: { status: 'UPDATE_COMPLETE', left: ['Bystander'] } }, repositories });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories });
  }),
];
