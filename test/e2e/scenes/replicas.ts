import { match } from 'node:assert/strict';
import { Tags } from 'aws-cdk-lib';
import type { Fakes } from './fakes';
import { Held, HERE, legacy, LEGACY, locallyEnds, stockedLocally, THERE } from './on-local-ecr';
import { refusalOf } from './refusal';
import { onBoth, onEmulator, Scene } from './scene';
import { bystander, OWNED, STAGE, TAGS } from './subject';
import { MARK, World } from './world';
import { Repository, Teardown } from '../../../src';

const WITH_REPLICA = { replicaRegions: [THERE] };

/** Creates the source and its replica, which has no tags. */
function replicated(fakes: Fakes): string[] {
  fakes.ecr.local.replicate({ from: { ...fakes.here, region: HERE }, to: [{ ...fakes.here, region: THERE }] });
  return stockedLocally(fakes);
}

const heldBy = (world: World, images: readonly string[], replica = images): Held => ({
  [HERE]: { tags: { ...TAGS, [MARK]: world.mark('Test', 'Legacy') }, images },
  [THERE]: { tags: {}, images: replica },
});

async function refused(world: World, fakes: Fakes, because: RegExp, held: Held): Promise<string> {
  const refusal = refusalOf(await world.destroy('Test', { expect: 'failed' }));
  match(refusal.because, because);
  const left = world.logicalIds('Test').filter(id => id !== 'Bystander');
  await locallyEnds(world, fakes, { Test: { status: 'DELETE_FAILED', left } }, held);
  return refusal.lift;
}

/** 26. Runs on local-ecr, because the emulator's ECR does not replicate. */
export const replicas: Scene[] = [
  onBoth('26a replicas: the replica in the listed Region is deleted with its source', async (world, fakes) => {
    const images = replicated(fakes);
    await fakes.deploy(legacy(WITH_REPLICA));
    await locallyEnds(world, fakes, { Test: { status: 'CREATE_COMPLETE', left: 'template' } }, heldBy(world, images));
    await world.destroy('Test');
    await locallyEnds(world, fakes, {}, {});
  }),

  onBoth('26b replicas: a replica in a Region that is not listed is kept', async (world, fakes) => {
    const images = replicated(fakes);
    await fakes.deploy(legacy({}));
    await world.destroy('Test');
    await locallyEnds(world, fakes, {}, { [THERE]: { tags: {}, images } });
  }),

  onBoth('26c replicas: a repository with an image that the source lacks is refused, and is kept after the refusal is'
    + ' lifted', async (world, fakes) => {
    const images = replicated(fakes);
    const own = fakes.ecr.local.addImage({
      repositoryName: LEGACY, tags: ['hotfix'], annotations: { only: THERE }, ...fakes.here, region: THERE,
    });
    const replica = [...images, own].sort();
    await fakes.deploy(legacy(WITH_REPLICA));
    const lift = await refused(world, fakes,
      /the repository of the same name in eu-west-1 is not its replica: it holds 1 image that the source does not hold \([^)]*\): hotfix; that repository is kept/,
      heldBy(world, images, replica));
    await fakes.run(lift);
    await world.destroy('Test');
    await locallyEnds(world, fakes, {}, { [THERE]: { tags: {}, images: replica } });
  }),

  onBoth('26d replicas: more images than maxImages in the replica are refused before any deletion; after the code, both are'
    + ' deleted', async (world, fakes) => {
    const images = replicated(fakes);
    await fakes.deploy(legacy({ ...WITH_REPLICA, maxImages: 9 }));
    const lift = await refused(
      world, fakes, /it holds 10 images, more than its maxImages of 9; and in eu-west-1, it holds 10 images/, heldBy(world, images),
    );
    await fakes.run(lift);
    await world.destroy('Test');
    await locallyEnds(world, fakes, {}, {});
  }),

  onBoth('26e replicas: removing the teardown from the template keeps both repositories', async (world, fakes) => {
    const images = replicated(fakes);
    await fakes.deploy(legacy(WITH_REPLICA));
    await fakes.deploy(stack => bystander(stack));
    const stays = { [HERE]: { tags: TAGS, images }, [THERE]: { tags: {}, images } };
    await locallyEnds(world, fakes, { Test: { status: 'UPDATE_COMPLETE', left: ['Bystander'] } }, stays);
    await world.destroy('Test');
    await locallyEnds(world, fakes, {}, stays);
  }),

  onEmulator('26f owned, replicas: a repository of the same name that is no replica is refused,'
    + ' and is kept after the refusal is lifted', async world => {
    const there = await world.elsewhere({ region: THERE });
    await there.createRepository(OWNED.repository, TAGS);
    await there.push(OWNED.repository);
    await world.deploy('Test', stack => {
      const repository = new Repository(stack, 'App', {
        repositoryName: OWNED.repository, teardown: Teardown.deleteWithImages(WITH_REPLICA),
      });
      Tags.of(repository).add(STAGE.key, STAGE.value);
    });
    await world.push(OWNED.repository);
    const { because, lift } = refusalOf(await world.destroy('Test', { expect: 'failed' }));
    match(because, /in eu-west-1 is not its replica: the registry does not replicate it to this Region; that repository is kept/);
    await world.ends({
      stacks: { Test: { status: 'DELETE_FAILED', left: 'template' } },
      repositories: { [OWNED.repository]: { tags: TAGS, mark: ['Test', OWNED.teardown] } },
    });
    await world.run(lift);
    await world.destroy('Test');
    await world.ends({ stacks: {}, repositories: {} });
    await there.ends({ stacks: {}, repositories: { [OWNED.repository]: { tags: TAGS } } });
  }),
];
