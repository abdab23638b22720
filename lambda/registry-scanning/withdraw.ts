import type { ScanningJob } from './apply';
import { isNamed } from '../shared/protocol/errors';
import { BLOCKED, scanRules } from '../shared/registry/scanning-setting';
import { removeRules, RulesClients } from '../shared/registry/shared-rules';

/**
 * Delete: removes the filters of this stack that no other stack needs, whatever the reason of the request. The scan type stays, because it
 * decides about all repositories of the registry. If a policy of the organization decides about scanning, nobody in the account can remove
 * filters, so they remain.
 */
export async function withdraw(job: ScanningJob, clients: RulesClients): Promise<void> {
  try {
    await removeRules(job, clients, scanRules(job.properties.registryId, { filters: [] }), job.request.StackId);
  } catch (error) {
    if (!isNamed((error as Error).cause, BLOCKED)) throw error;
    job.log(`the filters of this stack remain: ${(error as Error).message}`);
  }
}
