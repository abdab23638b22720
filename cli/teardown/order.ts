import type { RequiredTag } from '../../src/core/images/guards';
import type { ServiceUser } from '../../src/core/images/image-user';
import type { Exceptions } from '../../src/core/images/kept-images';
import type { TeardownGuards } from '../../src/core/teardown/guards';

/** The request on the command line, after validation. */
export interface Order {
  readonly subject: NamedRepositories | PrefixRepositories;
  /** If empty, the Region of the environment or the profile. */
  readonly regions: readonly string[];
  readonly isPublic: boolean;
  readonly action: 'DELETE' | 'EMPTY';
  readonly exceptions: Exceptions;
  readonly guards: Omit<TeardownGuards, 'inUseBy'>;
  readonly inUseBy: ReadonlyArray<ServiceUser['service']>;
  /** Whether the exit code is 1 if a repository does not exist. */
  readonly failsOnAbsence: boolean;
}

export interface NamedRepositories {
  readonly names: readonly string[];
}

export interface PrefixRepositories {
  readonly prefix: string;
  readonly requireTag: RequiredTag;
  /** Maximum number of repositories. More repositories are refused as a likely mistake. */
  readonly maxRepositories: number;
}
