import { totalCalls, Usage } from './cost';
import { Sizes, USUAL } from './fleet';
import { Column, fixed, grouped, table } from '../table';

/** The steady run of a shield that has more to look at than another. */
export interface Growth {
  readonly images: 'tagged' | 'untagged, of indexes';
  readonly stored: number;
  /** Tasks, and as many functions. */
  readonly running: number;
  readonly calls: number;
  readonly functionSeconds: number;
  readonly callsRatio: number;
  readonly secondsRatio: number;
}

const COLUMNS: ReadonlyArray<Column<Growth>> = [
  { title: 'Images in use', value: row => row.images },
  { title: 'Images stored', value: row => grouped(row.stored) },
  { title: 'Tasks and functions', value: row => grouped(row.running * 2) },
  { title: 'API calls', value: row => grouped(row.calls) },
  { title: 'Ratio', value: row => `${fixed(row.callsRatio, 2)} x` },
  { title: 'Function seconds', value: row => fixed(row.functionSeconds, 0) },
  { title: 'Ratio of seconds', value: row => `${fixed(row.secondsRatio, 2)} x` },
];

const STORED = [1_000, 10_000, 100_000];
const RUNNING = [10, 100, 1_000];
/** Limits of the ratios to the first row of a group. */
const MOST_BY_STORED = 1.01;
/** Untagged images that are new in use have their repository listed. One in a hundred is new. */
const MOST_BY_STORED_UNTAGGED = 1.1;

type Measure = (sizes: Sizes) => Promise<Usage>;

/** Compares steady runs with more stored images, and with more running workloads. */
export async function growth(
  quick: boolean, measure: Measure, print: (text: string) => void,
): Promise<{ rows: Growth[]; broken: string[] }> {
  const base = { ...USUAL, repositories: 0, ...quick ? { tasks: 20, services: 5, functions: 20 } : {} };
  const some = (values: readonly number[]) => quick ? values.slice(0, 2) : values;
  const byStored = await group(some(STORED).map(storedImages => ({ ...base, storedImages })), measure);
  const untagged = quick ? [] : await group([STORED[0], STORED[2]].map(storedImages =>
    ({ ...base, storedImages, areMultiArchitecture: true })), measure);
  const running = (tasks: number): Sizes => ({ ...base, tasks, services: Math.ceil(tasks / 4), functions: tasks });
  const byRunning = await group(some(RUNNING).map(running), measure);
  const rows = [...byStored, ...untagged, ...byRunning];
  print('Steady runs with more images, and with more workloads. The ratios are to the first row with the same images in use and the same'
    + ' number of workloads or of stored images:\n');
  print(`${table(COLUMNS, rows)}\n`);
  return {
    rows,
    broken: [
      ...growsWithStored(byStored, MOST_BY_STORED), ...growsWithStored(untagged, MOST_BY_STORED_UNTAGGED), ...growsTooFast(byRunning),
    ],
  };
}

async function group(sizes: readonly Sizes[], measure: Measure): Promise<Growth[]> {
  const rows = new Array<Growth>();
  for (const each of sizes) {
    const usage = await measure(each);
    const row = { calls: totalCalls(usage), functionSeconds: usage.functionSeconds };
    const first = rows[0] ?? row;
    rows.push({
      images: each.areMultiArchitecture ? 'untagged, of indexes' : 'tagged',
      stored: each.storedImages,
      running: each.tasks,
      ...row,
      callsRatio: row.calls / first.calls,
      secondsRatio: row.functionSeconds / first.functionSeconds,
    });
  }
  return rows;
}

/** Returns a sentence for each row whose cost grows with what is stored. */
export function growsWithStored(rows: readonly Growth[], most: number): string[] {
  return rows.filter(({ callsRatio, secondsRatio }) => Math.max(callsRatio, secondsRatio) > most)
    .map(({ stored, callsRatio }) => `shield: with ${stored} stored images, a steady run makes ${fixed(callsRatio, 2)} x as many calls`);
}

/** Returns a sentence for each row whose cost grows faster than what runs. A run has a fixed part, so that it grows more slowly. */
export function growsTooFast(rows: readonly Growth[]): string[] {
  return rows.filter(({ running, callsRatio, secondsRatio }) => Math.max(callsRatio, secondsRatio) > running / rows[0].running)
    .map(({ running, callsRatio }) => `shield: with ${running} tasks, a steady run makes ${fixed(callsRatio, 2)} x as many calls`);
}
