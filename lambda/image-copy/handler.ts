import { awsCopySurroundings, CopyClients } from './clients';
import { copy } from './copy';
import { decodeImageCopy } from '../../src/core/wire/image-copy';
import { withdrawTags } from '../shared/images/withdraw-tags';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import { repositoryName } from '../shared/repository/repository';

export const imageCopyHandler = (surroundings: Surroundings, clients: CopyClients) => customResource({
  decode: decodeImageCopy,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: job => copy(job, clients),
  update: (job, old) => copy(job, clients, old),
  delete: job => withdrawTags(job, clients, false),
}, surroundings);

export const handler = imageCopyHandler(...awsCopySurroundings());
