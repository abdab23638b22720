import { randomUUID } from 'node:crypto';
import { epochSeconds } from './epoch-seconds';
import type { LifecycleRule } from './lifecycle-grammar';
import { simulate } from './lifecycle-simulation';
import type { LifecyclePreview, Repository } from './repository';

export function startPreview(repository: Repository, { text, polls, now }: {
  readonly text: string; readonly polls: number; readonly now: number;
}): LifecyclePreview {
  const { rules } = JSON.parse(text) as { rules: LifecycleRule[] };
  const images = repository.inOrder().map(image => ({ ...image, tags: [...image.tags], storageClass: classOf(image.status) }));
  const applied = simulate(images, rules, now);
  const results = images.flatMap(image => {
    const rule = applied.get(image);
    return rule === undefined ? [] : [{
      ...image.tags.length === 0 ? {} : { imageTags: image.tags },
      imageDigest: image.digest,
      imagePushedAt: epochSeconds(image.pushedAt),
      action: rule.action.type === 'expire' ? { type: 'EXPIRE' as const }
        : { type: 'TRANSITION' as const, targetStorageClass: 'ARCHIVE' as const },
      appliedRulePriority: rule.rulePriority,
      storageClass: image.storageClass === 'archive' ? 'ARCHIVE' as const : 'STANDARD' as const,
    }];
  });
  return { id: randomUUID(), text, results, status: 'IN_PROGRESS', pollsLeft: polls };
}

/** Summary of the complete preview, regardless of the page and the filter. */
export function summaryOf({ results, status }: LifecyclePreview): object {
  const counted = status === 'COMPLETE' ? results : [];
  const transitioning = counted.filter(result => result.action.type === 'TRANSITION').length;
  return {
    expiringImageTotalCount: counted.length - transitioning,
    // "only present if at least one image will be transitioned" (service model)
    ...transitioning === 0 ? {} : { transitioningImageTotalCounts: [{ targetStorageClass: 'ARCHIVE', imageTotalCount: transitioning }] },
  };
}

function classOf(status: string): 'standard' | 'archive' {
  return status === 'ACTIVE' ? 'standard' : 'archive';
}
