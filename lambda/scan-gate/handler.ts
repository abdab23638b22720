import { judge } from './judge';
import { decodeScanGate } from '../../src/core/wire/scan-gate';
import { awsSurroundings } from '../shared/aws/clients';
import { awsEcrClients, EcrClients } from '../shared/aws/ecr-clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import { repositoryName } from '../shared/repository/repository';

export const scanGateHandler = (surroundings: Surroundings, clients: EcrClients) => customResource({
  decode: decodeScanGate,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: job => judge(job, clients),
  update: job => judge(job, clients),
  delete: async job => job.log('a gate leaves nothing behind'),
}, surroundings);

export const handler = scanGateHandler(awsSurroundings(), awsEcrClients());
