import { apply, reapply } from './apply';
import { withdraw } from './withdraw';
import { decodeRegistryPermissions } from '../../src/core/wire/registry-permissions';
import { awsSurroundings } from '../shared/aws/clients';
import { awsEcrClients, EcrClients } from '../shared/aws/ecr-clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';

export const registryPermissionsHandler = (surroundings: Surroundings, clients: EcrClients) => customResource({
  decode: decodeRegistryPermissions,
  subject: properties => `Registry '${properties.registryId}'`,
  create: job => apply(job, clients),
  update: job => reapply(job, clients),
  delete: job => withdraw(job, clients),
}, surroundings);

export const handler = registryPermissionsHandler(awsSurroundings(), awsEcrClients());
