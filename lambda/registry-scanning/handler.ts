import { apply, reapply } from './apply';
import { withdraw } from './withdraw';
import { decodeRegistryScanning } from '../../src/core/wire/registry-scanning';
import { awsSurroundings } from '../shared/aws/clients';
import { awsEcrClients } from '../shared/aws/ecr-clients';
import { awsParameterClients } from '../shared/aws/parameter-clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import type { RulesClients } from '../shared/registry/shared-rules';

export const registryScanningHandler = (surroundings: Surroundings, clients: RulesClients) => customResource({
  decode: decodeRegistryScanning,
  subject: properties => `Registry '${properties.registryId}'`,
  create: job => apply(job, clients),
  update: job => reapply(job, clients),
  delete: job => withdraw(job, clients),
}, surroundings);

export const handler = registryScanningHandler(awsSurroundings(), { ...awsEcrClients(), ...awsParameterClients() });
