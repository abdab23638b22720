import {
  CostItem, costItems, dollarsPerMonth, dollarsPerRun, METRIC_DOLLARS, s3Requests, stateTransitions, totalCalls, Usage,
} from './cost';
import { REPLICATED, SHARED, Sizes, STAGES, TEAM, USUAL } from './fleet';
import { Growth, growth } from './growth';
import { measureMemory, MemoryRow } from './memory';
import { ASSUMED_LATENCY_MS, ASSUMED_RATE, ASSUMED_START_MS, PRICES_AS_OF, PUBLISHED_RATES, UNPUBLISHED } from './prices';
import { SimulatedRun, SimulatedShield, SimulationOptions } from './simulated-run';
import { Column, fixed, grouped, table } from '../table';

/** Hours between two runs. */
const EVERY = 6;
/** Longer than `keepAfterUse`, so that the second run also releases what the first protected. */
const DAYS_BETWEEN = 15;
const FLEETS: ReadonlyArray<Pick<Sizes, 'accounts' | 'regions'>> = [
  { accounts: 1, regions: 1 }, { accounts: 20, regions: 4 }, { accounts: 500, regions: 4 },
];
const QUICK: Partial<Sizes> = { tasks: 20, services: 5, functions: 20, repositories: 100, storedImages: 1_000 };
const QUICK_FLEETS: typeof FLEETS = [{ accounts: 1, regions: 1 }, { accounts: 6, regions: 2 }];

interface Row {
  readonly accounts: number;
  readonly regions: number;
  readonly run: 'first' | 'steady';
  readonly protected: number;
  readonly usage: Usage;
}

const COLUMNS: ReadonlyArray<Column<Row>> = [
  { title: 'Accounts', value: row => grouped(row.accounts) },
  { title: 'Regions', value: row => row.regions },
  { title: 'Run', value: row => row.run },
  { title: 'Images in use', value: row => grouped(row.protected) },
  { title: 'API calls', value: row => grouped(totalCalls(row.usage)) },
  { title: 'State transitions', value: row => grouped(stateTransitions(row.usage)) },
  { title: 'S3 writes', value: row => grouped(s3Requests(row.usage).writes) },
  { title: 'S3 reads', value: row => grouped(s3Requests(row.usage).reads) },
  { title: 'Function calls', value: row => grouped(row.usage.functionCalls) },
  { title: 'Function seconds', value: row => grouped(Math.round(row.usage.functionSeconds)) },
  { title: 'Minutes', value: row => fixed(row.usage.seconds / 60, 1) },
  { title: 'Dollars per run', value: row => fixed(dollarsPerRun(row.usage), 4) },
  { title: 'Dollars per month', value: row => row.run === 'first' ? '-' : fixed(dollarsPerMonth(row.usage, EVERY), 2) },
];

interface Result {
  readonly rows: readonly Row[];
  readonly growth: readonly Growth[];
  readonly memory: readonly MemoryRow[];
  readonly broken: readonly string[];
}

interface TwoRuns {
  readonly sizes: Sizes;
  readonly first: SimulatedRun;
  readonly steady: SimulatedRun;
  /** Images in use that are new in the steady run. */
  readonly changed: number;
  /** Repositories in use, without replicas. */
  readonly usedRepositories: number;
}

/** Runs a shield twice. Between the runs, one repository in a hundred gets another image. */
async function runTwice(sizes: Sizes, options: SimulationOptions = {}): Promise<TwoRuns> {
  const simulated = await SimulatedShield.start(sizes, options);
  try {
    const first = await simulated.run();
    simulated.pass(DAYS_BETWEEN);
    const changed = simulated.fleet.deploy();
    return { sizes, first, steady: await simulated.run(), changed, usedRepositories: simulated.fleet.usedRepositories };
  } finally {
    await simulated.stop();
  }
}

/** Simulates the runs of an image shield: calls, state transitions, time, and cost. */
export async function shield(quick: boolean, print: (text: string) => void): Promise<Result> {
  const sizes = quick ? { ...USUAL, ...QUICK } : USUAL;
  const fleets = new Array<TwoRuns>();
  for (const fleet of quick ? QUICK_FLEETS : FLEETS) fleets.push(await runTwice({ ...sizes, ...fleet }));
  const rows = fleets.flatMap(rowsOf);
  print(`${describe(sizes)}\n\n${table(COLUMNS, rows)}\n`);
  print(`Assumed: ${ASSUMED_LATENCY_MS.ecr} ms for each API call, ${ASSUMED_LATENCY_MS.s3} ms for Amazon S3, and ${ASSUMED_START_MS} ms at`
    + ` the start of each function. The metrics of a shield are $${fixed(METRIC_DOLLARS, 2)} of the dollars per month.\n`);
  const largest = fleets.at(-1)!;
  print(`API calls with ${nameOf(largest)}, and how many calls of a steady run each account and Region causes:\n\n`
    + `${table(OPERATIONS, operationsOf(largest))}\n`);
  print(`What a steady run with ${nameOf(largest)} costs. Items below a hundredth of the cost are left out:\n\n`
    + `${table(COSTS, costsOf(largest))}\n`);
  if (!quick) {
    const throttled = await runTwice(sizes, { rates: 'assumed' });
    print(`If Amazon ECR admits only ${ASSUMED_RATE} calls per second of each operation without a published rate`
      + ` (${UNPUBLISHED.join(', ')}), the first run of the shield with one account and Region takes ${minutes(throttled.first)} minutes,`
      + ` and a steady run ${minutes(throttled.steady)}.\n`);
  }
  const { rows: growths, broken } = await growth(quick, async each => (await runTwice(each)).steady.usage, print);
  const memory = await measureMemory(quick, print);
  return { rows, growth: growths, memory: memory.rows, broken: [...fleets.flatMap(wrongRuns), ...broken, ...memory.broken] };
}

function describe({ tasks, services, functions, repositories }: Sizes): string {
  return `One shield, whose account has the registry with ${grouped(repositories)} repositories. Each account and Region runs ${tasks}`
    + ` tasks, ${services} services, and ${functions} functions. One workload in ${SHARED} uses an image of a repository that all accounts`
    + ` use. The others use images of their team, which has ${TEAM} accounts in ${STAGES} stages with different releases. One repository in`
    + ` ${REPLICATED} is replicated to the other Regions, where the workloads use the replica. Prices of ${PRICES_AS_OF}, us-east-1, a run`
    + ` every ${EVERY} hours:`;
}

function nameOf({ sizes: { accounts, regions } }: TwoRuns): string {
  return `${accounts} accounts and ${regions} Regions`;
}

function rowsOf({ sizes: { accounts, regions }, first, steady }: TwoRuns): Row[] {
  return ([['first', first], ['steady', steady]] as const).map(([run, { usage, summary }]) =>
    ({ accounts, regions, run, protected: summary.protected, usage }));
}

interface OperationRow {
  readonly name: string;
  readonly first: number;
  readonly steady: number;
  /** Of all calls of the steady run. */
  readonly share: number;
  readonly environments: number;
}

const OPERATIONS: ReadonlyArray<Column<OperationRow>> = [
  { title: 'Operation', value: ({ name }) => name.replace(':', ' ') },
  { title: 'First run', value: ({ first }) => grouped(first) },
  { title: 'Steady run', value: ({ steady }) => grouped(steady) },
  { title: 'Per environment', value: ({ steady, environments }) => fixed(steady / environments, 1) },
  { title: 'Share %', value: ({ share }) => percent(share) },
  {
    title: 'Admitted per second',
    value: ({ name }) => PUBLISHED_RATES.find(({ service, operation }) => name === `${service}:${operation}`)?.perSecond
      ?? (name.startsWith('s3:') ? 'thousands' : 'not published'),
  },
];

function operationsOf({ first, steady }: TwoRuns): OperationRow[] {
  const names = new Set([...Object.keys(first.usage.calls), ...Object.keys(steady.usage.calls)]);
  const { environments } = steady.usage;
  return [...names].map(name => {
    const count = steady.usage.calls[name] ?? 0;
    return { name, first: first.usage.calls[name] ?? 0, steady: count, share: count / totalCalls(steady.usage), environments };
  }).sort((one, other) => other.steady - one.steady);
}

interface CostRow extends CostItem {
  readonly share: number;
  readonly environments: number;
}

const COSTS: ReadonlyArray<Column<CostRow>> = [
  { title: 'Step', value: row => row.step },
  { title: 'What', value: row => row.what },
  { title: 'Number', value: row => grouped(Math.round(row.count)) },
  { title: 'Per environment', value: row => fixed(row.count / row.environments, 1) },
  { title: 'Dollars per run', value: row => fixed(row.dollars, 4) },
  { title: 'Share %', value: row => percent(row.share) },
];

function costsOf({ steady: { usage } }: TwoRuns): CostRow[] {
  const total = dollarsPerRun(usage);
  const rows = costItems(usage).map(item => ({ ...item, share: item.dollars / total, environments: usage.environments }));
  return rows.filter(({ share }) => share >= 0.01).sort((one, other) => other.share - one.share);
}

function percent(share: number): string {
  return fixed(share * 100, 1);
}

function minutes({ usage }: SimulatedRun): string {
  return fixed(usage.seconds / 60, 1);
}

/** A run that did not protect or release what it should has the wrong cost. */
function wrongRuns(runs: TwoRuns): string[] {
  const { first, steady, changed } = runs;
  const name = `shield with ${nameOf(runs)}`;
  const isComplete = first.summary.protected > 0 && first.summary.newlyProtected === first.summary.protected;
  const areSucceeded = [first, steady].every(({ summary }) => summary.succeeded && summary.unprotected === 0 && summary.findings === 0);
  return [
    ...areSucceeded ? [] : [`${name}: a run failed, or did not protect all images in use`],
    ...isComplete ? [] : [`${name}: the first run is incomplete`],
    ...steady.summary.newlyProtected === changed && steady.summary.released === changed ? [] : [
      `${name}: the steady run protected ${steady.summary.newlyProtected} and released ${steady.summary.released} images, not ${changed}`,
    ],
  ];
}

