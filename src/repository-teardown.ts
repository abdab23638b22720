import { Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { AccountAccess } from './account-access';
import { accessProblems } from './private/access/account-access';
import { refusalRule } from './private/events/refusals';
import { throwProblems } from './private/problems';
import { ACCESS, checkProps, KEY, PropertyTypes, REPOSITORY, required, TEARDOWN } from './private/property-types';
import { nativeRepository } from './private/repository/native-repository';
import { anotherStackProblem } from './private/repository/unowned-repository';
import { contradictions, tearDownOwned } from './private/teardown/owned-teardown';
import { tearDownUnowned } from './private/teardown/unowned-teardown';
import { Teardown } from './teardown';

/**
 * Properties of `RepositoryTeardown`.
 *
 * @stability stable
 */
export interface RepositoryTeardownProps {
  /**
   * Repository to tear down, imported from any Region or declared in the same stack. A repository in another account requires `access`.
   */
  readonly repository: aws_ecr.IRepositoryRef;

  /**
   * Role in the repository's account that the function assumes, usually the `access` of a `RepositoryAccessRole`.
   *
   * The Region of the stack must be known at synthesis, because it is part of the name of the function's role, which the other account
   * trusts.
   *
   * @default - the `access` that the repository was imported with, if any; otherwise the repository is in the account of the stack
   */
  readonly access?: AccountAccess;

  /**
   * Teardown of the repository and its images, which runs when this stack is deleted. For an imported repository, it must have a
   * `requireTag`.
   */
  readonly teardown: Teardown;

  /**
   * KMS key that encrypts an imported repository. Amazon ECR needs it to retire its grants on the key when the repository is deleted.
   *
   * If you omit the key of an encrypted repository, the repository is deleted too, but two grants remain on the key.
   *
   * @default - the repository is not encrypted with a KMS key
   * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html
   */
  readonly encryptionKey?: kms.IKey;
}

const PROPERTY_TYPES: PropertyTypes<RepositoryTeardownProps> = {
  repository: required(REPOSITORY), access: ACCESS, teardown: required(TEARDOWN), encryptionKey: KEY,
};

/**
 * Teardown of a repository that exists already, or that the same stack declares.
 *
 * For a repository of the same stack, this is the same as the `teardown` property of `Repository`. For an imported repository, the
 * deployment sets a tag that names this stack (the mark), and the stack deletes the repository only while it carries that mark. A
 * repository can have only one teardown.
 *
 * @throws if another stack of the app declares the repository, if it has a teardown already, if it is in another account and `access` is
 * missing, or if `requireTag` is missing for an imported repository
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepository.html
 *
 * @example
 * new RepositoryTeardown(this, 'LegacyTeardown', {
 *   repository: Repository.fromRepositoryName(this, 'Legacy', 'team/legacy'),
 *   teardown: Teardown.deleteWithImages({ requireTag: { key: 'stage', value: 'test' } }),
 * });
 * @stability stable
 */
export class RepositoryTeardown extends Construct {
  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Repository and its teardown.
   */
  constructor(scope: Construct, id: string, props: RepositoryTeardownProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    throwProblems(this.node.path, accessProblems(this, props.access));
    const native = nativeRepository(props.repository);
    if (!native) {
      tearDownUnowned(this, props.repository, props.teardown._plan, { encryptionKey: props.encryptionKey, role: props.access });
      return;
    }
    if (Stack.of(native) !== Stack.of(this)) {
      throwProblems(this.node.path, [anotherStackProblem(native, 'teardown')]);
    }
    if (props.access) throwProblems(this.node.path, ['\'access\' must not be set for a repository of the same stack']);
    if (props.encryptionKey) {
      throwProblems(this.node.path, ['\'encryptionKey\' must not be set for a repository of the same stack, which has its own setting for'
        + ' the key']);
    }
    throwProblems(this.node.path, contradictions(props.teardown._plan, {
      emptyOnDelete: native.emptyOnDelete === true,
      autoDeleteImages: props.repository.node.tryFindChild('AutoDeleteImagesCustomResource') !== undefined,
    }));
    tearDownOwned(this, 'Resource', native, props.teardown._plan);
  }

  /**
   * Creates a rule for the refusals of the teardown.
   *
   * AWS CloudFormation sends the event when the resource fails. Its detail contains the reasons, and the command that lifts the refusal if
   * there is one. The rule and its target are deleted after the resource.
   *
   * @param id ID of the rule, unique in the construct.
   * @param options Target of the rule, and further conditions.
   * @throws if the teardown removes nothing
   * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/event-detail-resource-status-change.html
   */
  public onRefused(id: string, options: events.OnEventOptions = {}): events.Rule {
    return refusalRule(this, id, options);
  }
}
