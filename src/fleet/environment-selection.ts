import { AccountAccess } from '../account-access';
import { throwProblems } from '../private/problems';
import { ACCESS, checkOptions, listOf, PropertyTypes, required, struct, TEXT } from '../private/property-types';
import { environmentProblems, organizationProblems, SelectedEnvironments } from '../private/shield/searched-environments';

/**
 * Account and Region that an `ImageShield` searches for images in use.
 *
 * @stability stable
 */
export interface SearchedEnvironment {
  /**
   * Account ID, 12 digits.
   *
   * @default - the account of the stack of the shield
   */
  readonly account?: string;

  /** Region, such as `eu-west-1`. */
  readonly region: string;

  /**
   * Role in the account. `ImageUseRole` declares it. Required for another account than that of the stack.
   *
   * @default - the functions of the shield search with their own permissions
   */
  readonly access?: AccountAccess;
}

/**
 * Options of `EnvironmentSelection.organization`.
 *
 * @stability stable
 */
export interface OrganizationOptions {
  /** Name of the role in each account, such as the `roleName` of an `ImageUseRole`. Can begin with a path, such as `team/image-use`. */
  readonly roleName: string;

  /**
   * External ID that the functions of the shield send when they assume a role, 2 to 1,224 characters.
   *
   * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
   */
  readonly externalId: string;

  /** Regions to search in each account, at least one. The accounts and the policies of the organization must allow them. */
  readonly regions: string[];

  /**
   * IDs of accounts that are not searched. What was last seen there is released after `keepAfterUse`.
   *
   * Exclude the management account if you deploy the role with a service-managed stack set, which does not deploy there.
   *
   * @default - every active account is searched
   */
  readonly excludedAccounts?: string[];

  /**
   * Role that may list the accounts of the organization, in its management account or the account of a delegated administrator.
   * `ImageUseRole` with `canListAccounts` declares it.
   *
   * @default - the stack of the shield is in such an account
   * @see https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
   */
  readonly access?: AccountAccess;
}

const ENVIRONMENT_TYPES: PropertyTypes<SearchedEnvironment> = { account: TEXT, region: required(TEXT), access: ACCESS };

const ORGANIZATION_TYPES: PropertyTypes<OrganizationOptions> = {
  roleName: required(TEXT), externalId: required(TEXT), regions: required(listOf(TEXT)), excludedAccounts: listOf(TEXT), access: ACCESS,
};

/**
 * Environments in which an `ImageShield` searches for images in use. An environment is an account and a Region.
 *
 * The account and Region of the stack of the shield are always searched.
 *
 * @stability stable
 */
export class EnvironmentSelection {
  /**
   * Selects the listed environments.
   *
   * @param environments Accounts and Regions, at least one.
   * @throws if an environment is invalid, with all problems in one error
   */
  public static of(...environments: SearchedEnvironment[]): EnvironmentSelection {
    checkOptions('EnvironmentSelection.of', { environments }, { environments: required(listOf(struct(ENVIRONMENT_TYPES))) });
    throwProblems('EnvironmentSelection.of', environmentProblems(environments));
    return new EnvironmentSelection({ listed: environments });
  }

  /**
   * Selects Regions of the active accounts of an organization in AWS Organizations. Each run lists the accounts, so a new account is
   * searched without a deployment.
   *
   * If an account in which images were last seen leaves the organization or is closed, that is a finding. Nothing that was last seen there
   * is released until you add the account to `excludedAccounts`.
   *
   * @param options Role in the accounts, and Regions.
   * @throws if an option is invalid, with all problems in one error
   * @see https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts.html
   */
  public static organization(options: OrganizationOptions): EnvironmentSelection {
    checkOptions('EnvironmentSelection.organization', options, ORGANIZATION_TYPES);
    throwProblems('EnvironmentSelection.organization', organizationProblems(options));
    return new EnvironmentSelection({ organization: options });
  }

  /** @internal */
  private constructor(public readonly _selected: SelectedEnvironments) {}
}
