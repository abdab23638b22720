import { deepStrictEqual, match } from 'node:assert/strict';
import { CATALOG, DELETE, deployed, gallery, LEFT_ALONE, onPublic, publicEnds, pushed, shown, TOOL, TYPE } from './gallery';
import { refusalOf } from './refusal';
import type { Scene } from './scene';
import { bystander, failing, TAGS } from './subject';
import { CODE } from './world';
import { PublicTeardown } from '../../../src';

/** 29. A repository of ECR Public, from a stack of a Region that has none. */
export const publicRepository: Scene[] = [
  onPublic('29a public: deployed with catalog data, logo, policy and tags; the stack is deleted,'
    + ' it goes with its images', async (world, fakes) => {
    await deployed(world, fakes, { teardown: DELETE });
    await world.destroy('Test');
    await publicEnds(world, fakes, {}, {});
    deepStrictEqual(await world.machinery(), { functions: [], roles: [], logGroups: [] });
    deepStrictEqual([...new Set(fakes.ecrPublic.calls.map(({ region }) => region))], ['us-east-1']);
  }),

  onPublic('29b public: it leaves the template and stays with its images, nobody\'s', async (world, fakes) => {
    const images = await deployed(world, fakes, { teardown: DELETE });
    await fakes.deploy(stack => bystander(stack));
    await publicEnds(world, fakes, { Test: { status: 'UPDATE_COMPLETE', left: ['Bystander'] } }, { [TOOL]: { images } });
    await world.destroy('Test');
    await publicEnds(world, fakes, {}, { [TOOL]: { images } });
  }),

  onPublic('29c public: retained, which is the default; the stack is deleted, it stays with its images', async (world, fakes) => {
    const images = await deployed(world, fakes, {});
    await world.destroy('Test');
    await publicEnds(world, fakes, {}, { [TOOL]: { images } });
  }),

  onPublic('29d public, empty: the stack is deleted, it stays and is empty', async (world, fakes) => {
    await deployed(world, fakes, { teardown: PublicTeardown.empty() });
    await world.destroy('Test');
    await publicEnds(world, fakes, {}, { [TOOL]: { images: [] } });
  }),

  onPublic('29e public: the create rolls back, what it made goes', async (world, fakes) => {
    fakes.ecrPublic.seed({ repositoryName: LEFT_ALONE, tags: TAGS, images: 4, kind: 'multiArch', ...fakes.here });
    await fakes.deploy(stack => {
      gallery({ teardown: DELETE })(stack);
      failing(stack);
    }, { expect: 'failed' });
    await publicEnds(world, fakes, { Test: { status: 'ROLLBACK_COMPLETE', left: [] } }, {});
  }),

  onPublic('29f public: an update of its catalog data rolls back; what was shown is shown again,'
    + ' every image stays', async (world, fakes) => {
    const images = await deployed(world, fakes, { teardown: DELETE });
    await fakes.deploy(stack => {
      gallery({ teardown: DELETE, catalogData: { ...CATALOG, description: 'Another tool' } })(stack);
      failing(stack);
    }, { expect: 'failed' });
    deepStrictEqual(shown(fakes).map(({ description }) => description), [CATALOG.description, 'Another tool', CATALOG.description]);
    await publicEnds(world, fakes, { Test: { status: 'UPDATE_ROLLBACK_COMPLETE', left: 'template' } }, {
      [TOOL]: { images, mark: ['Test', 'Gallery'] },
    });
  }),

  onPublic('29g public: its name changes, another is made and the old one stays with its images; the construct id changes,'
    + ' nothing happens', async (world, fakes) => {
    const images = await deployed(world, fakes, { teardown: DELETE });
    await fakes.deploy(gallery({ teardown: DELETE, repositoryName: 'team/renamed' }));
    const renamed = pushed(fakes, 'team/renamed');
    const updated = { Test: { status: 'UPDATE_COMPLETE', left: 'template' as const } };
    await publicEnds(world, fakes, updated, { [TOOL]: { images }, 'team/renamed': { images: renamed, mark: ['Test', 'Gallery'] } });
    await fakes.deploy(gallery({ teardown: DELETE, repositoryName: 'team/renamed' }, 'Shown'));
    await publicEnds(world, fakes, updated, { [TOOL]: { images }, 'team/renamed': { images: renamed, mark: ['Test', 'Shown'] } });
    await world.destroy('Test');
    await publicEnds(world, fakes, {}, { [TOOL]: { images } });
  }),

  onPublic('29h public: maxImages refuses; lifted with the printed command', async (world, fakes) => {
    const images = await deployed(world, fakes, { teardown: PublicTeardown.deleteWithImages({ maxImages: 2 }) });
    const { because, lift, code } = refusalOf(await world.destroy('Test', { expect: 'failed' }), TYPE);
    match(because, /^Public repository 'team\/tool' was not deleted: it holds 3 images, more than its maxImages of 2\. /);
    match(lift, /^aws ecr-public tag-resource --region us-east-1 /);
    const stacks = { Test: { status: 'DELETE_FAILED', left: world.logicalIds('Test').filter(id => id !== 'Bystander') } };
    await publicEnds(world, fakes, stacks, { [TOOL]: { images, mark: ['Test', 'Gallery'] } });
    await fakes.run(lift);
    await publicEnds(world, fakes, stacks, { [TOOL]: { images, tags: { ...TAGS, [CODE]: code }, mark: ['Test', 'Gallery'] } });
    await world.destroy('Test');
    await publicEnds(world, fakes, {}, {});
  }),

  onPublic('29i public: its statements leave the template and its policy goes; the update rolls back,'
    + ' and it is there again', async (world, fakes) => {
    const images = await deployed(world, fakes, { teardown: DELETE });
    const { policy } = fakes.ecrPublic.repository(TOOL, fakes.here);
    await fakes.deploy(stack => {
      gallery({ teardown: DELETE }, 'Gallery', false)(stack);
      failing(stack);
    }, { expect: 'failed' });
    deepStrictEqual(fakes.ecrPublic.repository(TOOL, fakes.here).policy, policy);
    await fakes.deploy(gallery({ teardown: DELETE }, 'Gallery', false));
    deepStrictEqual(fakes.ecrPublic.repository(TOOL, fakes.here).policy, undefined);
    await publicEnds(world, fakes, { Test: { status: 'UPDATE_COMPLETE', left: 'template' } }, {
      [TOOL]: { images, mark: ['Test', 'Gallery'] },
    });
  }),
];
