import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { root } from '../project';
import { Spread, spread } from '../statistics';
import { Column, fixed, grouped, table } from '../table';

interface Measured {
  readonly milliseconds: readonly number[];
  readonly acted: number;
  readonly bytes: number;
  readonly peakMegabytes: number;
}

export interface SimulationRow {
  readonly images: number;
  readonly rules: number;
  readonly acted: number;
  readonly ours: Spread;
  readonly asDocumented: number;
  readonly ratio: number;
  readonly bytesPerImage: number;
  readonly peakMegabytes: number;
}

const CASES = [[1_000, 50], [10_000, 50], [100_000, 1], [100_000, 10], [100_000, 50]] as const;
const QUICK = [[1_000, 50], [10_000, 50]] as const;

const milliseconds = ({ median, min }: Spread) => `${fixed(median, 1)} (${fixed(min, 1)})`;
const COLUMNS: ReadonlyArray<Column<SimulationRow>> = [
  { title: 'Images', value: row => grouped(row.images) },
  { title: 'Rules', value: row => row.rules },
  { title: 'Acted on', value: row => grouped(row.acted) },
  { title: 'Ours ms', value: row => milliseconds(row.ours) },
  { title: 'As documented ms', value: row => fixed(row.asDocumented, 1) },
  { title: 'Ratio', value: row => `${fixed(row.ratio, 2)} x` },
  { title: 'Result bytes per image', value: row => grouped(row.bytesPerImage) },
  { title: 'Peak MB', value: row => grouped(Math.round(row.peakMegabytes)) },
];

/**
 * Compares with a literal implementation of the documented evaluation rules, which local-ecr uses for previews. No other simulator exists.
 */
export function simulation(quick: boolean, print: (text: string) => void): { simulation: SimulationRow[]; broken: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'bench-simulation-'));
  try {
    const script = join(folder, 'process.js');
    buildSync({
      absWorkingDir: root,
      entryPoints: ['bench/simulation/process.ts'],
      bundle: true,
      platform: 'node',
      outfile: script,
      logLevel: 'warning',
    });
    const measure = (side: string, images: number, rules: number, runs: number): Measured => JSON.parse(execFileSync(
      process.execPath, ['--expose-gc', script, side, ...[images, rules, runs].map(String)], { encoding: 'utf8' }));
    const broken = new Array<string>();
    const rows = (quick ? QUICK : CASES).map(([images, rules]): SimulationRow => {
      const ours = measure('ours', images, rules, quick ? 3 : 9);
      const asDocumented = measure('as documented', images, rules, 1); // takes half a minute with many images and rules
      if (ours.acted !== asDocumented.acted) {
        broken.push(`simulate: ${images} images, ${rules} rules: ${ours.acted} and ${asDocumented.acted} acted on`);
      }
      return {
        images,
        rules,
        acted: ours.acted,
        ours: spread(ours.milliseconds),
        asDocumented: asDocumented.milliseconds[0],
        ratio: spread(ours.milliseconds).median / asDocumented.milliseconds[0],
        bytesPerImage: Math.round(ours.bytes / images),
        peakMegabytes: ours.peakMegabytes,
      };
    });
    print(`${table(COLUMNS, rows)}\n`);
    return { simulation: rows, broken };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
