import { CLOUDFORMATION } from './cloudformation';
import { ECR_PUBLIC } from './ecr-public';
import { IAM } from './iam';
import { IMAGES } from './images';
import type { Probe } from './probe';
import { REPOSITORY_POLICIES } from './repository-policies';
import { WORKLOADS } from './workloads';

const ALL = [...CLOUDFORMATION, ...ECR_PUBLIC, ...IAM, ...IMAGES, ...REPOSITORY_POLICIES, ...WORKLOADS] as const satisfies readonly Probe[];

/** Everything that a fake assumes and a probe can ask. */
export const PROBES: readonly Probe[] = ALL;

export type AssumptionId = typeof ALL[number]['id'];
