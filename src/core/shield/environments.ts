import type { ImageUser } from '../images/image-user';
import { isJsonObject, parseJson } from '../json';
import type { RoleToAssume } from '../wire/location';

/** Account and Region in which images run. `<account>/<region>` names it. */
export interface Environment {
  readonly account: string;
  readonly region: string;
  /** Role in the account. Absent in the account of the shield. */
  readonly role?: RoleToAssume;
  readonly usedBy: readonly ImageUser[];
}

type EnvironmentId = Pick<Environment, 'account' | 'region'>;

/** What a shield searches. `Begin` makes the list of environments from it, once in each run. */
export interface EnvironmentPlan {
  /** Account and Region of the shield, which are always searched. */
  readonly own: EnvironmentId;
  readonly usedBy: readonly ImageUser[];
  /** Other environments, without those of an organization. */
  readonly listed: ReadonlyArray<Omit<Environment, 'usedBy'>>;
  readonly organization?: OrganizationPlan;
}

export interface OrganizationPlan extends OrganizationScope {
  /** ARN of the role in an account, before and after the account ID. */
  readonly roleArn: readonly [string, string];
  readonly externalId: string;
  /** Role that may list the accounts. Absent if the function may. */
  readonly access?: RoleToAssume;
}

/** The environments of an organization that a shield searches. */
export interface OrganizationScope {
  readonly regions: readonly string[];
  readonly excludedAccounts: readonly string[];
}

export function environmentName({ account, region }: EnvironmentId): string {
  return `${account}/${region}`;
}

/**
 * Returns the environments of a run.
 *
 * A list of files is the same in all environments, so only the shield's own environment reads it.
 *
 * @param accounts IDs of the active accounts of the organization
 */
export function environmentsOf({ own, usedBy, listed, organization }: EnvironmentPlan, accounts: readonly string[]): Environment[] {
  const services = usedBy.filter(({ service }) => service !== 'listed');
  const others = organization === undefined ? listed : accounts
    .filter(account => !organization.excludedAccounts.includes(account))
    .flatMap(account => organization.regions.map(region => ({ account, region, ...roleIn(account, own, organization) })));
  // a stack without an account and Region can list its own environment, which only the deployment shows
  const isOther = (environment: EnvironmentId) => environmentName(environment) !== environmentName(own);
  return [{ ...own, usedBy }, ...others.filter(isOther).map(environment => ({ ...environment, usedBy: services }))];
}

/** The functions of the shield search their own account with their own permissions. */
function roleIn(account: string, own: EnvironmentId, { roleArn: [start, end], externalId }: OrganizationPlan): Pick<Environment, 'role'> {
  return account === own.account ? {} : { role: { roleArn: `${start}${account}${end}`, externalId } };
}

/**
 * Whether the shield should still search an environment that is not in the list of a run: the account has left the organization, or is
 * suspended or closed.
 */
export function isGone(scope: OrganizationScope | undefined, name: string): boolean {
  const [account, region] = name.split('/');
  return scope !== undefined && scope.regions.includes(region) && !scope.excludedAccounts.includes(account);
}

/** Returns undefined if the text is not the list of the environments of a run. */
export function parseEnvironments(text: string): Environment[] | undefined {
  const list = parseJson(text);
  const isEnvironment = (each: unknown) => isJsonObject(each) && typeof each.account === 'string' && typeof each.region === 'string';
  return Array.isArray(list) && list.every(isEnvironment) ? list as Environment[] : undefined;
}
