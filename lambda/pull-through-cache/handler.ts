import { change } from './change';
import { create } from './create';
import { withdraw } from './withdraw';
import { decodePullThroughCache } from '../../src/core/wire/pull-through-cache';
import { awsSurroundings } from '../shared/aws/clients';
import { customResource } from '../shared/protocol/custom-resource';
import type { Surroundings } from '../shared/protocol/job';

export const pullThroughCacheHandler = (surroundings: Surroundings) => customResource({
  decode: decodePullThroughCache,
  subject: ({ prefix }) => `Cache '${prefix}'`,
  create,
  update: change,
  delete: withdraw,
}, surroundings);

export const handler = pullThroughCacheHandler(awsSurroundings());
