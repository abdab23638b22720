import { IMAGES } from './images';
import type { Probe } from './probe';

const ALL = [...IMAGES] as const satisfies readonly Probe[];

/** Everything that a fake assumes and a probe can ask. */
export const PROBES: readonly Probe[] = ALL;

export type AssumptionId = typeof ALL[number]['id'];
