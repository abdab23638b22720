import { refuseAnotherPrefix } from './another-prefix';
import { prefixCommand } from './prefix-command';
import { tearDownPrefix } from './tear-down-prefix';
import { decodePrefixTeardown } from '../../src/core/wire/prefix-teardown';
import { awsSurroundings } from '../shared/aws/clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';
import { awsTeardownClients, TeardownClients } from '../shared/teardown/clients';

export const prefixTeardownHandler = (surroundings: Surroundings, clients: TeardownClients) => customResource({
  decode: decodePrefixTeardown,
  subject: ({ prefix }) => `Repositories under '${prefix}'`,
  create: async ({ log, properties: { prefix } }) => log(`the repositories under '${prefix}' are deleted with this stack`),
  update: refuseAnotherPrefix,
  delete: job => tearDownPrefix(job, clients),
  manualCommand: prefixCommand,
}, surroundings);

export const handler = prefixTeardownHandler(awsSurroundings(), awsTeardownClients());
