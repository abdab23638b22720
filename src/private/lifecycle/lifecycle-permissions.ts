import { guardReads, PREVIEW_READS } from './guard-permissions';
import type { Guard } from '../../core/lifecycle/guard';

/** What the handler of lifecycle policies reads of a private repository. */
export function lifecycleReads(guard: Guard | undefined): string[] {
  return ['ecr:ListTagsForResource', 'ecr:GetLifecyclePolicy', ...guard ? [...PREVIEW_READS, ...guardReads(guard)] : []];
}

/** And does to it, while its mark is there. */
export const LIFECYCLE_WRITES = ['ecr:PutLifecyclePolicy', 'ecr:DeleteLifecyclePolicy'];
