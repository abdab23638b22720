import type { ECRClient } from '@aws-sdk/client-ecr';
import type { STSClient } from '@aws-sdk/client-sts';
import type { RunEnvironments } from './run-environments';
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
 * Connects to the registry and Region of a partition. Beyond its own, a shield writes in the accounts and Regions that it searches, because
 * workloads pull from replicas there.
 *
 * @param registry `<registry>/<region>`
 */
export async function connectToRegistry(
  task: EcrTask, clients: RegistryClients, environments: RunEnvironments, registry: string,
): Promise<RegistryConnection> {
  const environment = await environments.find(registry);
  if (environment === undefined) {
    return { unreachable: 'the shield does not search that account and Region. Add it to the environments, or deploy a shield there' };
  }
  try {
    return { task: { ...task, ecr: clients.ecr(await resolveLocation(task, clients, environment)) } };
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    return { unreachable: `the role ${environment.role?.roleArn} cannot be assumed. ${permitWriting(error)}` };
  }
}

/** What to do if a role does not let the shield write in its account. */
export function permitWriting(error: unknown): string {
  return `Set 'repositories' of the ImageUseRole there, or deploy a shield there. ${(error as Error).message}`;
}
