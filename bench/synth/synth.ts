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
  readonly oursDurations: readonly Durations[];
  readonly otherDurations: readonly Durations[];
  readonly oursWork: Spread;
  readonly otherWork: Spread;
  /** Ratio of construction and synthesis only. */
  readonly ratio: number;
  /** Ratio including the time to load the CDK, which users also wait for. */
  readonly ratioWithLoad: number;
}

const PAIRS: ReadonlyArray<Pick<SynthRow, 'features' | 'ours' | 'other'>> = [
  { features: 'scan on push, immutable tags', ours: 'ours', other: 'plain' },
  { features: 'and a teardown / autoDeleteImages', ours: 'ours-teardown', other: 'auto-delete' },
];
const TARGET = 1.2;
const REPOSITORIES_PER_STACK = 100;

const spelled = ({ median, min, max }: Spread) => `${fixed(median, 2)} (${fixed(min, 2)} to ${fixed(max, 2)})`;
const COLUMNS: ReadonlyArray<Column<SynthRow>> = [
  { title: 'Repositories', value: row => grouped(row.stacks * REPOSITORIES_PER_STACK) },
  { title: 'Features', value: row => row.features },
  { title: 'aws-ecr s', value: row => spelled(row.otherWork) },
  { title: 'Ours s', value: row => spelled(row.oursWork) },
  { title: 'Ratio', value: row => `${fixed(row.ratio, 2)} x` },
  { title: 'With loading', value: row => `${fixed(row.ratioWithLoad, 2)} x` },
  { title: 'Target', value: row => `${TARGET} x: ${isMet(row) ? 'met' : 'missed'}` },
];

const judged = ({ ratio, ratioWithLoad }: SynthRow) => Math.max(ratio, ratioWithLoad);
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
      const measured = (side: Side) => measure(library, {
        side, stacks, repositoriesPerStack: REPOSITORIES_PER_STACK, outdir: join(library.folder, 'cdk.out'),
      });
      const [ours, other] = [new Array<Durations>(), new Array<Durations>()];
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

function compare(pair: typeof PAIRS[number], stacks: number, ours: readonly Durations[], other: readonly Durations[]): SynthRow {
  const work = (all: readonly Durations[]) => all.map(({ construct, synth: synthesis }) => construct + synthesis);
  const whole = (all: readonly Durations[]) => all.map(({ load, construct, synth: synthesis }) => load + construct + synthesis);
  return {
    ...pair,
    stacks,
    oursWork: spread(work(ours)),
    otherWork: spread(work(other)),
    oursDurations: ours,
    otherDurations: other,
    ratio: pairedRatio(work(ours), work(other)),
    ratioWithLoad: pairedRatio(whole(ours), whole(other)),
  };
}

function measure(library: CompiledLibrary, plan: Plan): Durations {
  return JSON.parse(execFileSync(process.execPath, [library.program, JSON.stringify(plan)], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, JSII_DEPRECATED: 'quiet', JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1' },
  })) as Durations;
}
