import { Case, cases, guardedCases } from './cases';
import { Invoker } from './invoke';
import { Conditions, measure, Measurement } from './measure';
import { incumbent, ours, Side } from './sides';
import { Column, fixed, grouped, table } from '../table';

export interface TeardownResults extends Conditions {
  readonly measurements: readonly Measurement[];
  readonly guarded: readonly Measurement[];
  /** Missed limits of our side. */
  readonly broken: readonly string[];
}

/** 2 ms is less than the latency of ECR, so that 100,000 images on the slower side do not take too long. */
const CONDITIONS: Conditions = { latencyMs: 2, timeoutMs: 90_000 };

const COLUMNS: ReadonlyArray<Column<Measurement>> = [
  { title: 'Repository', value: row => row.shape },
  { title: 'Images', value: row => grouped(row.images) },
  { title: 'Side', value: row => row.side },
  { title: 'Left', value: row => grouped(row.left) },
  { title: 'Reported', value: row => row.reported },
  { title: 'Stack delete', value: row => row.cloudFormationsDelete },
  { title: 'ECR calls', value: row => grouped(row.ecrCalls) },
  { title: 'Throttled', value: row => grouped(row.throttled) },
  { title: 'CFN calls', value: row => row.cloudFormationCalls },
  { title: 'Seconds', value: row => row.seconds === undefined ? `>${CONDITIONS.timeoutMs / 1000}` : fixed(row.seconds, 2) },
  { title: 'Peak MB', value: row => row.peakMB === undefined ? '-' : fixed(row.peakMB, 0) },
];

export async function teardown(quick: boolean, print: (text: string) => void): Promise<TeardownResults> {
  const invoker = new Invoker();
  const run = async (subjects: readonly Case[], sides: readonly Side[]) => {
    const measurements = new Array<Measurement>();
    for (const subject of subjects) {
      for (const side of sides) measurements.push(await measure(invoker, side, subject, CONDITIONS));
    }
    return measurements;
  };
  try {
    print(`Latency of every API call: ${CONDITIONS.latencyMs} ms. A handler is stopped after ${CONDITIONS.timeoutMs / 1000} s.\n`);
    const measurements = await run(cases(quick), [incumbent(), ours()]);
    print(`${table(COLUMNS, measurements)}\n`);
    const guarded = await run(guardedCases(quick), [
      { ...ours(1_000_000), name: 'maxImages: 1,000,000' }, { ...ours(50), name: 'maxImages: 50' },
    ]);
    print(`Our side with a guard that counts images:\n\n${table(COLUMNS, guarded)}\n`);
    return { ...CONDITIONS, measurements, guarded, broken: [...measurements.flatMap(unkept), ...guarded.flatMap(unkeptGuard)] };
  } finally {
    invoker.close();
  }
}

function unkept({ side, shape, images, left, reported, ecrCalls, throttled, reason }: Measurement): string[] {
  if (side !== 'ours') return [];
  const which = `${shape}, ${images} images`;
  return [
    ...left === 0 ? [] : [`${which}: ${left} left`],
    ...reported === 'SUCCESS' ? [] : [`${which}: reported ${reported}: ${reason}`],
    ...ecrCalls - throttled <= 3 ? [] : [`${which}: ${ecrCalls} ECR calls`],
  ];
}

function unkeptGuard({ side, images, left, ecrCalls }: Measurement): string[] {
  const limit = Number(/\d[\d,]*/.exec(side)![0].replace(/,/g, ''));
  const expected = images > limit ? { left: images, calls: 2 } : { left: 0, calls: 3 + Math.ceil(images / 1_000) };
  return left === expected.left && ecrCalls <= expected.calls + 1 ? []
    : [`${side}, ${images} images: ${left} left after ${ecrCalls} ECR calls`];
}
