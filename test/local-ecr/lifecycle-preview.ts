import { randomUUID } from 'node:crypto';
import { epochSeconds } from './epoch-seconds';
import type { LifecycleRule } from './lifecycle-grammar';
import { simulate } from './lifecycle-simulation';
import type { LifecyclePreview, Repository } from './repository';

export function startPreview(repository: Repository, { text, polls, now }: {
  readonly text: string; readonly polls: number; readonly now: number;
}): LifecyclePreview {
  const { images, applied } = evaluate(repository, text, now);
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

function evaluate(repository: Repository, text: string, now: number) {
  const { rules } = JSON.parse(text) as { rules: LifecycleRule[] };
  const images = repository.inOrder().map(image => ({ ...image, tags: [...image.tags], storageClass: classOf(image.status) }));
  return { images, applied: simulate(images, rules, now) };
}

/**
 * Expires images as the policy of the repository says. An image to which an index refers is expired only after that index.
 *
 * @returns the digests of the expired images
 */
export function applyLifecyclePolicy(repository: Repository, now: number): string[] {
  const { images, applied } = evaluate(repository, repository.lifecyclePolicy?.text ?? '{"rules":[]}', now);
  const expired = new Set(images.filter(image => applied.get(image)?.action.type === 'expire').map(({ digest }) => digest));
  for (let isChanged = true; isChanged;) {
    isChanged = false;
    for (const digest of expired) {
      const isReferenced = images.some(({ digest: index, children }) => children.includes(digest) && !expired.has(index));
      if (isReferenced) isChanged = expired.delete(digest);
    }
  }
  for (const image of repository.inOrder()) if (expired.has(image.digest)) repository.remove(image);
  return [...expired];
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
