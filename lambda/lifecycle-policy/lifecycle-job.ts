import { LIFECYCLE_POLICY_HANDLER, LifecyclePolicyProperties } from '../../src/core/wire/lifecycle-policy';
import type { Job } from '../shared/protocol/job';
import type { RepositoryMark } from '../shared/repository/mark';

export type LifecycleJob = Job<LifecyclePolicyProperties>;

export function markOf({ properties: { repositoryArn } }: LifecycleJob): RepositoryMark {
  return { repositoryArn, handler: LIFECYCLE_POLICY_HANDLER, what: 'lifecycle policy' };
}
