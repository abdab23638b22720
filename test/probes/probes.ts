import { ACCOUNTS } from './accounts';
import { CLOUDFORMATION } from './cloudformation';
import { CREATION_TEMPLATES } from './creation-templates';
import { DELETED_STACKS } from './deleted-stacks';
import { DELETIONS } from './deletions';
import { DOCKER_ENDPOINT } from './docker-endpoint';
import { ECR_PUBLIC } from './ecr-public';
import { IAM } from './iam';
import { IMAGES } from './images';
import { IMPORTS } from './imports';
import { LAYERS } from './layers';
import { LIFECYCLE_EVALUATION } from './lifecycle-evaluation';
import { LIFECYCLE_POLICIES } from './lifecycle-policies';
import { LISTINGS } from './listings';
import { PARAMETERS } from './parameters';
import { POLICY_REFUSALS } from './policy-refusals';
import type { Probe } from './probe';
import { PULL_THROUGH_CACHES } from './pull-through-caches';
import { REGISTRY_REPLICATION } from './registry-replication';
import { REGISTRY_SCANNING } from './registry-scanning';
import { REPOSITORY_POLICIES } from './repository-policies';
import { SCANS } from './scans';
import { STACK_READS } from './stack-reads';
import { THROTTLING } from './throttling';
import { WORKLOADS } from './workloads';

const ALL = [
  ...IMAGES, ...LISTINGS, ...DELETIONS, ...LIFECYCLE_POLICIES, ...LAYERS, ...REPOSITORY_POLICIES, ...IAM, ...ECR_PUBLIC, ...CLOUDFORMATION,
  ...WORKLOADS, ...SCANS, ...DOCKER_ENDPOINT, ...LIFECYCLE_EVALUATION, ...POLICY_REFUSALS, ...ACCOUNTS, ...STACK_READS, ...DELETED_STACKS,
  ...IMPORTS, ...THROTTLING, ...PARAMETERS, ...REGISTRY_SCANNING, ...REGISTRY_REPLICATION,
  ...CREATION_TEMPLATES, ...PULL_THROUGH_CACHES,
] as const satisfies readonly Probe[];

/** Everything that a fake assumes and a probe can ask. */
export const PROBES: readonly Probe[] = ALL;

export type AssumptionId = typeof ALL[number]['id'];
