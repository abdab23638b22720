import { claim, reclaim } from './claim';
import { tearDown } from './tear-down';
import { teardownCommand } from './teardown-command';
import { decodeTeardown } from '../../src/core/wire/teardown';
import { awsSurroundings } from '../shared/aws/clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import { repositoryName } from '../shared/repository/repository';
import { awsTeardownClients, TeardownClients } from '../shared/teardown/clients';

export const teardownHandler = (surroundings: Surroundings, clients: TeardownClients) => customResource({
  decode: decodeTeardown,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: job => claim(job, clients),
  update: (job, old) => reclaim(job, clients, old),
  delete: job => tearDown(job, clients),
  manualCommand: teardownCommand,
}, surroundings);

export const handler = teardownHandler(awsSurroundings(), awsTeardownClients());
