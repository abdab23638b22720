import type { RepositoryRecord, Share } from '../../repository-record';

/** Parts of a bar of the chart, from bottom to top. */
export const LAYERS = [
  { name: 'policy', label: 'in repositories with a lifecycle policy' },
  { name: 'no-policy', label: 'in repositories without one' },
  { name: 'other', label: 'in ECR Public, or the policy could not be read' },
] as const;
export type Layer = typeof LAYERS[number]['name'];

export interface Bar {
  /** First month of the bar, such as `2026-01`. */
  readonly month: string;
  /** Whether the bar also has the images of all earlier months. */
  readonly isEarlier: boolean;
  readonly parts: Readonly<Record<Layer, Share>>;
  readonly total: Share;
}

/** Maximum number of bars. Earlier months share the first bar. */
const MOST_BARS = 48;
/** Minimum number of bars, so that the bars of a new registry are not as wide as the page. */
const LEAST_BARS = 12;

/** Returns the images that are still present by month of push. Months without images are included, so that the axis is linear. */
export function barsOf(repositories: readonly RepositoryRecord[]): Bar[] {
  const sums = new Map<number, Record<Layer, { count: number; bytes: number }>>();
  for (const record of repositories) {
    const layer = layerOf(record);
    for (const { month, count, bytes } of record.images?.months ?? []) {
      const number = numberOf(month);
      if (!sums.has(number)) sums.set(number, emptyParts());
      const part = sums.get(number)![layer];
      part.count += count;
      part.bytes += bytes;
    }
  }
  if (sums.size === 0) return [];
  const numbers = [...sums.keys()].sort((one, other) => one - other);
  const last = numbers[numbers.length - 1];
  const first = Math.max(last - MOST_BARS + 1, Math.min(numbers[0], last - LEAST_BARS + 1));
  return Array.from({ length: last - first + 1 }, (_, place): Bar => {
    const isEarlier = place === 0 && numbers[0] < first;
    const members = isEarlier ? numbers.filter(number => number <= first) : [first + place];
    const parts = emptyParts();
    for (const number of members) {
      for (const { name } of LAYERS) {
        parts[name].count += sums.get(number)?.[name].count ?? 0;
        parts[name].bytes += sums.get(number)?.[name].bytes ?? 0;
      }
    }
    const total = { count: 0, bytes: 0 };
    for (const { name } of LAYERS) {
      total.count += parts[name].count;
      total.bytes += parts[name].bytes;
    }
    return { month: monthOf(first + place), isEarlier, parts, total };
  });
}

/** Returns the images of a repository that are in a bar. */
export function shareOfBar({ images }: RepositoryRecord, { month, isEarlier }: Pick<Bar, 'month' | 'isEarlier'>): Share {
  const entries = (images?.months ?? []).filter(entry => isEarlier ? entry.month <= month : entry.month === month);
  return entries.reduce((sum, { count, bytes }) => ({ count: sum.count + count, bytes: sum.bytes + bytes }), { count: 0, bytes: 0 });
}

export function barName({ month, isEarlier }: Pick<Bar, 'month' | 'isEarlier'>): string {
  return isEarlier ? `${month} and earlier` : month;
}

function layerOf({ policy }: RepositoryRecord): Layer {
  return policy === undefined ? 'other' : policy.kind === 'none' ? 'no-policy' : 'policy';
}

function emptyParts(): Record<Layer, { count: number; bytes: number }> {
  return { 'policy': { count: 0, bytes: 0 }, 'no-policy': { count: 0, bytes: 0 }, 'other': { count: 0, bytes: 0 } };
}

function numberOf(month: string): number {
  const [year, ofYear] = month.split('-').map(Number);
  return year * 12 + ofYear - 1;
}

function monthOf(number: number): string {
  return `${String(Math.floor(number / 12)).padStart(4, '0')}-${String(number % 12 + 1).padStart(2, '0')}`;
}
