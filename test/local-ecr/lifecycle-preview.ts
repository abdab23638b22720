import { randomUUID } from 'node:crypto';
import { epochSeconds } from './epoch-seconds';
import type { LifecycleRule } from './lifecycle-grammar';
import { simulate } from './lifecycle-simulation';
import type { Readings } from './readings';
import type { ImageStatus, LifecyclePreview, PreviewResult, Repository, StoredImage } from './repository';

export function startPreview(repository: Repository, { text, polls, now, readings }: {
  readonly text: string; readonly polls: number; readonly now: number; readonly readings: Readings;
}): LifecyclePreview {
  const { images, applied } = evaluate(repository, text, now, readings);
  const kept = images.filter(image => !applied.has(image));
  const isOmitted = ({ digest }: StoredImage) =>
    readings.isOther('preview-lists-index-children') && kept.some(({ children }) => children.includes(digest));
  const results = images.flatMap(image => {
    const rule = applied.get(image);
    return rule === undefined || isOmitted(image) ? [] : [{
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

function evaluate(repository: Repository, text: string, now: number, readings: Readings) {
  const { rules } = JSON.parse(text) as { rules: LifecycleRule[] };
  const images = repository.inOrder().map(image => ({
    ...image,
    tags: [...image.tags],
    storageClass: classOf(image.status, readings),
    isOfIndex: repository.parentsOf(image.digest).length > 0,
  }));
  const areArtifactsSelected = !readings.isOther('referrers-under-untagged-rule');
  const selectable = areArtifactsSelected ? images : images.filter(({ subject }) => subject === undefined);
  return { images, applied: simulate(selectable, rules, now, readings) };
}

/**
 * Expires images as the policy of the repository says. An image to which an index refers is expired only after that index.
 *
 * @returns the digests of the expired images
 */
export function applyLifecyclePolicy(repository: Repository, now: number, readings: Readings): string[] {
  const { images, applied } = evaluate(repository, repository.lifecyclePolicy?.text ?? '{"rules":[]}', now, readings);
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

export function summaryOf(results: readonly PreviewResult[], status: LifecyclePreview['status']): object {
  const counted = status === 'COMPLETE' ? results : [];
  const transitioning = counted.filter(result => result.action.type === 'TRANSITION').length;
  return {
    expiringImageTotalCount: counted.length - transitioning,
    // "only present if at least one image will be transitioned" (service model)
    ...transitioning === 0 ? {} : { transitioningImageTotalCounts: [{ targetStorageClass: 'ARCHIVE', imageTotalCount: transitioning }] },
  };
}

function classOf(status: ImageStatus, readings: Readings): 'standard' | 'archive' {
  if (status === 'ACTIVATING' && readings.isOther('activating-is-archived')) return 'standard';
  return status === 'ACTIVE' ? 'standard' : 'archive';
}
