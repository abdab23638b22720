import { Stack, Token } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';
import { ROLE_NAME_WITH_PATH } from '../../core/environment';
import type { ImageUser } from '../../core/images/image-user';
import type { Environment, EnvironmentPlan } from '../../core/shield/environments';
import type { RoleToAssume } from '../../core/wire/location';
import { accessProblems, accessValueProblems, externalIdProblems, roleAccountProblems } from '../access/account-access';
import { mustBeKnown } from '../guards';
import { accountIdProblems, regionProblems } from '../problems';

/** Environments that a user selects for an image shield, beyond the account and Region of its stack. */
export interface SelectedEnvironments {
  readonly listed?: readonly SelectedEnvironment[];
  readonly organization?: SelectedOrganization;
}

export interface SelectedEnvironment {
  readonly account?: string;
  readonly region: string;
  readonly access?: RoleToAssume;
}

export interface SelectedOrganization {
  readonly roleName: string;
  readonly externalId: string;
  readonly regions: readonly string[];
  readonly excludedAccounts?: readonly string[];
  readonly access?: RoleToAssume;
}

/**
 * The state of an execution, which also has the settings of the shield, has at most 256 KiB.
 * https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
 */
const MAX_PLAN_LENGTH = 150_000;

/** Returns the problems of listed environments that do not depend on the stack of the shield. */
export function environmentProblems(environments: readonly SelectedEnvironment[]): string[] {
  if (environments.length === 0) return ['\'environments\' must contain at least one account and Region, got none'];
  return environments.flatMap(({ account, region, access }, index) => {
    const at = (name: string) => `environments[${index}].${name}`;
    return [
      ...accountIdProblems(at('account'), account),
      ...Token.isUnresolved(region) ? [mustBeKnown(at('region'))] : regionProblems(at('region'), region),
      ...accessValueProblems(access, at('access')),
    ];
  });
}

/** Returns the problems of an organization that do not depend on the stack of the shield. */
export function organizationProblems({ roleName, externalId, regions, excludedAccounts = [], access }: SelectedOrganization): string[] {
  return [
    ...Token.isUnresolved(roleName) ? [mustBeKnown('roleName')] : ROLE_NAME_WITH_PATH.test(roleName) ? [] : [
      `'roleName' must be the name of a role, such as image-use, or team/image-use with the path /team/, got: ${JSON.stringify(roleName)}`,
    ],
    ...externalIdProblems('externalId', externalId),
    ...regions.length === 0 ? ['\'regions\' must contain at least one Region, got none'] : [],
    ...regions.flatMap((region, index) =>
      Token.isUnresolved(region) ? [mustBeKnown(`regions[${index}]`)] : regionProblems(`regions[${index}]`, region)),
    ...repeated(regions).map(region => `'regions' must contain each Region once, got ${region} more than once`),
    ...excludedAccounts.flatMap((account, index) =>
      Token.isUnresolved(account) ? [mustBeKnown(`excludedAccounts[${index}]`)] : accountIdProblems(`excludedAccounts[${index}]`, account)),
    ...accessValueProblems(access),
  ];
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) < index))];
}

/** Returns the problems of image users that every searched environment has in common. */
export function userProblems(users: readonly ImageUser[]): string[] {
  const isElsewhere = (index: number, property: string, value: string) =>
    `'usedBy[${index}]' must not have '${property}', because the shield decides which accounts and Regions it searches, got: ${value}.`
    + ' Remove it, and select the account and Region in \'environments\' of the shield';
  return users.length === 0 ? ['\'usedBy\' must contain at least one ImageUse, such as ImageUse.ecs(), got none']
    : users.flatMap((user, index) => [
      ...user.role ? [isElsewhere(index, 'access', user.role.roleArn)] : [],
      ...user.region ? [isElsewhere(index, 'region', user.region)] : [],
    ]);
}

/** Returns the problems of environments in the stack of a shield. */
export function searchProblems(scope: Construct, environments: SelectedEnvironments, users: readonly ImageUser[]): string[] {
  const { listed = [], organization } = environments;
  if (listed.length === 0 && organization === undefined) return [];
  const stack = Stack.of(scope);
  const own = `${stack.account}/${stack.region}`;
  const names = listed.map(environment => `${accountOf(stack, environment)}/${environment.region}`);
  return [
    ...needsRoleNames(environments) && (Token.isUnresolved(stack.region) || Token.isUnresolved(stack.stackName)) ? [
      `'environments' has roles of other accounts, which trust the stack by its name and Region, so the stack '${stack.node.path}' must not`
      + ' be nested and needs an \'env\' with account and Region',
    ] : [],
    ...repeated(names).map(name => `'environments' must contain each account and Region once, got ${name} more than once`),
    ...names.filter(name => name === own).map(name => `'environments' must not contain ${name}, the account and Region of the stack, which`
      + ' are always searched. Remove it'),
    ...listed.flatMap((environment, index) => listedProblems(scope, environment, `environments[${index}]`)),
    ...accessProblems(scope, organization?.access, 'environments.access'),
    ...planLength(scope, environments, users) <= MAX_PLAN_LENGTH ? [] : [
      `'environments' lists ${listed.length} accounts and Regions, more than fit into the input of a state machine. Use`
      + ' EnvironmentSelection.organization, or several shields with different values of tagPrefix',
    ],
    ...users.length > 0 && users.every(({ service }) => service === 'listed')
      ? ['\'environments\' needs a service in \'usedBy\', because lists are read only once. Remove \'environments\', or add'
        + ' ImageUse.ecs()'] : [],
    ...users.flatMap((user, index) => user.clusters === undefined ? []
      : [`'usedBy[${index}]' must not have 'clusters' together with 'environments', because clusters differ between accounts and Regions.`
        + ' Remove \'clusters\', so that all clusters are searched']),
  ];
}

function listedProblems(scope: Construct, environment: SelectedEnvironment, at: string): string[] {
  const stack = Stack.of(scope);
  const account = accountOf(stack, environment);
  if (account === stack.account) {
    return environment.access === undefined ? []
      : [`'${at}.access' must not be set, because the functions of the shield search the account of their stack. Remove it`];
  }
  if (Token.isUnresolved(account)) return [mustBeKnown(`${at}.account`)];
  if (environment.access === undefined) {
    return [`'${at}.access' is required, because account ${account} is not known to be the account of the stack. Declare an ImageUseRole in`
      + ' that account, and use its \'access\''];
  }
  const { access } = environment;
  return [...accessProblems(scope, access, `${at}.access`), ...roleAccountProblems(access, account, `${at}.access`, 'account')];
}

function accountOf(stack: Stack, { account = stack.account }: SelectedEnvironment): string {
  return account;
}

function planLength(scope: Construct, environments: SelectedEnvironments, users: readonly ImageUser[]): number {
  return JSON.stringify(planOf(scope, environments, users)).length;
}

/** Returns what the functions of a shield search. */
export function planOf(
  scope: Construct, { listed = [], organization }: SelectedEnvironments, users: readonly ImageUser[],
): EnvironmentPlan {
  const stack = Stack.of(scope);
  const { account, region, partition } = stack;
  return {
    own: { account, region },
    // only the permissions need the key of a bucket
    usedBy: users.map(user => ({ ...user, encryptionKeyArn: undefined })),
    listed: listed.map(environment => ({ account: accountOf(stack, environment), region: environment.region, role: environment.access })),
    ...organization === undefined ? {} : {
      organization: {
        roleArn: [`arn:${partition}:iam::`, `:role/${organization.roleName}`],
        externalId: organization.externalId,
        regions: organization.regions,
        excludedAccounts: organization.excludedAccounts ?? [],
        access: organization.access,
      },
    },
  };
}

/** Returns all Regions that a shield searches, that of its stack first. Workloads pull from the replicas in their Region. */
export function searchedRegions(scope: Construct, { listed = [], organization }: SelectedEnvironments): string[] {
  return [...new Set([Stack.of(scope).region, ...listed.map(({ region }) => region), ...organization?.regions ?? []])];
}

/** Whether a shield searches an account and Region beyond those of its stack. */
export function selectsEnvironment(
  scope: IConstruct, { listed = [], organization }: SelectedEnvironments, { account, region }: Pick<Environment, 'account' | 'region'>,
): boolean {
  const stack = Stack.of(scope);
  const isInOrganization = organization?.regions.includes(region) === true && organization.excludedAccounts?.includes(account) !== true;
  return isInOrganization || listed.some(environment => accountOf(stack, environment) === account && environment.region === region);
}

/** Returns the Regions of the shield's own account that it searches, that of its stack first. */
export function searchedOwnRegions(scope: Construct, { listed = [], organization }: SelectedEnvironments): string[] {
  const stack = Stack.of(scope);
  return [...new Set([
    stack.region,
    ...listed.filter(environment => accountOf(stack, environment) === stack.account).map(({ region }) => region),
    ...organization?.regions ?? [],
  ])];
}

/** Returns the roles in other accounts that the app may declare. */
export function accessOf({ listed = [], organization }: SelectedEnvironments): RoleToAssume[] {
  return [...listed.flatMap(({ access }) => access ?? []), ...organization?.access === undefined ? [] : [organization.access]];
}

/** Whether roles in other accounts trust the roles of the functions by their names. */
export function needsRoleNames(environments: SelectedEnvironments): boolean {
  return environments.organization !== undefined || accessOf(environments).length > 0;
}

/** Returns the ARNs of the roles that a shield assumes to search other accounts. */
export function searchRoleArns(scope: Construct, { listed = [], organization }: SelectedEnvironments): string[] {
  const { partition } = Stack.of(scope);
  return [...new Set([
    ...listed.flatMap(({ access }) => access?.roleArn ?? []),
    ...organization === undefined ? [] : [`arn:${partition}:iam::*:role/${organization.roleName}`],
  ])];
}
