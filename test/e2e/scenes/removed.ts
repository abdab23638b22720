import { deepStrictEqual } from 'node:assert/strict';
import { deployed } from './deployed-subject';
import { onEmulator, Scene } from './scene';
import { bystander, IMPORTED, OWNED, STAGE, SUBJECTS, TAGS } from './subject';
import { RepositoryTeardown, Repository, Teardown } from '../../../src';

/** 3. The teardown is removed from the template, but its repository is not. */
export const teardownRemoved: Scene[] = SUBJECTS.map(subject =>
  onEmulator(`3 ${subject.kind}: removing the teardown from the app keeps the repository`, async world => {
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

/** 4. The repository and its teardown are removed from the template. */
export const repositoryRemoved: Scene[] = [
  onEmulator('4a owned: removing the repository from the app keeps it outside the stack', async world => {
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

  onEmulator('4b imported: removing one repository from the app keeps the teardown of another repository', async world => {
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

  onEmulator('4c owned: removing an empty repository from the app keeps it outside the stack, too', async world => {
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
