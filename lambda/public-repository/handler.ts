import { change, create } from './apply';
import { awsPublicClients, PublicClients } from './clients';
import { publicJob } from './public-job';
import { withdraw } from './withdraw';
import { publicRepositoryName } from '../../src/core/public-repository/arn';
import { decodePublicRepository } from '../../src/core/wire/public-repository';
import { awsSurroundings } from '../shared/aws/clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';

export const publicRepositoryHandler = (surroundings: Surroundings, clients: PublicClients) => customResource({
  decode: decodePublicRepository,
  subject: properties => `Public repository '${publicRepositoryName(properties.repositoryArn)}'`,
  create: job => create(publicJob(job, clients)),
  update: (job, old) => change(publicJob(job, clients), old),
  delete: job => withdraw(publicJob(job, clients)),
}, surroundings);

export const handler = publicRepositoryHandler(awsSurroundings(), awsPublicClients());
