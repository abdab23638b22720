import { MONTH_HOURS, PRICES } from './prices';
import { METRICS } from '../../src/core/shield/findings';

/** What one run used. */
export interface Usage {
  /** Calls by `service:operation`, including throttled ones. */
  readonly calls: Readonly<Record<string, number>>;
  readonly throttled: number;
  /** Calls of `Protect`, by partition. Most partitions need one. */
  readonly protectCalls: readonly number[];
  readonly environments: number;
  readonly functionCalls: number;
  readonly functionSeconds: number;
  /** Memory of each function. */
  readonly memoryMB: number;
  /** From the start of the run to its end. */
  readonly seconds: number;
  readonly findings: number;
}

/** AWS does not say whether the start and the end of an execution are state transitions. UNCERTAIN: they count here. */
const START_AND_END = 2;

/**
 * The state transitions of a run without failures.
 *
 * - The run: Settings, Begin, IsStopped, SearchEnvironments, ProtectImages, End.
 * - A child for each environment: Collect.
 * - A child for each partition: Protect and IsMoreLeft for each call, and PartitionDone.
 */
export function stateTransitions({ environments, protectCalls }: Pick<Usage, 'environments' | 'protectCalls'>): number {
  const run = 6 + START_AND_END;
  const search = environments * (1 + START_AND_END);
  const protect = protectCalls.reduce((sum, calls) => sum + 2 * calls + 1 + START_AND_END, 0);
  return run + search + protect;
}

export interface S3Requests {
  /** PUT and LIST. */
  readonly writes: number;
  /** GET. */
  readonly reads: number;
}

/** The map over the partitions lists the state objects, a thousand at a time. */
export function s3Requests({ calls, protectCalls }: Pick<Usage, 'calls' | 'protectCalls'>): S3Requests {
  const lists = Math.max(1, Math.ceil(protectCalls.length / 1_000));
  return {
    writes: (calls['s3:PutObject'] ?? 0) + (calls['s3:ListObjectsV2'] ?? 0) + lists,
    reads: calls['s3:GetObject'] ?? 0,
  };
}

/** Dollars of one run, without the metrics, whose price is by the month. */
export function dollarsPerRun(usage: Usage): number {
  const { writes, reads } = s3Requests(usage);
  return stateTransitions(usage) * PRICES.stateTransition.dollars
    + usage.functionCalls * PRICES.functionRequest.dollars
    + usage.functionSeconds * usage.memoryMB / 1_024 * PRICES.functionGbSecond.dollars
    + writes * PRICES.s3Write.dollars
    + reads * PRICES.s3Read.dollars
    + PRICES.scheduledInvocation.dollars
    + usage.findings * PRICES.customEvent.dollars;
}

/** Dollars per month for the metrics of one shield. */
export const METRIC_DOLLARS = Object.keys(METRICS).length * PRICES.metricMonth.dollars;

/** Dollars per month of one shield with a run every so many hours. */
export function dollarsPerMonth(usage: Usage, everyHours: number): number {
  return dollarsPerRun(usage) * MONTH_HOURS / everyHours + METRIC_DOLLARS;
}

export function totalCalls({ calls }: Pick<Usage, 'calls'>): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}
