import {
  GetLifecyclePolicyPreviewCommand, StartLifecyclePolicyPreviewCommand, UpdateImageStorageClassCommand,
} from '@aws-sdk/client-ecr';
import { archive } from './archive';
import { policyOf, preview } from './lifecycle-preview';
import type { FakesWorld, Probe, ProbeWorld } from './probe';
import { push, pushIndex } from './push';

const SIMULATED = {
  fake: 'local-ecr/lifecycle-simulation.ts', rests: ['src/core/lifecycle/simulate.ts'], otherwise: 'docs/reference/command-line.md',
} as const;
const GUARDED = {
  fake: 'local-ecr/operations/lifecycle-preview.ts',
  rests: ['lambda/shared/lifecycle/preview.ts'],
  otherwise: 'test/lambda/lifecycle-guard/readings.test.ts',
} as const;
const DAY = 86_400_000;
const OLDER_THAN_A_DAY = { countType: 'sinceImagePushed', countUnit: 'days' };

/** Archives an image, and begins to restore it. */
async function restore(world: FakesWorld, repositoryName: string, imageDigest: string): Promise<void> {
  await archive(world, repositoryName, imageDigest);
  await world.clients.ecr.send(new UpdateImageStorageClassCommand({
    repositoryName, imageId: { imageDigest }, targetStorageClass: 'STANDARD',
  }));
}

/** Returns whether a rule selects the only image that it can select. */
async function selection(world: FakesWorld, repositoryName: string, rule: Parameters<typeof preview>[2]): Promise<string> {
  const { summary } = await preview(world, repositoryName, rule);
  return summary?.expiringImageTotalCount === 1 ? 'selected' : 'not selected';
}

/** Creates a repository with two images. */
async function twoImages(world: ProbeWorld): Promise<string> {
  const repositoryName = await world.repository();
  for (const seed of [1, 2]) await push(world.clients.ecr, repositoryName, { seed });
  return repositoryName;
}

/** Which images the rules of a lifecycle policy select, and when previews show that. */
export const LIFECYCLE_EVALUATION = [
  {
    id: 'age-to-the-millisecond',
    fact: 'A rule for images older than a day selects an image that is a day and a second old',
    assumed: 'selected',
    other: 'not selected',
    ...SIMULATED,
    obstacle: 'needs an image that is a day old',
    async ask(world) {
      const repositoryName = await world.repository();
      await push(world.clients.ecr, repositoryName);
      await world.wait(DAY + 1_000);
      return selection(world, repositoryName, OLDER_THAN_A_DAY);
    },
  },
  {
    id: 'activated-age',
    fact: 'A rule for old images uses the time of the restoration instead of the push if an image was archived and restored',
    assumed: 'not selected',
    other: 'selected',
    ...SIMULATED,
    obstacle: 'needs an image that was restored, and that was pushed a day before',
    async ask(world) {
      const repositoryName = await world.repository();
      const { digest } = await push(world.clients.ecr, repositoryName);
      await world.wait(3 * DAY);
      await restore(world, repositoryName, digest);
      world.fakes.ecr.finishRestores(repositoryName);
      return selection(world, repositoryName, OLDER_THAN_A_DAY);
    },
  },
  {
    id: 'activating-is-archived',
    fact: 'A rule for images that are not archived does not select an image that is being restored',
    assumed: 'not selected',
    other: 'selected',
    ...SIMULATED,
    fake: 'local-ecr/lifecycle-preview.ts',
    obstacle: 'needs an image that is still being restored when a preview ends',
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      const { digest } = await push(ecr, repositoryName, { seed: 1 });
      await restore(world, repositoryName, digest);
      await push(ecr, repositoryName, { seed: 2 });
      return selection(world, repositoryName, {});
    },
  },
  {
    id: 'index-children-counted',
    fact: 'A rule for a number of untagged images counts the images of an index, too',
    assumed: 'counted',
    other: 'not counted',
    ...SIMULATED,
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await world.repository();
      await push(ecr, repositoryName, { seed: 1 });
      await world.wait(2_000);
      await pushIndex(ecr, repositoryName, [await push(ecr, repositoryName, { seed: 2 })], 'v1');
      const { summary } = await preview(world, repositoryName, { tagStatus: 'untagged' });
      return summary?.expiringImageTotalCount === 0 ? 'not counted' : 'counted';
    },
  },
  {
    id: 'preview-snapshot',
    fact: 'The result of a preview does not change if an image is pushed later',
    assumed: 'unchanged',
    other: 'changed',
    ...GUARDED,
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await twoImages(world);
      await preview(world, repositoryName, {});
      await push(ecr, repositoryName, { seed: 3 });
      const { summary } = await ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName }));
      return summary?.expiringImageTotalCount === 1 ? 'unchanged' : 'changed';
    },
  },
  {
    id: 'preview-incomplete-empty',
    fact: 'A preview that is in progress has no results',
    assumed: 'no results',
    other: 'results',
    ...GUARDED,
    async ask(world) {
      const { ecr } = world.clients;
      const repositoryName = await twoImages(world);
      await ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText: policyOf([{}]) }));
      const { status, previewResults = [] } = await ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName }));
      if (status !== 'IN_PROGRESS') throw new Error(`the preview was already ${status}`);
      return previewResults.length === 0 ? 'no results' : 'results';
    },
  },
] as const satisfies readonly Probe[];
