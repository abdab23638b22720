import { deepStrictEqual, match } from 'node:assert/strict';
import { deployedToBeEmptied, EMPTIED, emptying, stands } from './emptied-repository';
import { refusalOf } from './refusal';
import { onEmulator, Scene } from './scene';
import { bystander, failing, TAGS } from './subject';
import { CODE, World } from './world';

/** Checks that the stack is deleted and that the repository has its expected images and no mark. */
const stays = (world: World, repository: string) => world.ends({ stacks: {}, repositories: { [repository]: { tags: TAGS } } });

const [owned] = EMPTIED;

/** test/integ/integ.existing-repository.ts shows the same for an imported repository. */
const onDeletion = onEmulator('23a owned, empty: deleting the stack empties the repository and keeps it', async world => {
  await deployedToBeEmptied(world, owned, {});
  await world.destroy('Test');
  world.keeps(owned.repository, []);
  await stays(world, owned.repository);
  deepStrictEqual(await world.machinery(), { functions: [], roles: [], logGroups: [] });
});

/** 23. The repository is kept, and its images are removed only when the stack is deleted. */
export const emptied: Scene[] = [onDeletion, ...EMPTIED.flatMap(subject => [
  onEmulator(`23b ${subject.kind}, empty: a tag in exceptTags keeps its index with all images`, async world => {
    const multi = await deployedToBeEmptied(world, subject, { exceptTags: ['*-multi'] });
    await world.destroy('Test');
    world.keeps(subject.repository, multi);
    await stays(world, subject.repository);
  }),

  onEmulator(`23c ${subject.kind}, empty: removing the teardown from the app keeps every image`, async world => {
    await deployedToBeEmptied(world, subject, {});
    await world.deploy('Test', emptying(subject, undefined));
    const left = ['Bystander', ...subject.kind === 'owned' ? [world.logicalId('Test', 'AWS::ECR::Repository')] : []];
    await world.ends({ stacks: { Test: { status: 'UPDATE_COMPLETE', left } }, repositories: { [subject.repository]: { tags: TAGS } } });
    await world.destroy('Test');
    await stays(world, subject.repository);
  }),

  onEmulator(`23d ${subject.kind}, empty: removing the repository and its teardown from the app keeps every image`, async world => {
    await deployedToBeEmptied(world, subject, {});
    await world.deploy('Test', stack => bystander(stack));
    await world.ends({
      stacks: { Test: { status: 'UPDATE_COMPLETE', left: ['Bystander'] } },
      // An owned repository is retained. The teardown removes its mark first.
      repositories: { [subject.repository]: { tags: TAGS } },
    });
    await world.destroy('Test');
    await stays(world, subject.repository);
  }),

  onEmulator(`23e ${subject.kind}, empty: an update that rolls back because of an unrelated resource keeps every image`, async world => {
    await deployedToBeEmptied(world, subject, { maxImages: 9 });
    await world.deploy('Test', stack => {
      emptying(subject, { maxImages: 8 })(stack);
      failing(stack);
    }, { expect: 'failed' });
    await stands(world, subject, 'UPDATE_ROLLBACK_COMPLETE');
    await world.destroy('Test');
    world.keeps(subject.repository, []);
    await stays(world, subject.repository);
  }),

  onEmulator(`23f ${subject.kind}, empty: a new construct id of the teardown keeps every image`, async world => {
    await deployedToBeEmptied(world, subject, {}, 'Before');
    await world.deploy('Test', emptying(subject, {}, 'After'));
    await stands(world, subject, 'UPDATE_COMPLETE', 'After');
    await world.destroy('Test');
    world.keeps(subject.repository, []);
    await stays(world, subject.repository);
  }),

  onEmulator(`23g ${subject.kind}, empty: a creation that rolls back is undone`, async world => {
    if (subject.kind === 'imported') {
      await world.createRepository(subject.repository, TAGS);
      await world.push(subject.repository);
    }
    await world.deploy('Test', stack => {
      emptying(subject, {})(stack);
      failing(stack);
    }, { expect: 'failed' });
    await world.ends({
      stacks: { Test: { status: 'ROLLBACK_COMPLETE', left: [] } },
      // An owned repository has the policy RETAIN, in a rollback too.
      repositories: { [subject.repository]: { tags: TAGS } },
    });
  }),

  onEmulator(`23h ${subject.kind}, empty: the printed command lifts a refusal of maxImages,`
    + ' and its tag is removed afterward', async world => {
    await deployedToBeEmptied(world, subject, { maxImages: 4 });
    const { because, lift, code } = refusalOf(await world.destroy('Test', { expect: 'failed' }));
    match(because, /^Repository '.*' was not emptied: it holds 5 images, more than its maxImages of 4\. /);
    const left = world.logicalIds('Test').filter(id => id !== 'Bystander');
    const refused = { stacks: { Test: { status: 'DELETE_FAILED', left } } };
    const mark = ['Test', subject.teardown()] as const;
    await world.ends({ ...refused, repositories: { [subject.repository]: { tags: TAGS, mark } } });
    await world.run(lift);
    await world.ends({ ...refused, repositories: { [subject.repository]: { tags: { ...TAGS, [CODE]: code }, mark } } });
    await world.destroy('Test');
    world.keeps(subject.repository, []);
    await stays(world, subject.repository);
  }),
])];
