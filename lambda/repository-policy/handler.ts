import { apply, reapply } from './apply';
import { withdraw } from './withdraw';
import { decodeRepositoryPolicy } from '../../src/core/wire/repository-policy';
import { awsSurroundings } from '../shared/aws/clients';
import { awsEcrClients, EcrClients } from '../shared/aws/ecr-clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import { repositoryName } from '../shared/repository/repository';

export const repositoryPolicyHandler = (surroundings: Surroundings, clients: EcrClients) => customResource({
  decode: decodeRepositoryPolicy,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: job => apply(job, clients),
  update: (job, old) => reapply(job, clients, old),
  delete: job => withdraw(job, clients),
}, surroundings);

export const handler = repositoryPolicyHandler(awsSurroundings(), awsEcrClients());
