import { deepStrictEqual, match } from 'node:assert/strict';
import { deployed } from './deployed-subject';
import { onEmulator, onOtherEmulator, Scene } from './scene';
import { bystander, failing, OWNED, TAGS } from './subject';
import { MARK, World } from './world';

const THEIRS = '22222222-2222-2222-2222-222222222222:Theirs';
/** An import sets the tags of the template, removes all others, and removes no policies. */
const IMPORT_WRITES = [
  'import-writes-no-tags', 'import-keeps-tags', 'import-removes-repository-policy', 'import-removes-lifecycle-policy',
] as const;
const adopting = { importExisting: true };

/** Creates the repository with images outside any stack, with a mark if the scene needs one. */
async function left(world: World, mark?: string): Promise<void> {
  await world.createRepository('team/app', { ...TAGS, ...mark === undefined ? {} : { [MARK]: mark } });
  await world.push('team/app');
}

async function isOwned(world: World, status: string): Promise<void> {
  await world.ends({
    stacks: { Test: { status, left: 'template' } }, repositories: { 'team/app': { tags: TAGS, mark: ['Test', 'AppTeardown'] } },
  });
  await world.destroy('Test');
  await world.ends({ stacks: {}, repositories: {} });
}

/** 32. Importing a kept repository with `cdk deploy --import-existing-resources`. */
export const adopted: Scene[] = [
  ...([[undefined, []], [THEIRS, []], [THEIRS, IMPORT_WRITES]] as const).map(([mark, readings]) => onOtherEmulator(readings, '32a a new'
    + ` stack imports a repository ${mark === undefined ? 'without a mark' : 'with the mark of a deleted stack'}, owns it, and deletes`
    + ' it', async world => {
    await left(world, mark);
    await world.deploy('Test', stack => OWNED.declare(stack, {}), adopting);
    await isOwned(world, 'CREATE_COMPLETE');
  })),

  onEmulator('32b the deployment fails without --import-existing-resources, because the name exists, and leaves the repository'
    + ' unchanged', async world => {
    await left(world, THEIRS);
    const { events } = await world.deploy('Test', stack => {
      bystander(stack);
      OWNED.declare(stack, {});
    }, { expect: 'failed' });
    match(events.find(({ status, type }) => status === 'CREATE_FAILED' && type === 'AWS::ECR::Repository')!.reason!, /already exists/);
    const repositories = { 'team/app': { tags: TAGS, mark: THEIRS } };
    await world.ends({ stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } }, repositories });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories });
  }),

  onEmulator('32c a repository that was removed from the app and kept is imported again by the same stack', async world => {
    await deployed(world, OWNED);
    await world.deploy('Test', stack => bystander(stack));
    await world.ends({ stacks: { Test: { status: 'UPDATE_COMPLETE', left: 'template' } }, repositories: { 'team/app': { tags: TAGS } } });
    await world.deploy('Test', stack => {
      bystander(stack);
      OWNED.declare(stack, {});
    }, adopting);
    await isOwned(world, 'UPDATE_COMPLETE');
  }),

  onEmulator('32d another stack imports a repository that delete-stack --retain-resources kept', async world => {
    await deployed(world, OWNED, { maxImages: 1 });
    await world.destroy('Test', { expect: 'failed' });
    const mark = world.mark('Test', 'AppTeardown');
    await world.destroy('Test', { retain: [world.logicalId('Test', 'Custom::EcrTeardown')] });
    await world.ends({ stacks: {}, repositories: { 'team/app': { tags: TAGS, mark } } });
    await world.deploy('Test', stack => OWNED.declare(stack, {}), adopting);
    await isOwned(world, 'CREATE_COMPLETE');
  }),

  onEmulator('32e a creation that imports the repository and rolls back releases it', async world => {
    await left(world);
    await world.deploy('Test', stack => {
      OWNED.declare(stack, {});
      failing(stack);
    }, { ...adopting, expect: 'failed' });
    const repositories = { 'team/app': { tags: TAGS } };
    await world.ends({ stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } }, repositories });
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories });
  }),

  onEmulator('32f the deletion of a failed creation without its teardown keeps the repository, which can be imported again',
    async world => {
      await world.deploy('Test', stack => {
        OWNED.declare(stack);
        failing(stack);
      }, { expect: 'failed', onFailure: 'DO_NOTHING' });
      await world.push('team/app');
      await world.destroy('Test');
      await world.ends({ stacks: {}, repositories: { 'team/app': { tags: TAGS } } });
      await world.deploy('Test', stack => OWNED.declare(stack, {}), adopting);
      await isOwned(world, 'CREATE_COMPLETE');
    }),

  onEmulator('32g only one of two stacks can import the same repository', async world => {
    await left(world);
    await world.deploy('Test', stack => OWNED.declare(stack, {}), adopting);
    const second = await world.deploy('Second', stack => {
      bystander(stack);
      OWNED.declare(stack, {});
    }, { ...adopting, expect: 'failed' }).catch((error: Error) => error.message);
    match(typeof second === 'string' ? second : JSON.stringify(second.events), /already|belongs|exists/);
    deepStrictEqual((await world.liveRepositories())['team/app'].tags[MARK], world.mark('Test', 'AppTeardown'));
  }),
];
