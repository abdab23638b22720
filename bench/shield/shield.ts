import { dollarsPerMonth, dollarsPerRun, METRIC_DOLLARS, s3Requests, stateTransitions, totalCalls, Usage } from './cost';
import { Sizes, USUAL } from './environment';
import { Growth, growth } from './growth';
import { measureMemory, MemoryRow } from './memory';
import { ASSUMED_LATENCY_MS, ASSUMED_RATE, ASSUMED_START_MS, PRICES_AS_OF, PUBLISHED_RATES, UNPUBLISHED } from './prices';
import { Rates, SimulatedRun, SimulatedShield } from './simulated-run';
import { Column, fixed, grouped, table } from '../table';

/** Hours between two runs. */
const EVERY = 6;
/** Longer than `keepAfterUse`, so that the second run also releases what the first protected. */
const DAYS_BETWEEN = 15;

interface Row {
  readonly environments: string;
  readonly run: 'first' | 'steady';
  /** Number of shields: one in each account and Region. */
  readonly shields: number;
  readonly usage: Usage;
}

const COLUMNS: ReadonlyArray<Column<Row>> = [
  { title: 'Shields', value: row => row.environments },
  { title: 'Run', value: row => row.run },
  { title: 'API calls', value: row => grouped(totalCalls(row.usage) * row.shields) },
  { title: 'State transitions', value: row => grouped(stateTransitions(row.usage) * row.shields) },
  { title: 'S3 writes', value: row => grouped(s3Requests(row.usage).writes * row.shields) },
  { title: 'S3 reads', value: row => grouped(s3Requests(row.usage).reads * row.shields) },
  { title: 'Function calls', value: row => grouped(row.usage.functionCalls * row.shields) },
  { title: 'Function seconds', value: row => grouped(Math.round(row.usage.functionSeconds * row.shields)) },
  { title: 'Minutes', value: row => fixed(row.usage.seconds / 60, 1) },
  { title: 'Dollars per run', value: row => fixed(dollarsPerRun(row.usage) * row.shields, row.shields === 1 ? 4 : 2) },
  {
    title: 'Dollars per month',
    value: row => row.run === 'first' ? '-' : fixed(dollarsPerMonth(row.usage, EVERY) * row.shields, 2),
  },
];

interface Result {
  readonly rows: readonly Row[];
  readonly growth: readonly Growth[];
  readonly memory: readonly MemoryRow[];
  readonly broken: readonly string[];
}

interface TwoRuns {
  readonly first: SimulatedRun;
  readonly steady: SimulatedRun;
  /** Workloads that got another image between the runs. */
  readonly changed: number;
}

/** Runs a shield twice. Between the runs, one workload in a hundred gets another image. */
async function runTwice(sizes: Sizes, rates: Rates): Promise<TwoRuns> {
  const simulated = await SimulatedShield.start(sizes, rates);
  try {
    const first = await simulated.run();
    simulated.pass(DAYS_BETWEEN);
    simulated.workloads.deploy();
    return { first, steady: await simulated.run(), changed: simulated.workloads.changed };
  } finally {
    await simulated.stop();
  }
}

/** Simulates the runs of an image shield: calls, state transitions, time, and cost. */
export async function shield(quick: boolean, print: (text: string) => void): Promise<Result> {
  const sizes = quick ? { ...USUAL, tasks: 20, services: 5, functions: 20, repositories: 100, storedImages: 1_000 } : USUAL;
  const usual = await runTwice(sizes, 'published');
  const rows = rowsOf(usual);
  const { tasks, services, functions, repositories } = sizes;
  print(`One shield in each account and Region, with ${tasks} tasks, ${services} services, ${functions} functions, and`
    + ` ${grouped(repositories)} repositories. Prices of ${PRICES_AS_OF}, us-east-1, a run every ${EVERY} hours:\n`);
  print(`${table(COLUMNS, rows)}\n`);
  print(`Assumed: ${ASSUMED_LATENCY_MS.ecr} ms for each API call, ${ASSUMED_LATENCY_MS.s3} ms for Amazon S3, and ${ASSUMED_START_MS} ms at`
    + ` the start of each function. The metrics of a shield are $${fixed(METRIC_DOLLARS, 2)} of the dollars per month.\n`);
  print(`API calls of one shield:\n\n${table(OPERATIONS, operationsOf(usual))}\n`);
  if (!quick) {
    const throttled = await runTwice(sizes, 'assumed');
    print(`If Amazon ECR admits only ${ASSUMED_RATE} calls per second of each operation without a published rate`
      + ` (${UNPUBLISHED.join(', ')}), the first run takes ${minutes(throttled.first)} minutes, and a steady run`
      + ` ${minutes(throttled.steady)}.\n`);
  }
  const { rows: growths, broken } = await growth(quick, async each => (await runTwice(each, 'published')).steady.usage, print);
  const memory = await measureMemory(quick, print);
  return { rows, growth: growths, memory: memory.rows, broken: [...wrongRuns(usual), ...broken, ...memory.broken] };
}

function rowsOf({ first, steady }: TwoRuns): Row[] {
  return [
    { environments: '1 account, 1 Region', shields: 1 },
    { environments: '20 accounts, 4 Regions (computed)', shields: 20 * 4 },
    { environments: '500 accounts, 4 Regions (computed)', shields: 500 * 4 },
  ].flatMap(shields => [{ ...shields, run: 'first', usage: first.usage }, { ...shields, run: 'steady', usage: steady.usage }] as const);
}

interface OperationRow {
  readonly name: string;
  readonly first: number;
  readonly steady: number;
}

const OPERATIONS: ReadonlyArray<Column<OperationRow>> = [
  { title: 'Operation', value: ({ name }) => name.replace(':', ' ') },
  { title: 'First run', value: ({ first }) => grouped(first) },
  { title: 'Steady run', value: ({ steady }) => grouped(steady) },
  {
    title: 'Admitted per second',
    value: ({ name }) => PUBLISHED_RATES.find(({ service, operation }) => name === `${service}:${operation}`)?.perSecond
      ?? (name.startsWith('s3:') ? 'thousands' : 'not published'),
  },
];

function operationsOf({ first, steady }: TwoRuns): OperationRow[] {
  const names = new Set([...Object.keys(first.usage.calls), ...Object.keys(steady.usage.calls)]);
  return [...names].map(name => ({ name, first: first.usage.calls[name] ?? 0, steady: steady.usage.calls[name] ?? 0 }));
}

function minutes({ usage }: SimulatedRun): string {
  return fixed(usage.seconds / 60, 1);
}

/** A run that did not protect or release what it should has the wrong cost. */
function wrongRuns({ first, steady, changed }: TwoRuns): string[] {
  const isComplete = first.summary.protected > 0 && first.summary.newlyProtected === first.summary.protected;
  const areSucceeded = [first, steady].every(({ summary }) => summary.succeeded && summary.unprotected === 0 && summary.findings === 0);
  return [
    ...areSucceeded ? [] : ['shield: a run failed, or did not protect all images in use'],
    ...isComplete ? [] : ['shield: the first run is incomplete'],
    ...steady.summary.newlyProtected === changed && steady.summary.released === changed ? [] : [
      `shield: the steady run protected ${steady.summary.newlyProtected} and released ${steady.summary.released} images, not ${changed}`,
    ],
  ];
}

