import { check } from './check';
import { decodeLifecycleGuard } from '../../src/core/wire/lifecycle-guard';
import { awsSurroundings } from '../shared/aws/clients';
import { awsLifecycleClients, LifecycleClients } from '../shared/lifecycle/clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';

export const lifecycleGuardHandler = (surroundings: Surroundings, clients: LifecycleClients) => customResource({
  decode: decodeLifecycleGuard,
  subject: ({ declaredName, repositoryLogicalId }) => `Repository '${declaredName ?? repositoryLogicalId}'`,
  create: job => check(job, clients),
  update: (job, old) => check(job, clients, old),
  delete: async job => job.log('a lifecycle guard has nothing to remove'),
}, surroundings);

export const handler = lifecycleGuardHandler(awsSurroundings(), awsLifecycleClients());
