import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT } from './bed';

const BUNDLES = readdirSync(join(PROJECT, 'lambda'), { withFileTypes: true })
  .filter(entry => entry.isDirectory() && entry.name !== 'shared')
  .map(({ name }) =>
    join(PROJECT, 'assets', 'lambda', name, 'index.js'));
const SOURCES = ['lambda', join('src', 'core')];

/** The reason to bundle the code of the functions before a deployment; undefined if the bundles are up to date. */
export function bundleIsNeeded(): string | undefined {
  const times = BUNDLES.map(file => statSync(file, { throwIfNoEntry: false })?.mtimeMs);
  if (times.includes(undefined)) {
    return 'not bundled yet';
  }
  const oldestBundle = Math.min(...times as number[]);
  const changed = SOURCES.flatMap(folder => filesBelow(join(PROJECT, folder))).some(file => statSync(file).mtimeMs > oldestBundle);
  return changed ? 'older than the source' : undefined;
}

export async function bundle(): Promise<void> {
  await promisify(execFile)(process.execPath, ['--import', 'tsx', join('projenrc', 'bundle.ts')], { cwd: PROJECT });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap(entry => entry.isDirectory() ? filesBelow(join(folder, entry.name)) : [join(folder, entry.name)]);
}
