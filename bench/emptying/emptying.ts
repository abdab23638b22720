import { emptyingCases, floor, THROTTLED } from './cases';
import { concurrency } from './concurrency';
import { Column, fixed, grouped, table } from '../table';
import { FUNCTION_MEMORY_MB, Invoker } from '../teardown/invoke';
import { measure, Measurement } from '../teardown/measure';
import { emptied } from '../teardown/sides';

interface Row extends Measurement {
  readonly floor: number;
}

/** The time limit of a function. */
const CONDITIONS = { latencyMs: 20, timeoutMs: 900_000 };

const COLUMNS: ReadonlyArray<Column<Row>> = [
  { title: 'Repository', value: row => row.shape },
  { title: 'Images', value: row => grouped(row.images) },
  { title: 'Left', value: row => row.left },
  { title: 'Reported', value: row => row.reported },
  { title: 'ECR calls', value: row => grouped(row.ecrCalls) },
  { title: 'Floor', value: row => grouped(row.floor) },
  { title: 'Throttled', value: row => grouped(row.throttled) },
  { title: 'Seconds', value: row => row.seconds === undefined ? `>${CONDITIONS.timeoutMs / 1000}` : fixed(row.seconds, 1) },
  { title: 'Peak MB', value: row => row.peakMB === undefined ? '-' : fixed(row.peakMB, 0) },
];

/** Measures Teardown.empty. aws-cdk-lib has no equivalent, because it empties a repository only before its deletion. */
export async function emptying(quick: boolean, print: (text: string) => void): Promise<{ readonly broken: readonly string[] }> {
  const invoker = new Invoker();
  try {
    const rows = new Array<Row>();
    for (const subject of [...emptyingCases(quick), ...quick ? [] : [THROTTLED]]) {
      rows.push({ ...await measure(invoker, emptied(), subject, CONDITIONS), floor: floor(subject) });
    }
    print(`Latency of every API call: ${CONDITIONS.latencyMs} ms. Each run has a separate process. aws-cdk-lib cannot empty a`
      + ' repository and keep it.\n');
    print(`${table(COLUMNS, rows)}\n`);
    const rowsOfConcurrency = await concurrency(quick, print);
    return { ...{ rows, concurrency: rowsOfConcurrency }, broken: rows.flatMap(unkept) };
  } finally {
    invoker.close();
  }
}

/** Returns missed limits. Allows the minimum, a call before and after, the last list, and an incomplete batch for each pass. */
function unkept({ shape, images, left, reported, reason, ecrCalls, throttled, peakMB, floor: least }: Row): string[] {
  const which = `emptying ${shape}, ${images} images`;
  return [
    ...left === 0 && reported === 'SUCCESS' ? [] : [`${which}: ${left} left, ${reported}: ${reason}`],
    ...ecrCalls - throttled <= least + 8 ? [] : [`${which}: ${ecrCalls} ECR calls; the minimum is ${least}`],
    ...(peakMB ?? 0) <= FUNCTION_MEMORY_MB ? [] : [`${which}: ${peakMB} MB`],
  ];
}

