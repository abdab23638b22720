import { registryTarget } from './target';
import { ownerSuffix } from '../../src/core/policy/ownership';
import { RegistryPermissionsProperties } from '../../src/core/wire/registry-permissions';
import { EcrClients, withoutRetries } from '../shared/aws/ecr-clients';
import { removeStatements } from '../shared/policy/statements';
import type { Job } from '../shared/protocol/job';

/** Delete: removes the statements of this stack and no others, whatever the reason of the request. */
export async function withdraw(job: Job<RegistryPermissionsProperties>, clients: EcrClients): Promise<void> {
  const { properties: { registryId }, request } = job;
  const suffix = ownerSuffix(request.StackId, request.LogicalResourceId);
  await removeStatements(withoutRetries(job, clients), registryTarget(registryId), suffix);
}
