import { guardReads, PREVIEW_READS } from './guard-permissions';
import type { Guard } from '../../core/lifecycle/guard';

/** Read actions of the handler of lifecycle policies, on a private repository. */
export function lifecycleReads(guard: Guard | undefined): string[] {
  return ['ecr:ListTagsForResource', 'ecr:GetLifecyclePolicy', ...guard ? [...PREVIEW_READS, ...guardReads(guard)] : []];
}

/** Write actions, allowed only while the repository carries the mark of the handler. */
export const LIFECYCLE_WRITES = ['ecr:PutLifecyclePolicy', 'ecr:DeleteLifecyclePolicy'];
