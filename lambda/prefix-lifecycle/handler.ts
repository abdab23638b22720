import { apply, reapply } from './apply';
import { withdraw } from './withdraw';
import { decodePrefixLifecycle } from '../../src/core/wire/prefix-lifecycle';
import { awsSurroundings } from '../shared/aws/clients';
import { awsLifecycleClients, LifecycleClients } from '../shared/lifecycle/clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';

export const prefixLifecycleHandler = (surroundings: Surroundings, clients: LifecycleClients) => customResource({
  decode: decodePrefixLifecycle,
  subject: ({ prefix }) => `Repositories under '${prefix}'`,
  create: job => apply(job, clients),
  update: (job, old) => reapply(job, clients, old),
  delete: withdraw,
}, surroundings);

export const handler = prefixLifecycleHandler(awsSurroundings(), awsLifecycleClients());
