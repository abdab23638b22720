import { backfill } from './backfill';
import { checkDestinations } from './check-destinations';
import type { ReplicationJob } from './replication-job';
import { RegistryReplicationProperties } from '../../src/core/wire/registry-replication';
import type { EcrClients } from '../shared/aws/ecr-clients';
import type { Attributes } from '../shared/protocol/response';
import { isRollingBack, readStack } from '../shared/protocol/stack';
import { replicationRules } from '../shared/registry/replication-setting';
import { addRules, RulesClients } from '../shared/registry/shared-rules';
import { unlessRollingBack } from '../shared/repository/located-repository';

const NO_BACKFILL = { BackfillReport: 'no backfill' };

type Clients = EcrClients & RulesClients;

/** Create: adds the rules of this stack, and replicates the images that exist already if that is requested. */
export async function apply(job: ReplicationJob, clients: Clients): Promise<Attributes> {
  await checkDestinations(job, clients);
  await add(job, clients);
  return job.properties.backfill ? { BackfillReport: await backfill(job) } : NO_BACKFILL;
}

/** Update: the same. A backfill runs only if the rules or the trigger have changed, and not in a rollback. */
export async function reapply(
  job: ReplicationJob, clients: Clients, old: RegistryReplicationProperties | undefined,
): Promise<Attributes> {
  const { properties } = job;
  await unlessRollingBack(job, () => checkDestinations(job, clients, old));
  await unlessRollingBack(job, () => add(job, clients));
  const hasChanged = !old?.backfill || old.trigger !== properties.trigger || JSON.stringify(old.rules) !== JSON.stringify(properties.rules);
  const isDue = properties.backfill && hasChanged && !isRollingBack((await readStack(job)).status);
  return isDue ? { BackfillReport: await backfill(job) } : NO_BACKFILL;
}

async function add(job: ReplicationJob, clients: RulesClients): Promise<void> {
  const { registryId, rules } = job.properties;
  await addRules(job, clients, replicationRules(registryId, rules));
}
