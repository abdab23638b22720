import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Durations, Plan } from './app-process';
import { CompiledLibrary } from './compiled-library';
import { measureAgainIfMissed } from '../limits';
import { pairedRatio, Spread, spread } from '../statistics';
import { Column, fixed, grouped, table } from '../table';

type Side = Plan['side'];

export interface SynthRow {
  readonly stacks: number;
  readonly features: string;
  readonly ours: Side;
  readonly other: Side;
  readonly oursWork: Spread;
  readonly otherWork: Spread;
  /** Ratio of construction and synthesis only. */
  readonly ratio: number;
  /** Ratio of the whole process of an app that loads its modules, which users wait for. */
  readonly wholeRatio: number;
}

const PAIRS: ReadonlyArray<Pick<SynthRow, 'features' | 'ours' | 'other'>> = [
  { features: 'scan on push, immutable tags', ours: 'ours', other: 'plain' },
  { features: 'and a teardown / autoDeleteImages', ours: 'ours-teardown', other: 'auto-delete' },
];
const TARGET = 1.2;
const REPOSITORIES_PER_STACK = 100;

/** Seconds of one run of a side. */
interface Times {
  /** Construction and synthesis, when the modules are loaded. */
  readonly work: number;
  readonly whole: number;
}

const spelled = ({ median, min, max }: Spread) => `${fixed(median, 2)} (${fixed(min, 2)} to ${fixed(max, 2)})`;
const COLUMNS: ReadonlyArray<Column<SynthRow>> = [
  { title: 'Repositories', value: row => grouped(row.stacks * REPOSITORIES_PER_STACK) },
  { title: 'Features', value: row => row.features },
  { title: 'aws-ecr s', value: row => spelled(row.otherWork) },
  { title: 'Ours s', value: row => spelled(row.oursWork) },
  { title: 'Ratio', value: row => `${fixed(row.ratio, 2)} x` },
  { title: 'Whole process', value: row => `${fixed(row.wholeRatio, 2)} x` },
  { title: 'Target', value: row => `${TARGET} x: ${isMet(row) ? 'met' : 'missed'}` },
];

/** A teardown adds more to each stack than autoDeleteImages. Users wait for the whole process. */
const judged = ({ other, ratio, wholeRatio }: SynthRow) => other === 'plain' ? Math.max(ratio, wholeRatio) : wholeRatio;
const isMet = (row: SynthRow) => judged(row) <= TARGET;

export interface SynthResults {
  readonly synth: readonly SynthRow[];
  readonly broken: readonly string[];
}

export function synth(quick: boolean, print: (text: string) => void): SynthResults {
  const library = new CompiledLibrary();
  const [sizes, runs] = quick ? [[1], 3] : [[1, 10], 9];
  try {
    print(`Stacks of ${REPOSITORIES_PER_STACK} repositories, ${runs} alternating runs of each side, each in a separate process:`
      + ' median (fastest to slowest).\n');
    const comparePair = (pair: typeof PAIRS[number], stacks: number, count: number) => {
      const measured = (side: Side): Times => {
        const plan = { side, stacks, repositoriesPerStack: REPOSITORIES_PER_STACK, outdir: join(library.folder, 'cdk.out') };
        const [warm, cold] = [true, false].map(isWarm => measure(library, { ...plan, isWarm }));
        return { work: warm.construct + warm.synth, whole: cold.load + cold.construct + cold.synth };
      };
      const [ours, other] = [new Array<Times>(), new Array<Times>()];
      for (let run = 0; run < count; run += 1) {
        other.push(measured(pair.other));
        ours.push(measured(pair.ours));
      }
      return compare(pair, stacks, ours, other);
    };
    const rows = sizes.flatMap(stacks => PAIRS.map(pair => quick ? comparePair(pair, stacks, runs)
      : measureAgainIfMissed(runs, count => comparePair(pair, stacks, count), isMet)));
    print(`${table(COLUMNS, rows)}\n`);
    const broken = rows.filter(row => !quick && !isMet(row))
      .map(row => `synthesis of ${row.stacks * REPOSITORIES_PER_STACK} repositories (${row.features}) takes ${fixed(judged(row), 2)} times`
        + ` as long as with aws-ecr; the target is ${TARGET}`);
    return { synth: rows, broken };
  } finally {
    library.remove();
  }
}

function compare(pair: typeof PAIRS[number], stacks: number, ours: readonly Times[], other: readonly Times[]): SynthRow {
  const work = (all: readonly Times[]) => all.map(times => times.work);
  const whole = (all: readonly Times[]) => all.map(times => times.whole);
  return {
    ...pair,
    stacks,
    oursWork: spread(work(ours)),
    otherWork: spread(work(other)),
    ratio: pairedRatio(work(ours), work(other)),
    wholeRatio: pairedRatio(whole(ours), whole(other)),
  };
}

function measure(library: CompiledLibrary, plan: Plan): Durations {
  return JSON.parse(execFileSync(process.execPath, [library.program, JSON.stringify(plan)], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, JSII_DEPRECATED: 'quiet', JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' },
  })) as Durations;
}
