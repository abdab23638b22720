import { apply, reapply } from './apply';
import { withdraw } from './withdraw';
import { decodeRegistryReplication } from '../../src/core/wire/registry-replication';
import { awsSurroundings } from '../shared/aws/clients';
import { awsEcrClients, EcrClients } from '../shared/aws/ecr-clients';
import { awsParameterClients } from '../shared/aws/parameter-clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import type { RulesClients } from '../shared/registry/shared-rules';

export const registryReplicationHandler = (surroundings: Surroundings, clients: EcrClients & RulesClients) => customResource({
  decode: decodeRegistryReplication,
  subject: properties => `Registry '${properties.registryId}'`,
  create: job => apply(job, clients),
  update: (job, old) => reapply(job, clients, old),
  delete: job => withdraw(job, clients),
}, surroundings);

export const handler = registryReplicationHandler(awsSurroundings(), { ...awsEcrClients(), ...awsParameterClients() });
