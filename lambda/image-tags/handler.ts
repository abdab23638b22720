import { tag } from './tag';
import { decodeImageTags } from '../../src/core/wire/image-tags';
import { awsSurroundings } from '../shared/aws/clients';
import { awsEcrClients, EcrClients } from '../shared/aws/ecr-clients';
import { withdrawTags } from '../shared/images/withdraw-tags';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import { repositoryName } from '../shared/repository/repository';

export const imageTagsHandler = (surroundings: Surroundings, clients: EcrClients) => customResource({
  decode: decodeImageTags,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: job => tag(job, clients),
  update: (job, old) => tag(job, clients, old),
  delete: job => withdrawTags(job, clients, true),
}, surroundings);

export const handler = imageTagsHandler(awsSurroundings(), awsEcrClients());
