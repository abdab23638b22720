import type { ReportData } from '../../cli/lifecycle-report/report-data';
import type { DescribedImage } from '../../src/core/images/described-images';
import { actingRule, DAY, simulateLifecycle } from '../../src/core/lifecycle/simulate';

export interface State {
  readonly expired: number;
  readonly archived: number;
  readonly kept: number;
  /** Numbers of images by the priority of the rule that acted. */
  readonly acted: ReadonlyMap<number, number>;
}

/**
 * Computes independently what the page must show. Simulates each day with the images that the previous day left. An image counts as
 * archived from the time at which it was due, although ECR may archive it up to a day later.
 */
export function statesUntil({ rules, images, at }: ReportData, lastDay: number): State[] {
  const states = new Array<State>();
  let remaining: DescribedImage[] = [...images];
  const archivedHere = new Set<string>();
  let expired = 0;
  const acted = new Map<number, number>();
  for (let day = 0; day <= lastDay; day++) {
    const decisions = simulateLifecycle(rules, remaining, at + day * DAY);
    remaining = remaining.flatMap((image, index) => {
      const { action, blockedBy, dueAt = at } = decisions[index];
      const rule = actingRule(decisions[index]);
      if (!rule || blockedBy.length > 0) return [image];
      acted.set(rule.rulePriority, (acted.get(rule.rulePriority) ?? 0) + 1);
      if (action === 'ARCHIVE') {
        archivedHere.add(image.digest);
        return [{ ...image, storageClass: 'archive' as const, lastArchivedAt: Math.max(at, dueAt) }];
      }
      expired++;
      archivedHere.delete(image.digest);
      return [];
    });
    states.push({ expired, archived: archivedHere.size, kept: images.length - expired - archivedHere.size, acted: new Map(acted) });
  }
  return states;
}
