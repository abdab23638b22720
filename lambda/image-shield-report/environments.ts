import { ListAccountsCommand } from '@aws-sdk/client-organizations';
import type { OrganizationClients } from './clients';
import { Environment, environmentName, EnvironmentPlan, environmentsOf, OrganizationPlan } from '../../src/core/shield/environments';
import type { Finding } from '../../src/core/shield/findings';
import { listingFailureKey } from '../../src/core/shield/keys';
import { resolveLocation } from '../shared/aws/ecr-clients';
import { sendCommand } from '../shared/aws/send-command';
import type { Task } from '../shared/protocol/job';
import type { ShieldObjects } from '../shared/shield/objects';

/**
 * Returns the environments of a run. If the accounts of the organization cannot be listed, that is a finding, and only the environment of
 * the shield is searched. The SDK has repeated a call that failed, and a run that fails would not even protect what runs in the environment
 * of the shield.
 */
export async function listEnvironments(
  task: Task, objects: ShieldObjects, clients: OrganizationClients, run: string, plan: EnvironmentPlan,
): Promise<Environment[]> {
  if (plan.organization === undefined) return environmentsOf(plan, []);
  try {
    return environmentsOf(plan, await activeAccounts(task, clients, plan.organization));
  } catch (error) {
    const finding: Finding = {
      kind: 'environment-unreadable',
      message: `the accounts of the organization cannot be listed, so only ${environmentName(plan.own)} was searched, and nothing that was`
        + ' last seen in another account is released. Deploy the shield in the management account or the account of a delegated'
        + ' administrator, or let the role in \'access\' trust the function and allow organizations:ListAccounts.'
        + ` ${(error as Error).message}`,
    };
    await objects.write(listingFailureKey(run), JSON.stringify(finding));
    return environmentsOf(plan, []);
  }
}

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html */
async function activeAccounts(task: Task, clients: OrganizationClients, { access }: OrganizationPlan): Promise<string[]> {
  const client = clients.organizations(await resolveLocation(task, clients, { role: access }));
  const accounts = new Array<string>();
  let NextToken: string | undefined;
  do {
    task.progress(`listing the accounts of the organization (${accounts.length} so far)`);
    const page = await sendCommand(task, client, ListAccountsCommand, { NextToken });
    // `Status` is the former name of `State`
    for (const { Id = '', State, Status } of page?.Accounts ?? []) if ((State ?? Status) === 'ACTIVE') accounts.push(Id);
    NextToken = page?.NextToken;
  } while (NextToken);
  return accounts;
}
