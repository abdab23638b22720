import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { RepositorySelection } from './repository-selection';
import { AccountAccess } from '../account-access';
import { ImageUse } from '../image-use';
import { createTrustedRole, TRUSTED_STACK, trustProblems } from '../private/access/trusted-stack';
import { throwProblems } from '../private/problems';
import { checkProps, FLAG, instanceOf, listOf, PropertyTypes, required, TEXT } from '../private/property-types';
import { IMAGE_SHIELD_COLLECT_FUNCTION, IMAGE_SHIELD_PROTECT_FUNCTION, IMAGE_SHIELD_REPORT_FUNCTION } from '../private/shield/descriptors';
import { imageUseStatements, useRoleProblems } from '../private/shield/image-use-permissions';
import { TrustedStack } from '../repository-access-role';

/**
 * Properties of `ImageUseRole`.
 *
 * @stability stable
 */
export interface ImageUseRoleProps {
  /** Stack of the image shield in the other account. The stack does not have to exist yet. */
  readonly trusted: TrustedStack;

  /**
   * External ID that the shield sends when it assumes the role, 2 to 1,224 characters.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
   */
  readonly externalId: string;

  /**
   * Services that the shield may search in the account. Must include the services in the `usedBy` of the shield,
   * and `newestTaskDefinitions` if the shield has it.
   *
   * @default [ImageUse.ecs({ newestTaskDefinitions: 1 }), ImageUse.lambdaFunctions()]
   */
  readonly usedBy?: ImageUse[];

  /**
   * Regions in which the role has permissions, at least one.
   *
   * @default - all Regions
   */
  readonly regions?: string[];

  /**
   * Repositories of the account in which the shield may protect images, for example replicas from which workloads pull. The role can add
   * and remove any tag in them, because IAM cannot allow some tags only.
   *
   * @default - the role can read only; images in use from the registry of the account are findings of the shield
   */
  readonly repositories?: RepositorySelection;

  /**
   * Whether the shield may list the accounts of the organization with the role. The account must be the management account or that of a
   * delegated administrator.
   *
   * @default false
   * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
   */
  readonly canListAccounts?: boolean;

  /**
   * Name of the role. Set it if the shield is in another app, or if it searches an organization.
   *
   * @default - a name that CloudFormation generates, or that CDK generates if a stack of another environment uses `access`
   */
  readonly roleName?: string;
}

const PROPERTY_TYPES: PropertyTypes<ImageUseRoleProps> = {
  trusted: TRUSTED_STACK,
  externalId: required(TEXT),
  usedBy: listOf(instanceOf('ImageUse', 'ImageUse.ecs()')),
  regions: listOf(TEXT),
  repositories: instanceOf('RepositorySelection', 'RepositorySelection.prefixes(\'team/\')'),
  canListAccounts: FLAG,
  roleName: TEXT,
};

/**
 * IAM role that lets an `ImageShield` of another account find the images in use in this account.
 *
 * Deploy the role in each account with workloads, before the shield. A stack set can deploy it in all accounts of an organization. Only the
 * functions of the shield can assume it.
 *
 * @throws if a property is invalid, with all problems in one error
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_aws-accounts.html
 *
 * @example
 * new fleet.ImageUseRole(this, 'ImageUse', {
 *   trusted: { stackName: 'Shield', account: '111111111111', region: 'eu-west-1' },
 *   externalId: 'image-shield',
 *   roleName: 'image-use',
 * });
 * @stability stable
 */
export class ImageUseRole extends Construct {
  /**
   * Role and external ID, for the `access` of a `SearchedEnvironment`.
   *
   * A stack of the same app can use this value in another environment. The stack of the role then needs an account and a Region (`env`),
   * and is deployed first.
   */
  public readonly access: AccountAccess;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Trusted stack, and permissions of the role.
   */
  constructor(scope: Construct, id: string, props: ImageUseRoleProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const { trusted, externalId, regions = ['*'], canListAccounts = false } = props;
    const usedBy = props.usedBy ?? [ImageUse.ecs({ newestTaskDefinitions: 1 }), ImageUse.lambdaFunctions()];
    const users = usedBy.map(({ _user }) => _user);
    const selected = props.repositories?._selected;
    const permissions = { users, regions, selected };
    throwProblems(this.node.path, [...trustProblems(trusted, externalId), ...useRoleProblems(this, permissions, props.roleName)]);
    const handlers = [
      IMAGE_SHIELD_COLLECT_FUNCTION,
      ...selected === undefined ? [] : [IMAGE_SHIELD_PROTECT_FUNCTION],
      ...canListAccounts ? [IMAGE_SHIELD_REPORT_FUNCTION] : [],
    ].map(({ handler }) => handler);
    this.access = createTrustedRole(this, {
      roleName: props.roleName,
      description: `cdk-ecr-keeper: lets the image shield of stack ${trusted.stackName} of account ${trusted.account} find images in use`,
      trusted,
      externalId,
      handlers,
      statements: [
        ...imageUseStatements(this, permissions),
        ...canListAccounts ? [new iam.PolicyStatement({ actions: ['organizations:ListAccounts'], resources: ['*'] })] : [],
      ],
    });
  }
}
