import { apply, reapply } from './apply';
import { withdraw } from './withdraw';
import { decodeLifecyclePolicy } from '../../src/core/wire/lifecycle-policy';
import { awsSurroundings } from '../shared/aws/clients';
import { awsLifecycleClients, LifecycleClients } from '../shared/lifecycle/clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import { repositoryName } from '../shared/repository/repository';

export const lifecyclePolicyHandler = (surroundings: Surroundings, clients: LifecycleClients) => customResource({
  decode: decodeLifecyclePolicy,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: job => apply(job, clients),
  update: (job, old) => reapply(job, clients, old),
  delete: job => withdraw(job, clients),
}, surroundings);

export const handler = lifecyclePolicyHandler(awsSurroundings(), awsLifecycleClients());
