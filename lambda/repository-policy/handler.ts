import { apply, reapply } from './apply';
import { withdraw } from './withdraw';
import { decodeRepositoryPolicy } from '../../src/core/wire/repository-policy';
import { awsSurroundings } from '../shared/aws';
import { customResource } from '../shared/custom-resource';
import type { Surroundings } from '../shared/job';
import { repositoryName } from '../shared/repository';

export const repositoryPolicyHandler = (surroundings: Surroundings) => customResource({
  decode: decodeRepositoryPolicy,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: apply,
  update: reapply,
  delete: withdraw,
}, surroundings);

export const handler = repositoryPolicyHandler(awsSurroundings());
