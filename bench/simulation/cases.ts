import type { Rule } from '../../src/core/lifecycle/rule';
import type { SimulatedImage } from '../../src/core/lifecycle/simulate';

export const NOW = Date.UTC(2026, 5, 1);
const HOUR = 3_600_000;

/**
 * Typical rules: one for each branch by age or count, one for untagged images, and one for all others. Patterns have one to four wildcards.
 */
export function rulesOf(count: number): Rule[] {
  const action = { type: 'expire' } as const;
  return Array.from({ length: count }, (_, index): Rule => {
    const rulePriority = index + 1;
    if (rulePriority === count) {
      return { rulePriority, selection: { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 500 }, action };
    }
    if (rulePriority === count - 1) {
      return {
        rulePriority, selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 14, countUnit: 'days' }, action,
      };
    }
    const tagPatternList = [[`branch-${index}-*`, `*-${index}-rc*`, `*team*${index}*`][index % 3]];
    return index % 2 === 0
      ? {
        rulePriority,
        selection: { tagStatus: 'tagged', tagPatternList, countType: 'sinceImagePushed', countNumber: 30, countUnit: 'days' },
        action,
      }
      : { rulePriority, selection: { tagStatus: 'tagged', tagPatternList, countType: 'imageCountMoreThan', countNumber: 20 }, action };
  });
}

/** Images with two tags each, except for every tenth image, which is untagged. */
export function imagesOf(count: number): SimulatedImage[] {
  return Array.from({ length: count }, (_, index) => ({
    digest: `sha256:${index.toString(16).padStart(64, '0')}`,
    tags: index % 10 === 0 ? [] : [`branch-${index % 60}-${index}`, `build-${index}`],
    storageClass: 'standard',
    pushedAt: NOW - index * HOUR,
  }));
}
