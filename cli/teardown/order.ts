import type { Exceptions } from '../../src/core/images/kept-images';
import type { ImageUser } from '../../src/core/lifecycle/guard';
import type { RequiredTag, TeardownGuards } from '../../src/core/teardown/guards';

/** What is asked for on the command line, and found to be sensible. */
export interface Order {
  readonly subject: NamedRepositories | RepositoriesUnderPrefix;
  /** None: the one that the environment or the profile names. */
  readonly regions: readonly string[];
  readonly isPublic: boolean;
  readonly action: 'DELETE' | 'EMPTY';
  readonly exceptions: Exceptions;
  readonly guards: Omit<TeardownGuards, 'inUseBy'>;
  readonly inUseBy: ReadonlyArray<ImageUser['service']>;
}

export interface NamedRepositories {
  readonly names: readonly string[];
}

export interface RepositoriesUnderPrefix {
  readonly prefix: string;
  readonly requireTag: RequiredTag;
  /** More of them are taken for a mistake. */
  readonly most: number;
}
