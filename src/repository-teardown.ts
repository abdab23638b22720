import { Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { AccountAccess } from './account-access';
import { accessProblems } from './private/access/account-access';
import { throwProblems } from './private/problems';
import { nativeRepository } from './private/repository/native-repository';
import { anotherStackProblem } from './private/repository/unowned-repository';
import { contradictions, tearDownOwned } from './private/teardown/owned-teardown';
import { tearDownForeign } from './private/teardown/unowned-teardown';
import { Teardown } from './teardown';

/** Properties of `RepositoryTeardown`. */
export interface RepositoryTeardownProps {
  /** The repository: imported, in any Region, or declared in the same stack. One of another account needs `access`. */
  readonly repository: aws_ecr.IRepositoryRef;

  /**
   * Role of the repository's account that the function assumes, usually the `access` of a `RepositoryAccessRole`.
   *
   * The Region of the stack must be known: it is part of the name of the function's role, which the other account trusts.
   *
   * @default - the access that the repository was imported with, if any; otherwise the repository is in the account of the stack
   */
  readonly access?: AccountAccess;

  /** What happens to the repository and its images when this stack is deleted. Needs `requireTag` for an imported repository. */
  readonly teardown: Teardown;

  /**
   * KMS key of an imported repository, so that ECR can retire its grants on the key when the repository is deleted.
   *
   * @default - the repository is taken to be encrypted with AES-256; with a KMS key it is deleted all the same, but two grants stay on the key
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
   */
  readonly encryptionKey?: kms.IKey;
}

/**
 * Attaches a teardown to a repository.
 *
 * On a repository of the same stack this is the same as the `teardown` property of `Repository`. On an imported one a
 * mark is left in its tags at deploy, and only a stack whose mark it carries deletes it.
 *
 * @throws when another stack of the app declares the repository, when it has a teardown already, when it is in another
 * account and no access is given, or when a required guard is missing
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html
 *
 * @example
 * new RepositoryTeardown(this, 'LegacyTeardown', {
 *   repository: Repository.fromRepositoryName(this, 'Legacy', 'team/legacy'),
 *   teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } }),
 * });
 */
export class RepositoryTeardown extends Construct {
  constructor(scope: Construct, id: string, props: RepositoryTeardownProps) {
    super(scope, id);
    throwProblems(this.node.path, accessProblems(this, props.access));
    const native = nativeRepository(props.repository);
    if (!native) {
      tearDownForeign(this, props.repository, props.teardown._plan, { encryptionKey: props.encryptionKey, role: props.access });
      return;
    }
    if (Stack.of(native) !== Stack.of(this)) {
      throwProblems(this.node.path, [anotherStackProblem(native, 'teardown')]);
    }
    if (props.access) throwProblems(this.node.path, ['\'access\' must not be given for a repository of the same stack']);
    if (props.encryptionKey) throwProblems(this.node.path, ['\'encryptionKey\' must not be given for a repository of the same stack, which names its own']);
    throwProblems(this.node.path, contradictions(props.teardown._plan, {
      emptyOnDelete: native.emptyOnDelete === true,
      autoDeleteImages: props.repository.node.tryFindChild('AutoDeleteImagesCustomResource') !== undefined,
    }));
    tearDownOwned(this, 'Resource', native, props.teardown._plan);
  }
}
