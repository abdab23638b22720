import type { ECRClient } from '@aws-sdk/client-ecr';
import type { STSClient } from '@aws-sdk/client-sts';
import type { RunEnvironments } from './run-environments';
import type { Environment } from '../../src/core/shield/environments';
import { ClientLocation, resolveLocation } from '../shared/aws/ecr-clients';
import { isAccessDenied } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';

export interface RegistryClients {
  ecr(location: ClientLocation): ECRClient;
  sts(): STSClient;
}

/** The registry and Region of a partition, in which the function may write; or why it may not. */
export type RegistryConnection = { readonly task: EcrTask } | { readonly unreachable: string };

/**
 * Connects to the registry and Region of a partition.
 *
 * @param registry `<registry>/<region>`
 * @param ownAccount account of the shield
 */
export async function connectToRegistry(
  task: EcrTask, clients: RegistryClients, environments: RunEnvironments, registry: string, ownAccount: string,
): Promise<RegistryConnection> {
  const access = await accessTo(environments, registry, ownAccount);
  if (access === undefined) {
    return { unreachable: 'the shield does not search that account and Region. Add it to the environments, or deploy a shield there' };
  }
  const { role } = access;
  const [, region] = registry.split('/');
  try {
    return { task: { ...task, ecr: clients.ecr(await resolveLocation(task, clients, { region, role })) } };
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    return { unreachable: `the role ${role?.roleArn} cannot be assumed. ${permitWriting(error)}` };
  }
}

/**
 * Returns the role with which the shield writes in a registry, or undefined if it may not.
 *
 * Workloads pull from replicas. So, beyond its own registry, the shield writes in the accounts and Regions that it searches, and in its own
 * account in all Regions that it searches.
 */
async function accessTo(
  environments: RunEnvironments, registry: string, ownAccount: string,
): Promise<Pick<Environment, 'role'> | undefined> {
  const [account, region] = registry.split('/');
  if (account === ownAccount && await environments.hasRegion(region)) return {};
  return environments.find(registry);
}

/** What to do if a role does not let the shield write in its account. */
export function permitWriting(error: unknown): string {
  return `Set 'repositories' of the ImageUseRole there, or deploy a shield there. ${(error as Error).message}`;
}
