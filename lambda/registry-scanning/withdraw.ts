import type { ScanningJob } from './apply';
import { scanRules } from './rules';
import { removeRules, RulesClients } from '../shared/registry/shared-rules';

/**
 * Delete: removes the filters of this stack that no other stack needs, whatever the reason of the request. The scan type stays, because it
 * decides about all repositories of the registry.
 */
export async function withdraw(job: ScanningJob, clients: RulesClients): Promise<void> {
  await removeRules(job, clients, scanRules(job.properties.registryId, { filters: [] }));
}
