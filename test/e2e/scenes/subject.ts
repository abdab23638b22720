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

/** A repository and how it comes by its teardown. Most scenes are played with each kind. */
export interface Subject {
  readonly kind: 'owned' | 'imported';
  readonly repository: string;
  /** What the logical id of the teardown begins with. */
  readonly teardown: string;
  /** Declares what the subject is without a teardown; with guards, its teardown too. */
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

/** Another resource of the stack, so that a template is never empty. */
export function bystander(stack: Stack, id = 'Bystander'): void {
  new CfnWaitConditionHandle(stack, id);
}

/** A resource that fails a second after everything that was declared before it has been made: nobody signals. */
export function failing(stack: Stack, id = 'Failing', seconds = 1): void {
  const others = stack.node.children.filter(child => child.node.id !== 'BootstrapVersion' && child.node.id !== 'CheckBootstrapVersion');
  const handle = new CfnWaitConditionHandle(stack, `${id}Handle`);
  const condition = new CfnWaitCondition(stack, id, { handle: handle.ref, timeout: String(seconds), count: 1 });
  others.filter(child => !(child instanceof CfnWaitConditionHandle)).forEach(child => condition.node.addDependency(child));
}

/** aws-ecr's own repository, with a teardown attached under this construct id. */
export function attached(stack: Stack, id: string, guards: Guards = {}): ecr.Repository {
  const repository = new ecr.Repository(stack, 'Plain', { repositoryName: 'team/plain' });
  Tags.of(repository).add(STAGE.key, STAGE.value);
  new RepositoryTeardown(stack, id, { repository, teardown: Teardown.deleteWithImages(guards) });
  return repository;
}
