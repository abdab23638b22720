import { match } from 'node:assert/strict';
import { Tags } from 'aws-cdk-lib';
import { deployed, stocked } from './deployed-subject';
import { onEmulator, Scene } from './scene';
import { bystander, IMPORTED, STAGE, TAGS } from './subject';
import { MARK, World } from './world';
import { Repository, Teardown } from '../../../src';

const withTeardown = (world: World, stackName: string, expect: 'ok' | 'failed' = 'ok') => world.deploy(stackName, stack => {
  bystander(stack);
  IMPORTED.declare(stack, {});
}, { expect });

/** 7. The teardown moves to another stack. */
export const movedToAnotherStack: Scene[] = [
  onEmulator('7a imported: a teardown can move to another stack, after which the first stack is deleted without effect', async world => {
    await deployed(world, IMPORTED, {}, 'First');
    await world.deploy('First', stack => bystander(stack));
    await withTeardown(world, 'Second');
    const repositories = { 'team/legacy': { tags: TAGS, mark: ['Second', 'Legacy'] as const } };
    await world.ends({
      stacks: { First: { status: 'UPDATE_COMPLETE', left: ['Bystander'] }, Second: { status: 'CREATE_COMPLETE', left: 'template' } },
      repositories,
    });
    await world.destroy('First');
    await world.ends({ stacks: { Second: { status: 'CREATE_COMPLETE', left: 'template' } }, repositories });
    await world.destroy('Second');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('7b imported: a second stack is refused as long as the first stack has the teardown', async world => {
    await deployed(world, IMPORTED, {}, 'First');
    const { events } = await withTeardown(world, 'Second', 'failed');
    const { reason } = events.find(({ status, type }) => status === 'CREATE_FAILED' && type === 'Custom::EcrTeardown')!;
    match(reason!,
      /^Repository 'team\/legacy' .* another stack \(its tag \S+ is \S+\)\. Remove it from that stack first\. .* run this command:\naws ecr untag-resource /);
    const repositories = { 'team/legacy': { tags: TAGS, mark: ['First', 'Legacy'] as const } };
    const first = { First: { status: 'CREATE_COMPLETE', left: 'template' as const } };
    await world.ends({ stacks: { ...first, Second: { status: 'ROLLBACK_COMPLETE', left: [] } }, repositories });
    await world.destroy('Second');
    await world.ends({ stacks: first, repositories });

    // As the message says, the teardown is first removed from the first stack.
    await world.deploy('First', stack => bystander(stack));
    await withTeardown(world, 'Second');
    await world.destroy('First');
    await world.ends({
      stacks: { Second: { status: 'CREATE_COMPLETE', left: 'template' } },
      repositories: { 'team/legacy': { tags: TAGS, mark: ['Second', 'Legacy'] } },
    });
    await world.destroy('Second');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('7c imported: an update that adds a teardown of another stack is refused and rolled back', async world => {
    await deployed(world, IMPORTED, {}, 'First');
    await world.deploy('Second', stack => bystander(stack));
    await withTeardown(world, 'Second', 'failed');
    const repositories = { 'team/legacy': { tags: TAGS, mark: ['First', 'Legacy'] as const } };
    await world.ends({
      stacks: {
        First: { status: 'CREATE_COMPLETE', left: 'template' }, Second: { status: 'UPDATE_ROLLBACK_COMPLETE', left: ['Bystander'] },
      },
      repositories,
    });
    await world.destroy('Second');
    await world.ends({ stacks: { First: { status: 'CREATE_COMPLETE', left: 'template' } }, repositories });
    await world.destroy('First');
    await world.ends({ stacks: {}, repositories: {} });
  }),
];

/** 10. One app, deployed as two stacks with the same logical ids. */
export const deployedTwice: Scene[] = [
  onEmulator('10a imported: the second deployment of one app is refused and can be deleted', async world => {
    await stocked(world, IMPORTED);
    await withTeardown(world, 'Blue');
    await withTeardown(world, 'Green', 'failed');
    await world.destroy('Green');
    await world.ends({
      stacks: { Blue: { status: 'CREATE_COMPLETE', left: 'template' } },
      repositories: { 'team/legacy': { tags: TAGS, mark: ['Blue', 'Legacy'] } },
    });
    await world.destroy('Blue');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('10b imported: the second deployment of one app takes over with the printed command,'
    + ' and then the first is deleted', async world => {
    await stocked(world, IMPORTED);
    await withTeardown(world, 'Blue');
    const { events } = await withTeardown(world, 'Green', 'failed');
    await world.destroy('Green');
    const { reason } = events.find(({ status, type }) => status === 'CREATE_FAILED' && type === 'Custom::EcrTeardown')!;
    await world.run(reason!.split('\n').find(line => line.startsWith('aws ecr untag-resource'))!);
    await withTeardown(world, 'Green');
    const green = { Green: { status: 'CREATE_COMPLETE', left: 'template' as const } };
    const repositories = { 'team/legacy': { tags: TAGS, mark: ['Green', 'Legacy'] as const } };
    await world.ends({ stacks: { Blue: { status: 'CREATE_COMPLETE', left: 'template' }, ...green }, repositories });
    await world.destroy('Blue');
    await world.ends({ stacks: green, repositories });
    await world.destroy('Green');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('10c imported: after 10b, the second stack is deleted, and then the first without effect', async world => {
    await stocked(world, IMPORTED);
    await withTeardown(world, 'Blue');
    await world.retag('team/legacy', { [MARK]: undefined });
    await withTeardown(world, 'Green');
    await world.destroy('Green');
    await world.ends({ stacks: { Blue: { status: 'CREATE_COMPLETE', left: 'template' } }, repositories: {} });
    await world.destroy('Blue');
    await world.ends({ stacks: {}, repositories: {} });
  }),

  onEmulator('10d owned, generated names: each of two deployments of one app deletes only its own repository', async world => {
    const one = (stackName: string) => world.deploy(stackName, stack => {
      const repository = new Repository(stack, 'App', { teardown: Teardown.deleteWithImages() });
      Tags.of(repository).add(STAGE.key, STAGE.value);
    });
    const names: Record<string, string> = {};
    for (const stackName of ['Blue', 'Green']) {
      await one(stackName);
      names[stackName] = await world.physicalId(stackName, world.logicalId(stackName, 'AWS::ECR::Repository'));
      await world.push(names[stackName]);
    }
    await world.destroy('Blue');
    await world.ends({
      stacks: { Green: { status: 'CREATE_COMPLETE', left: 'template' } },
      repositories: { [names.Green]: { tags: TAGS, mark: ['Green', 'AppTeardown'] } },
    });
    await world.destroy('Green');
    await world.ends({ stacks: {}, repositories: {} });
  }),
];
