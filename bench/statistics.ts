export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1], runs: sorted.length };
}

/** Compares alternating runs in pairs, so that a busy machine slows both runs of a pair. */
export function pairedRatio(ours: readonly number[], other: readonly number[]): number {
  return spread(ours.map((value, at) => value / other[at])).median;
}
