import { tag } from './tag';
import { decodeImageTags } from '../../src/core/wire/image-tags';
import { awsSurroundings } from '../shared/aws';
import { customResource } from '../shared/custom-resource';
import type { Surroundings } from '../shared/job';
import { awsPlaceClients, PlaceClients } from '../shared/place';
import { repositoryName } from '../shared/repository';
import { withdrawTags } from '../shared/withdraw-tags';

export const imageTagsHandler = (surroundings: Surroundings, clients: PlaceClients) => customResource({
  decode: decodeImageTags,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: job => tag(job, clients),
  update: (job, old) => tag(job, clients, old),
  delete: job => withdrawTags(job, clients, true),
}, surroundings);

export const handler = imageTagsHandler(awsSurroundings(), awsPlaceClients());
