import { deepStrictEqual, match } from 'node:assert/strict';
import { deployed } from './deployed-subject';
import { Refusal, refusalOf } from './refusal';
import { onEmulator, onOtherEmulator, Scene } from './scene';
import { OWNED, TAGS } from './subject';
import type { Template } from './template';
import { CODE, World } from './world';

/** Changes the template to the output of the previous version. */
const asBefore = ({ Resources }: Template): void => {
  for (const resource of Object.values(Resources)) {
    if (resource.Type === 'AWS::ECR::Repository') Object.assign(resource, { DeletionPolicy: 'Delete' });
  }
};

/** A refusal after which CloudFormation deletes the function, its role, and its policy. */
async function refused(world: World): Promise<Refusal> {
  await deployed(world, OWNED, { maxImages: 4 });
  return refusalOf(await world.destroy('Test', { expect: 'failed' }));
}

const teardownOf = (world: World) => world.logicalId('Test', 'Custom::EcrTeardown');

const FUNCTION_IS_DELETED = ['delete-failed-keeps-function', 'delete-failed-keeps-policy'] as const;

/** 33. The runbook for stacks whose function no longer exists or whose template is older. */
export const withoutFunction: Scene[] = [
  onOtherEmulator(FUNCTION_IS_DELETED, '33a if the function no longer exists after a refusal, the override code has no effect, and the'
    + ' printed commands delete the repository and the stack', async world => {
    const { lift, manual, keep } = await refused(world);
    deepStrictEqual(await world.machinery(), { functions: [], roles: [], logGroups: [] });
    await world.run(lift);
    await world.destroy('Test', { expect: 'failed' });
    const mark = ['Test', OWNED.teardown] as const;
    const { [CODE]: code } = (await world.liveRepositories())['team/app'].tags;
    await world.ends({
      stacks: { Test: { status: 'DELETE_FAILED', left: [teardownOf(world)] } },
      repositories: { 'team/app': { tags: { ...TAGS, [CODE]: code }, mark } },
    });
    await world.run(manual);
    await world.run(keep);
    await world.untilGone('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onOtherEmulator(FUNCTION_IS_DELETED, '33b if the function no longer exists after a refusal, the printed command keeps the repository, and'
    + ' another stack can import it', async world => {
    const { keep } = await refused(world);
    const mark = world.mark('Test', OWNED.teardown);
    await world.run(keep);
    await world.untilGone('Test');
    await world.ends({ stacks: {}, repositories: { 'team/app': { tags: TAGS, mark } } });
    await world.deploy('Other', stack => OWNED.declare(stack, {}), { importExisting: true });
    await world.destroy('Other');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('33c after a refusal with DeletionPolicy Delete, you can retain the teardown and the repository together', async world => {
    await world.deploy('Test', stack => OWNED.declare(stack, { maxImages: 1 }), { edit: asBefore });
    await world.push('team/app');
    const { because } = refusalOf(await world.destroy('Test', { expect: 'failed' }));
    match(because, /it holds 5 images, more than its maxImages of 1/);
    const mark = world.mark('Test', OWNED.teardown);
    await world.destroy('Test', { retain: ['Custom::EcrTeardown', 'AWS::ECR::Repository'].map(type => world.logicalId('Test', type)) });
    await world.ends({ stacks: {}, repositories: { 'team/app': { tags: TAGS, mark } } });
  }),

  onEmulator('33d a stack that had DeletionPolicy Delete keeps its repositories after an update to this version', async world => {
    await world.deploy('Test', stack => OWNED.declare(stack, {}), { edit: asBefore });
    await world.push('team/app');
    await world.deploy('Test', stack => OWNED.declare(stack, {}));
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
  }),
];
