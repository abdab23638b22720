import { CfnWaitCondition, CfnWaitConditionHandle, Duration, Stack, Tags } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Repository, RepositoryTeardown, Teardown } from '../../../src';

export const STAGE = { key: 'stage', value: 'test' };
export const TAGS = { stage: 'test' };

export interface Guards {
  readonly maxImages?: number;
  readonly protectedTags?: string[];
  readonly pushedWithin?: Duration;
  readonly requireTag?: { readonly key: string; readonly value: string };
}

/** A kind of repository with a teardown. Most scenes run with each kind. */
export interface Subject {
  readonly kind: 'owned' | 'imported';
  readonly repository: string;
  /** Beginning of the logical id of the teardown. */
  readonly teardown: string;
  /** Declares the subject, with a teardown if guards are given. */
  declare(stack: Stack, guards?: Guards): void;
}

export const OWNED: Subject = {
  kind: 'owned',
  repository: 'team/app',
  teardown: 'AppTeardown',
  declare: (stack, guards) => {
    const repository = new Repository(stack, 'App', {
      repositoryName: 'team/app', ...guards && { teardown: Teardown.deleteWithImages(guards) },
    });
    Tags.of(repository).add(STAGE.key, STAGE.value);
  },
};

export const IMPORTED: Subject = {
  kind: 'imported',
  repository: 'team/legacy',
  teardown: 'Legacy',
  declare: (stack, guards) => {
    const repository = Repository.fromRepositoryName(stack, 'Import', 'team/legacy');
    if (guards) {
      new RepositoryTeardown(stack, 'Legacy', { repository, teardown: Teardown.deleteWithImages({ requireTag: STAGE, ...guards }) });
    }
  },
};

export const SUBJECTS = [OWNED, IMPORTED];

/** Declares an unrelated resource, so that a template is never empty. */
export function bystander(stack: Stack, id = 'Bystander'): void {
  new CfnWaitConditionHandle(stack, id);
}

/** Declares a resource that fails one second after all earlier resources are created, because it gets no signal. */
export function failing(stack: Stack, id = 'Failing', seconds = 1): void {
  const others = stack.node.children.filter(child => child.node.id !== 'BootstrapVersion' && child.node.id !== 'CheckBootstrapVersion');
  const handle = new CfnWaitConditionHandle(stack, `${id}Handle`);
  const condition = new CfnWaitCondition(stack, id, { handle: handle.ref, timeout: String(seconds), count: 1 });
  others.filter(child => !(child instanceof CfnWaitConditionHandle)).forEach(child => condition.node.addDependency(child));
}

/** Declares a repository of aws-ecr, with a teardown under this construct id. */
export function attached(stack: Stack, id: string, guards: Guards = {}): ecr.Repository {
  const repository = new ecr.Repository(stack, 'Plain', { repositoryName: 'team/plain' });
  Tags.of(repository).add(STAGE.key, STAGE.value);
  new RepositoryTeardown(stack, id, { repository, teardown: Teardown.deleteWithImages(guards) });
  return repository;
}
