import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { throwProblems } from '../private/problems';
import { checkOptions, listOf, REPOSITORY, required, TEXT } from '../private/property-types';
import { prefixProblems, SelectedRepositories } from '../private/shield/selected-repositories';

/**
 * Repositories in which an `ImageShield` may tag images: those of the shield, or of the account of an `ImageUseRole`.
 *
 * @stability stable
 */
export class RepositorySelection {
  /** Selects every private repository of the registry, including repositories that are created later. */
  public static all(): RepositorySelection {
    return new RepositorySelection({ all: true });
  }

  /**
   * Selects the repositories whose names begin with one of the prefixes, including repositories that are created later.
   *
   * @param prefixes Beginnings of repository names, such as `team/`, at least one. They must be known when the app is synthesized, and none
   * of them can begin with another one.
   * @throws if a prefix is invalid, with all problems in one error
   */
  public static prefixes(...prefixes: string[]): RepositorySelection {
    checkOptions('RepositorySelection.prefixes', { prefixes }, { prefixes: required(listOf(TEXT)) });
    throwProblems('RepositorySelection.prefixes', prefixProblems(prefixes));
    return new RepositorySelection({ prefixes });
  }

  /**
   * Selects the listed repositories.
   *
   * In the policy of a listed repository, use `LifecycleRule.keep('in-use-*')`, with the `tagPrefix` of the shield, instead of `keepRule`,
   * because the repository is declared before the shield.
   *
   * @param repositories Repositories in the account and Region of the shield, or in the account of the role, at least one. A few hundred
   * repositories are possible, depending on the length of their names.
   * @throws if no repository is listed
   */
  public static of(...repositories: aws_ecr.IRepositoryRef[]): RepositorySelection {
    checkOptions('RepositorySelection.of', { repositories }, { repositories: required(listOf(REPOSITORY)) });
    throwProblems('RepositorySelection.of', repositories.length > 0 ? []
      : ['\'repositories\' must contain at least one repository, got none. To select every repository, use all()']);
    return new RepositorySelection({ repositories });
  }

  /** @internal */
  private constructor(public readonly _selected: SelectedRepositories) {}
}
