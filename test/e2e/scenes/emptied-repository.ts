import { Stack, Tags } from 'aws-cdk-lib';
import { bystander, IMPORTED, OWNED, STAGE, Subject, TAGS } from './subject';
import type { World } from './world';
import { EmptyRepositoryOptions, Repository, RepositoryTeardown, Teardown } from '../../../src';

/** A repository that is emptied and kept when its stack is deleted. */
export interface Emptied extends Pick<Subject, 'kind' | 'repository'> {
  declare(stack: Stack, options: EmptyRepositoryOptions | undefined, id?: string): void;
  /** Returns the beginning of the logical id of its teardown, for a construct id. */
  teardown(id?: string): string;
}

const OWNED_EMPTIED: Emptied = {
  kind: 'owned',
  repository: OWNED.repository,
  declare: (stack, options, id) => {
    const repository = new Repository(stack, 'App', {
      repositoryName: OWNED.repository, ...options && id === undefined && { teardown: Teardown.empty(options) },
    });
    Tags.of(repository).add(STAGE.key, STAGE.value);
    if (options && id !== undefined) new RepositoryTeardown(stack, id, { repository, teardown: Teardown.empty(options) });
  },
  teardown: (id = 'AppTeardown') => id,
};

const IMPORTED_EMPTIED: Emptied = {
  kind: 'imported',
  repository: IMPORTED.repository,
  declare: (stack, options, id = 'Legacy') => {
    const repository = Repository.fromRepositoryName(stack, 'Import', IMPORTED.repository);
    if (options) new RepositoryTeardown(stack, id, { repository, teardown: Teardown.empty({ requireTag: STAGE, ...options }) });
  },
  teardown: (id = 'Legacy') => id,
};

export const EMPTIED = [OWNED_EMPTIED, IMPORTED_EMPTIED];

/** Declares the subject in a stack that is never empty. */
export const emptying = (subject: Emptied, options: EmptyRepositoryOptions | undefined, id?: string) => (stack: Stack) => {
  bystander(stack);
  subject.declare(stack, options, id);
};

/** Deploys the stack, pushes five images, and returns the digests of the multi-architecture image. */
export async function deployedToBeEmptied(world: World, subject: Emptied, options: EmptyRepositoryOptions, id?: string): Promise<string[]> {
  const { kind, repository } = subject;
  if (kind === 'imported') await world.createRepository(repository, TAGS);
  const before = kind === 'imported' ? await world.push(repository) : [];
  await world.deploy('Test', emptying(subject, options, id));
  const multi = kind === 'owned' ? await world.push(repository) : before;
  await stands(world, subject, 'CREATE_COMPLETE', id);
  return multi;
}

/** Checks the status of the stack, its resources, the mark of the repository, and its images. */
export async function stands(world: World, { repository, teardown }: Emptied, status: string, id?: string): Promise<void> {
  await world.ends({
    stacks: { Test: { status, left: 'template' } },
    repositories: { [repository]: { tags: TAGS, mark: ['Test', teardown(id)] } },
  });
}
