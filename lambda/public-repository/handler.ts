import { change, create } from './apply';
import { awsPublicClients, PublicClients } from './clients';
import { PublicJob, publicJob, teardownOf } from './public-job';
import { publicRepositoryName } from '../../src/core/public-repository/arn';
import { decodePublicRepository } from '../../src/core/wire/public-repository';
import { awsSurroundings } from '../shared/aws/clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import { withWayOut } from '../shared/teardown/refusal';
import { tearDown } from '../shared/teardown/tear-down';

export const publicRepositoryHandler = (surroundings: Surroundings, clients: PublicClients) => customResource({
  decode: decodePublicRepository,
  subject: properties => `Public repository '${publicRepositoryName(properties.repositoryArn)}'`,
  create: job => create(publicJob(job, clients)),
  update: (job, old) => change(publicJob(job, clients), old),
  delete: job => withdraw(publicJob(job, clients)),
}, surroundings);

function withdraw(job: PublicJob): Promise<void> {
  return withWayOut(job, job.target.subject, () => tearDown(job, teardownOf(job)));
}

export const handler = publicRepositoryHandler(awsSurroundings(), awsPublicClients());
