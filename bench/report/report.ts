import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { REGION, RegistrySize } from './generated-registry';
import type { Serve, Served } from './registry-process';
import { findChromium, launchChromium } from '../../test/browser/chromium';
import { Background } from '../background/background';
import { PeakMemory } from '../background/peak-memory';
import { root } from '../project';
import { Column, fixed, grouped, table } from '../table';

interface ReportRow extends RegistrySize {
  readonly callsPerSecond: number;
  readonly seconds: number;
  /** Undefined on a system without /proc. */
  readonly peakMB?: number;
  readonly pageMB: number;
  /** Undefined without a browser. */
  readonly interactiveMs?: number;
  readonly calls: number;
  readonly throttledCalls: number;
  /** What is wrong with the result. */
  readonly problems: readonly string[];
}

export interface ReportResults {
  readonly report: readonly ReportRow[];
  readonly broken: readonly string[];
}

/** Limits that the guide promises. */
const MAX_MEMORY_MB = 1_000;
const MAX_PAGE_MB = 20;
const MAX_INTERACTIVE_MS = 3_000;

/**
 * UNCERTAIN: Amazon ECR publishes no rate for the operations that a report needs. This is its published rate for InitiateLayerUpload.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
 */
const CALLS_PER_SECOND = 100;

const CASES: readonly Serve[] = [
  { repositories: 20, images: 2_000, callsPerSecond: CALLS_PER_SECOND },
  { repositories: 2_000, images: 200_000, callsPerSecond: CALLS_PER_SECOND },
  { repositories: 10_000, images: 1_000_000, callsPerSecond: CALLS_PER_SECOND },
];
const QUICK: readonly Serve[] = [{ repositories: 200, images: 20_000, callsPerSecond: 1_000 }];

const COLUMNS: ReadonlyArray<Column<ReportRow>> = [
  { title: 'Repositories', value: row => grouped(row.repositories) },
  { title: 'Images', value: row => grouped(row.images) },
  { title: 'Calls', value: row => grouped(row.calls) },
  { title: 'Throttled', value: row => grouped(row.throttledCalls) },
  { title: 'Seconds', value: row => fixed(row.seconds, 0) },
  { title: 'Peak MB', value: row => row.peakMB === undefined ? '-' : fixed(row.peakMB, 0) },
  { title: 'Page MB', value: row => fixed(row.pageMB, 1) },
  { title: 'Interactive ms', value: row => row.interactiveMs === undefined ? '-' : grouped(Math.round(row.interactiveMs)) },
];

/** Reports on generated registries. No other tool reports on a registry, so there is nothing to compare with. */
export async function report(quick: boolean, print: (text: string) => void): Promise<ReportResults> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-report-'));
  const registry = new Background<Serve | object, Served>(folder, join(__dirname, 'registry-process.ts'));
  try {
    const rows = new Array<ReportRow>();
    for (const serve of quick ? QUICK : CASES) rows.push(await measure(registry, folder, serve));
    const [{ callsPerSecond }] = rows;
    print(`Each operation of Amazon ECR is throttled above ${grouped(callsPerSecond)} calls per second.\n\n${table(COLUMNS, rows)}\n`);
    return { report: rows, broken: rows.flatMap(missed) };
  } finally {
    await registry.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(registry: Background<Serve | object, Served>, folder: string, serve: Serve): Promise<ReportRow> {
  const { endpoint } = await registry.ask(serve);
  const [html, json] = ['report.html', 'report.json'].map(name => join(folder, name));
  const started = performance.now();
  const child = spawn(process.execPath, [join(root, 'bin', 'cdk-ecr-keeper.js'), 'report', '--html', html, '--json', json], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      AWS_REGION: REGION,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { errors += text; });
  const memory = new PeakMemory(child.pid!);
  const code = await new Promise<number | null>(resolve => child.once('close', resolve));
  const peakMB = memory.stop();
  const seconds = (performance.now() - started) / 1_000;
  const { calls, throttledCalls } = await registry.ask({});
  if (code !== 0) throw new Error(`the report of ${serve.repositories} repositories ended with ${code}: ${errors.slice(-2_000)}`);
  return {
    ...serve,
    seconds,
    peakMB,
    pageMB: statSync(html).size / 1_000_000,
    interactiveMs: await timeUntilInteractive(html),
    calls,
    throttledCalls,
    problems: wrongTotals(json, serve),
  };
}

/** Returns undefined if there is no browser. */
async function timeUntilInteractive(html: string): Promise<number | undefined> {
  try {
    findChromium();
  } catch {
    return undefined;
  }
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    await page.goto(pathToFileURL(html).href);
    return await page.evaluate('performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd') as number;
  } finally {
    await browser.close();
  }
}

interface JsonRepository {
  readonly images?: { readonly all: { readonly count: number } };
}

function wrongTotals(json: string, { repositories, images }: RegistrySize): string[] {
  const read = (JSON.parse(readFileSync(json, 'utf8')) as { readonly repositories: readonly JsonRepository[] }).repositories;
  const count = read.reduce((sum, repository) => sum + (repository.images?.all.count ?? 0), 0);
  return read.length === repositories && count === images ? []
    : [`it has ${read.length} repositories and ${count} images instead of ${repositories} and ${images}`];
}

function missed({ repositories, peakMB, pageMB, interactiveMs, problems }: ReportRow): string[] {
  return [
    ...problems,
    ...peakMB !== undefined && peakMB > MAX_MEMORY_MB ? [`it takes ${fixed(peakMB, 0)} MB; the limit is ${MAX_MEMORY_MB}`] : [],
    ...pageMB > MAX_PAGE_MB ? [`the page has ${fixed(pageMB, 1)} MB; the limit is ${MAX_PAGE_MB}`] : [],
    ...interactiveMs !== undefined && interactiveMs > MAX_INTERACTIVE_MS
      ? [`the page is interactive after ${fixed(interactiveMs, 0)} ms; the limit is ${MAX_INTERACTIVE_MS}`] : [],
  ].map(problem => `report of ${grouped(repositories)} repositories: ${problem}`);
}
