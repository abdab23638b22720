import type { ReplicationJob } from './replication-job';
import { replicationRules } from '../shared/registry/replication-setting';
import { removeRules, RulesClients } from '../shared/registry/shared-rules';

/** Delete: removes the rules of this stack that no other stack needs, whatever the reason of the request. */
export async function withdraw(job: ReplicationJob, clients: RulesClients): Promise<void> {
  await removeRules(job, clients, replicationRules(job.properties.registryId, []), job.request.StackId);
}
