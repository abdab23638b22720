import { apply, reapply } from './apply';
import { withdraw } from './withdraw';
import { decodeRepositoryPolicy } from '../../src/core/wire/repository-policy';
import { awsSurroundings } from '../shared/aws';
import { customResource } from '../shared/custom-resource';
import type { Surroundings } from '../shared/job';
import { awsPlaceClients, PlaceClients } from '../shared/place';
import { repositoryName } from '../shared/repository';

export const repositoryPolicyHandler = (surroundings: Surroundings, clients: PlaceClients) => customResource({
  decode: decodeRepositoryPolicy,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: job => apply(job, clients),
  update: (job, old) => reapply(job, clients, old),
  delete: job => withdraw(job, clients),
}, surroundings);

export const handler = repositoryPolicyHandler(awsSurroundings(), awsPlaceClients());
