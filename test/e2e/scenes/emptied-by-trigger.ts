import { match } from 'node:assert/strict';
import { deployedToBeEmptied, EMPTIED, emptying, stands } from './emptied-repository';
import { IN_ORDER, onEmulator, onlyOnEmulator, Scene } from './scene';
import { failing, TAGS } from './subject';

/** 23. An update empties the repository only if it changes the trigger. */
export const emptiedByTrigger: Scene[] = EMPTIED.flatMap(subject => [
  onEmulator(`23i ${subject.kind}, empty: an update empties only if it changes the trigger`, async world => {
    await deployedToBeEmptied(world, subject, {});
    await world.deploy('Test', emptying(subject, { trigger: 'one' }));
    await stands(world, subject, 'UPDATE_COMPLETE'); // the trigger is set for the first time
    const multi = await world.push(subject.repository, 'second');
    await world.deploy('Test', emptying(subject, { trigger: 'two', exceptTags: ['second-multi'] }));
    world.keeps(subject.repository, multi);
    await stands(world, subject, 'UPDATE_COMPLETE');
    await world.push(subject.repository, 'third');
    await world.deploy('Test', emptying(subject, { trigger: 'two', maxImages: 99 }));
    await stands(world, subject, 'UPDATE_COMPLETE');
    await world.deploy('Test', emptying(subject, { maxImages: 99 }));
    await stands(world, subject, 'UPDATE_COMPLETE'); // the trigger is removed
  }),

  onlyOnEmulator(IN_ORDER, `23j ${subject.kind}, empty: after an update that changes the trigger fails,`
    + ' its rollback keeps the images that were pushed later', async world => {
    await deployedToBeEmptied(world, subject, { trigger: 'one' });
    const deploying = world.deploy('Test', stack => {
      emptying(subject, { trigger: 'two' })(stack);
      failing(stack, 'Failing', 4);
    }, { expect: 'failed' });
    await world.whenCreated('Test', 'Failing', '_IN_PROGRESS'); // the function has ended then, and removes no image that is pushed now
    world.keeps(subject.repository, []);
    await world.push(subject.repository, 'second');
    await deploying;
    await stands(world, subject, 'UPDATE_ROLLBACK_COMPLETE');
    await world.deploy('Test', emptying(subject, { trigger: 'one', maxImages: 9 }));
    await stands(world, subject, 'UPDATE_COMPLETE');
    await world.destroy('Test');
    world.keeps(subject.repository, []);
    await world.ends({ stacks: {}, repositories: { [subject.repository]: { tags: TAGS } } });
  }),

  onEmulator(`23k ${subject.kind}, empty: an update that changes the trigger rolls back`
    + ' and keeps every image if a guard refuses', async world => {
    await deployedToBeEmptied(world, subject, { trigger: 'one', maxImages: 4 });
    const { events } = await world.deploy('Test', emptying(subject, { trigger: 'two', maxImages: 4 }), { expect: 'failed' });
    const { reason } = events.find(({ status, type }) => status === 'UPDATE_FAILED' && type === 'Custom::EcrTeardown')!;
    match(reason!,
      /^Repository '.*' was not emptied: it holds 5 images, more than its maxImages of 4\. .* deploy again:\naws ecr tag-resource /);
    await stands(world, subject, 'UPDATE_ROLLBACK_COMPLETE');
    await world.run(reason!.split('\n').find(line => line.startsWith('aws ecr tag-resource'))!);
    await world.deploy('Test', emptying(subject, { trigger: 'two', maxImages: 4 }));
    world.keeps(subject.repository, []);
    await stands(world, subject, 'UPDATE_COMPLETE');
  }),
]);
