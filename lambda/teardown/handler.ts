import { claim, reclaim } from './claim';
import { tearDown } from './tear-down';
import { decodeTeardown } from '../../src/core/wire/teardown';
import { awsSurroundings } from '../shared/aws';
import { customResource } from '../shared/custom-resource';
import type { Surroundings } from '../shared/job';
import { repositoryName } from '../shared/repository';

export const teardownHandler = (surroundings: Surroundings) => customResource({
  decode: decodeTeardown,
  subject: properties => `Repository '${repositoryName(properties.repositoryArn)}'`,
  create: claim,
  update: reclaim,
  delete: tearDown,
}, surroundings);

export const handler = teardownHandler(awsSurroundings());
