import type { TeardownProperties } from '../../src/core/wire/teardown';
import type { Job } from '../shared/protocol/job';

export type TeardownJob = Job<TeardownProperties>;
