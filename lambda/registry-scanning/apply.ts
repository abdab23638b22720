import { RegistryScanningProperties } from '../../src/core/wire/registry-scanning';
import type { Job } from '../shared/protocol/job';
import { scanRules } from '../shared/registry/scanning-setting';
import { addRules, RulesClients } from '../shared/registry/shared-rules';
import { unlessRollingBack } from '../shared/repository/located-repository';

export type ScanningJob = Job<RegistryScanningProperties>;

/** Create: adds the filters of this stack, and sets the scan type that they need. */
export async function apply(job: ScanningJob, clients: RulesClients): Promise<void> {
  const { registryId, ...needs } = job.properties;
  await addRules(job, clients, scanRules(registryId, needs));
}

/** Update: the same as Create. */
export async function reapply(job: ScanningJob, clients: RulesClients): Promise<void> {
  await unlessRollingBack(job, () => apply(job, clients));
}
