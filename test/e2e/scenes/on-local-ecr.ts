import { deepStrictEqual } from 'node:assert/strict';
import type { Stack } from 'aws-cdk-lib';
import type { Fakes } from './fakes';
import { bystander, STAGE, TAGS } from './subject';
import type { End, World } from './world';
import { DeleteWithImagesOptions, Repository, RepositoryTeardown, Teardown } from '../../../src';

export const HERE = 'us-east-1';
export const THERE = 'eu-west-1';
export const LEGACY = 'team/legacy';

/** Tags and digests by Region. An omitted Region must not have the repository. */
export type Held = Readonly<Record<string, { readonly tags: Record<string, string>; readonly images: readonly string[] }>>;

/** Declares the teardown of a repository that exists only in local-ecr, in a stack that is never empty. */
export const legacy = (options: DeleteWithImagesOptions) => (stack: Stack) => {
  bystander(stack);
  const repository = Repository.fromRepositoryName(stack, 'Import', LEGACY);
  new RepositoryTeardown(stack, 'Legacy', { repository, teardown: Teardown.deleteWithImages({ requireTag: STAGE, ...options }) });
};

/** Creates the repository with ten images, including archived images and indexes. */
export function stockedLocally({ ecr: { local }, here }: Fakes, region = HERE): string[] {
  local.seed({ repositoryName: LEGACY, tags: TAGS, images: 10, kind: 'multiArch', archived: 2, ...here, region });
  return digestsIn(local.repository(LEGACY, { ...here, region }));
}

function digestsIn({ images }: { readonly images: readonly { readonly digest: string }[] }): string[] {
  return images.map(({ digest }) => digest).sort();
}

/** Checks the stacks, and the tags and digests of the repository in both Regions. */
export async function locallyEnds(world: World, { ecr: { local }, here }: Fakes, stacks: End['stacks'], held: Held): Promise<void> {
  await world.ends({ stacks, repositories: {} });
  const live = [HERE, THERE].flatMap(region => {
    const found = local.repository(LEGACY, { ...here, region });
    return found.exists ? [[region, { tags: found.tags, images: digestsIn(found) }]] : [];
  });
  deepStrictEqual(Object.fromEntries(live), held);
}
