import { MONTH_HOURS, PRICES } from './prices';
import { METRICS } from '../../src/core/shield/findings';
import { memoryOf } from '../../src/private/handler/bundled-function';
import {
  IMAGE_SHIELD_COLLECT_FUNCTION, IMAGE_SHIELD_PROTECT_FUNCTION, IMAGE_SHIELD_REPORT_FUNCTION,
} from '../../src/private/shield/descriptors';

/** Steps of a run, by the function that does them. */
export type Step = 'begin and end' | 'search' | 'protect';

const FUNCTIONS = {
  'begin and end': IMAGE_SHIELD_REPORT_FUNCTION, 'search': IMAGE_SHIELD_COLLECT_FUNCTION, 'protect': IMAGE_SHIELD_PROTECT_FUNCTION,
} satisfies Record<Step, object>;

export interface StepUsage {
  /** Calls by `service:operation`, including throttled ones. */
  readonly calls: Readonly<Record<string, number>>;
  readonly functionCalls: number;
  readonly functionSeconds: number;
}

/** What one run used. */
export interface Usage extends StepUsage {
  readonly steps: Readonly<Record<Step, StepUsage>>;
  readonly throttled: number;
  /** Calls of functions that failed and were repeated. */
  readonly retries: number;
  /** Calls of `Protect`, by partition. Most partitions need one. */
  readonly protectCalls: readonly number[];
  readonly environments: number;
  /** From the start of the run to its end. */
  readonly seconds: number;
  readonly findings: number;
}

type Children = Pick<Usage, 'environments' | 'protectCalls'>;

/** AWS does not say whether the start and the end of an execution are state transitions. UNCERTAIN: they count here. */
const START_AND_END = 2;

/**
 * The state transitions of a run without failures.
 *
 * - The run: Settings, Begin, IsStopped, SearchEnvironments, ProtectImages, End.
 * - A child for each environment: Collect.
 * - A child for each partition: Protect and IsMoreLeft for each call, and PartitionDone.
 */
function transitionsOf({ environments, protectCalls }: Children): Record<Step, number> {
  return {
    'begin and end': 6 + START_AND_END,
    'search': environments * (1 + START_AND_END),
    'protect': protectCalls.reduce((sum, calls) => sum + 2 * calls + 1 + START_AND_END, 0),
  };
}

export function stateTransitions(children: Children): number {
  return sumOf(Object.values(transitionsOf(children)));
}

export interface S3Requests {
  /** PUT and LIST. */
  readonly writes: number;
  /** GET. */
  readonly reads: number;
}

/** Requests of Step Functions: it reads the list of the environments, and lists the state objects, a thousand at a time. */
function requestsOfMaps({ protectCalls }: Children): Record<Step, S3Requests> {
  return {
    'begin and end': { writes: 0, reads: 0 },
    'search': { writes: 0, reads: 1 },
    'protect': { writes: Math.max(1, Math.ceil(protectCalls.length / 1_000)), reads: 0 },
  };
}

function requestsOf({ calls }: Pick<StepUsage, 'calls'>, ofMap: S3Requests): S3Requests {
  return {
    writes: (calls['s3:PutObject'] ?? 0) + (calls['s3:ListObjectsV2'] ?? 0) + ofMap.writes,
    reads: (calls['s3:GetObject'] ?? 0) + ofMap.reads,
  };
}

export function s3Requests(usage: Pick<Usage, 'calls'> & Children): S3Requests {
  const ofMaps = Object.values(requestsOfMaps(usage));
  return requestsOf(usage, { writes: sumOf(ofMaps.map(({ writes }) => writes)), reads: sumOf(ofMaps.map(({ reads }) => reads)) });
}

/** Something that AWS charges for. */
export interface CostItem {
  readonly step: Step;
  readonly what: string;
  readonly count: number;
  readonly dollars: number;
}

/** Everything that one run costs, without the metrics, whose price is by the month. API calls of other services are free. */
export function costItems(usage: Usage): CostItem[] {
  const transitions = transitionsOf(usage);
  const ofMaps = requestsOfMaps(usage);
  const steps = Object.entries(usage.steps) as Array<[Step, StepUsage]>;
  return [
    ...steps.flatMap(([step, used]) => {
      const { writes, reads } = requestsOf(used, ofMaps[step]);
      const item = (what: string, count: number, price: number): CostItem => ({ step, what, count, dollars: count * price });
      return [
        item('state transitions', transitions[step], PRICES.stateTransition.dollars),
        item('function calls', used.functionCalls, PRICES.functionRequest.dollars),
        item('function seconds', used.functionSeconds, memoryOf(FUNCTIONS[step]) / 1_024 * PRICES.functionGbSecond.dollars),
        item('S3 writes', writes, PRICES.s3Write.dollars),
        item('S3 reads', reads, PRICES.s3Read.dollars),
      ];
    }),
    { step: 'begin and end', what: 'scheduled invocation', count: 1, dollars: PRICES.scheduledInvocation.dollars },
    { step: 'begin and end', what: 'events', count: usage.findings, dollars: usage.findings * PRICES.customEvent.dollars },
  ];
}

/** Dollars of one run, without the metrics. */
export function dollarsPerRun(usage: Usage): number {
  return sumOf(costItems(usage).map(({ dollars }) => dollars));
}

/** Dollars per month for the metrics of one shield. */
export const METRIC_DOLLARS = Object.keys(METRICS).length * PRICES.metricMonth.dollars;

/** Dollars per month of one shield with a run every so many hours. */
export function dollarsPerMonth(usage: Usage, everyHours: number): number {
  return dollarsPerRun(usage) * MONTH_HOURS / everyHours + METRIC_DOLLARS;
}

export function totalCalls({ calls }: Pick<Usage, 'calls'>): number {
  return sumOf(Object.values(calls));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
