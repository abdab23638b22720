import { registryTarget } from './target';
import { ownerSuffix } from '../../src/core/policy/ownership';
import { RegistryPermissionsProperties } from '../../src/core/wire/registry-permissions';
import { EcrClients, withoutRetries } from '../shared/aws/ecr-clients';
import { mergeStatements } from '../shared/policy/statements';
import type { Job } from '../shared/protocol/job';
import { unlessRollingBack } from '../shared/repository/located-repository';

type RegistryJob = Job<RegistryPermissionsProperties>;

/** Create: merges the statements into the policy of the registry. */
export async function apply(job: RegistryJob, clients: EcrClients): Promise<void> {
  const { properties: { registryId, statements, replaceExistingSids }, request } = job;
  await mergeStatements(withoutRetries(job, clients), registryTarget(registryId), {
    statements, replaceExistingSids, suffix: ownerSuffix(request.StackId, request.LogicalResourceId),
  });
}

/** Update: the same as Create. The previous statements have the same owner and are replaced. */
export async function reapply(job: RegistryJob, clients: EcrClients): Promise<void> {
  await unlessRollingBack(job, () => apply(job, clients));
}
