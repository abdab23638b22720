import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { differs } from './flags';
import { loadTimes } from './load-time';
import { buildPlain, Clients, clientsOf } from './plain';
import { measureAgainIfMissed } from '../limits';
import { bundleOf, handlers } from '../project';
import { pairedRatio, Spread, spread } from '../statistics';
import { Column, fixed, grouped, table } from '../table';

export interface BundleRow {
  readonly handler: string;
  readonly clients: Readonly<Record<string, readonly string[]>>;
  readonly bytes: number;
  readonly plainBytes: number;
  readonly load: Spread;
  readonly plainLoad: Spread;
  readonly ratio: number;
  /** A bundle of only the ECR client, with the commands that this handler uses. */
  readonly ecrAloneBytes: number;
  readonly ecrAloneLoad: Spread;
}

/** Ratio by which two runs with the same file can differ. */
const NOISE = 1.05;

const milliseconds = ({ median, min }: Spread) => `${fixed(median, 1)} (${fixed(min, 1)})`;
const COLUMNS: ReadonlyArray<Column<BundleRow>> = [
  { title: 'Handler', value: row => row.handler },
  { title: 'Clients', value: row => Object.keys(row.clients).map(name => name.replace('@aws-sdk/client-', '')).join(', ') },
  { title: 'Bytes', value: row => grouped(row.bytes) },
  { title: 'Plain bytes', value: row => grouped(row.plainBytes) },
  { title: 'Over plain', value: row => grouped(row.bytes - row.plainBytes) },
  { title: 'ECR alone', value: row => grouped(row.ecrAloneBytes) },
  { title: 'Load ms', value: row => milliseconds(row.load) },
  { title: 'Plain ms', value: row => milliseconds(row.plainLoad) },
  { title: 'Ratio', value: row => `${fixed(row.ratio, 2)} x` },
  { title: 'ECR alone ms', value: row => milliseconds(row.ecrAloneLoad) },
  { title: 'Verdict', value: row => missedLimits(row).map(({ verdict }) => verdict).join(', ') || 'ok' },
];

function missedLimits({ handler, bytes, plainBytes, ratio }: BundleRow): { readonly verdict: string; readonly sentence: string }[] {
  const over = bytes - plainBytes;
  const size = `the bundle of ${handler} is ${grouped(over)} bytes larger than a plain bundle, which is the limit`;
  const time = `the bundle of ${handler} takes ${fixed(ratio, 2)} times as long to load as a plain bundle; the limit is ${NOISE}`;
  return [
    ...over <= 0 ? [] : [{ verdict: 'too large', sentence: size }],
    ...ratio <= NOISE ? [] : [{ verdict: 'slower', sentence: time }],
  ];
}

export function bundles(quick: boolean, print: (text: string) => void): { bundles: BundleRow[]; broken: string[] } {
  const runs = quick ? 2 : 41; // with --quick, sizes are judged, but no times
  const folder = mkdtempSync(join(tmpdir(), 'bench-bundles-'));
  try {
    const rows = handlers().map(handler => measure(handler, folder, runs, quick));
    print(`Limits: not larger than the plain bundle of the same clients, and at most ${NOISE} times its load time`
      + ` (median of ${runs} new processes, with the fastest in parentheses).\n`);
    print(`${table(COLUMNS, rows)}\n`);
    const stale = rows.filter(each => differs(each.handler))
      .map(({ handler }) => `the bundle of ${handler} is older than its source or projenrc/bundle-flags.ts. Run npm run bundle`);
    const missed = rows.flatMap(missedLimits).filter(({ verdict }) => !quick || verdict === 'too large');
    return { bundles: rows, broken: [...missed.map(({ sentence }) => sentence), ...stale] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(handler: string, folder: string, runs: number, quick: boolean): BundleRow {
  const clients = clientsOf(handler);
  mkdirSync(join(folder, handler));
  const files = ['ours', 'plain', 'ecr-alone'].map(name => join(folder, handler, `${name}.js`));
  copyFileSync(bundleOf(handler), files[0]);
  buildPlain(clients, files[1]);
  buildPlain(onlyEcr(clients), files[2]);
  const times = measureAgainIfMissed(
    runs, count => loadTimes(files, count), ([ours, plain]) => quick || pairedRatio(ours, plain) <= NOISE,
  );
  const [load, plainLoad, ecrAloneLoad] = times.map(spread);
  const [bytes, plainBytes, ecrAloneBytes] = files.map(file => statSync(file).size);
  return {
    handler,
    clients: Object.fromEntries(clients),
    bytes,
    plainBytes,
    load,
    plainLoad,
    ratio: pairedRatio(times[0], times[1]),
    ecrAloneBytes,
    ecrAloneLoad,
  };
}

function onlyEcr(clients: Clients): Clients {
  return new Map([...clients].filter(([client]) => client === '@aws-sdk/client-ecr'));
}
