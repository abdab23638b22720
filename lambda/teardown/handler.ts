import { claim, reclaim } from './claim';
import { teardownCommand, teardownOf } from './teardown';
import type { TeardownJob } from './teardown-job';
import { decodeTeardown } from '../../src/core/wire/teardown';
import { awsSurroundings } from '../shared/aws/clients';
import { connectTo } from '../shared/aws/ecr-clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import { isOutOfReach } from '../shared/repository/located-repository';
import { repositoryName } from '../shared/repository/repository';
import { awsTeardownClients, TeardownClients } from '../shared/teardown/clients';
import { withWayOut } from '../shared/teardown/refusal';
import { tearDown } from '../shared/teardown/tear-down';

export const teardownHandler = (surroundings: Surroundings, clients: TeardownClients) => customResource({
  decode: decodeTeardown,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: job => claim(job, clients),
  update: (job, old) => reclaim(job, clients, old),
  delete: job => withdraw(job, clients),
  manualCommand: teardownCommand,
}, surroundings);

async function withdraw(job: TeardownJob, clients: TeardownClients): Promise<void> {
  const name = repositoryName(job.properties.repositoryArn);
  if (isOutOfReach(job)) return job.log(`repository '${name}' is in another account or Region, so it was not changed`);
  await withWayOut(job, `Repository '${name}'`, async () => {
    const jobAtLocation = await connectTo(job, clients, job.properties, job.request.StackId);
    await tearDown(jobAtLocation, teardownOf(jobAtLocation, clients));
  });
}

export const handler = teardownHandler(awsSurroundings(), awsTeardownClients());
