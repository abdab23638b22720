import { deepStrictEqual, match } from 'node:assert/strict';
import { CATALOG, DELETE, deployed, gallery, LEFT_ALONE, onPublic, publicEnds, pushed, shown, TOOL, TYPE } from './gallery';
import { refusalOf } from './refusal';
import type { Scene } from './scene';
import { bystander, failing, TAGS } from './subject';
import { CODE } from './world';
import { PublicTeardown } from '../../../src';

/** 29. A repository of ECR Public, in a stack of a Region without ECR Public. */
export const publicRepository: Scene[] = [
  onPublic('29a public: is created with catalog data, logo, policy, and tags, and is deleted with its images'
    + ' when the stack is deleted', async (world, fakes) => {
    await deployed(world, fakes, { teardown: DELETE });
    await world.destroy('Test');
    await publicEnds(world, fakes, {}, {});
    deepStrictEqual(await world.machinery(), { functions: [], roles: [], logGroups: [] });
    deepStrictEqual([...new Set(fakes.ecrPublic.calls.map(({ region }) => region))], ['us-east-1']);
  }),

  onPublic('29b public: removing it from the template keeps it with its images and without a mark', async (world, fakes) => {
    const images = await deployed(world, fakes, { teardown: DELETE });
    await fakes.deploy(stack => bystander(stack));
    await publicEnds(world, fakes, { Test: { status: 'UPDATE_COMPLETE', left: ['Bystander'] } }, { [TOOL]: { images } });
    await world.destroy('Test');
    await publicEnds(world, fakes, {}, { [TOOL]: { images } });
  }),

  onPublic('29c public: by default, deleting the stack retains it with its images', async (world, fakes) => {
    const images = await deployed(world, fakes, {});
    await world.destroy('Test');
    await publicEnds(world, fakes, {}, { [TOOL]: { images } });
  }),

  onPublic('29d public, empty: deleting the stack empties it and keeps it', async (world, fakes) => {
    await deployed(world, fakes, { teardown: PublicTeardown.empty() });
    await world.destroy('Test');
    await publicEnds(world, fakes, {}, { [TOOL]: { images: [] } });
  }),

  onPublic('29e public: a creation that rolls back deletes it', async (world, fakes) => {
    fakes.ecrPublic.seed({ repositoryName: LEFT_ALONE, tags: TAGS, images: 4, kind: 'multiArch', ...fakes.here });
    await fakes.deploy(stack => {
      gallery({ teardown: DELETE })(stack);
      failing(stack);
    }, { expect: 'failed' });
    await publicEnds(world, fakes, { Test: { status: 'ROLLBACK_COMPLETE', left: [] } }, {});
  }),

  onPublic('29f public: an update that rolls back restores the catalog data'
    + ' and keeps every image', async (world, fakes) => {
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

  onPublic('29g public: a new name creates a second repository and keeps the first with its images; a new construct id'
    + ' changes nothing', async (world, fakes) => {
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

  onPublic('29h public: the printed command lifts a refusal of maxImages', async (world, fakes) => {
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

  onPublic('29i public: removing all statements removes the policy, and a rollback'
    + ' restores it', async (world, fakes) => {
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
