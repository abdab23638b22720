import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PROJECT = resolve(__dirname, '..', '..');

export interface IntegRunnerOptions {
  /** Directory of the tests, and of their snapshots. */
  readonly directory: string;
  /** More arguments of integ-runner. */
  readonly args: readonly string[];
  /** Modules that are loaded before each test. @default - none */
  readonly modules?: readonly string[];
  /** Variables to add to the environment. @default - none */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs integ-runner, prints what it prints, and returns its exit code. */
export function runIntegRunner({ directory, args, modules = [], env = {} }: IntegRunnerOptions): Promise<number> {
  const command = ['node', ...modules.flatMap(module => ['-r', module]), join(__dirname, 'synthesize-once.cjs'), '{filePath}'].join(' ');
  // With --watch, the app runs again after each change.
  const assemblies = args.includes('--watch') ? {} : { INTEG_ASSEMBLIES: mkdtempSync(join(tmpdir(), 'integ-')) };
  const child = spawn(process.execPath, [
    require.resolve('@aws-cdk/integ-runner/bin/integ-runner'),
    '--directory', directory, '--language', 'typescript', '--app', command, ...args,
  ], {
    // The app resolves its modules from here.
    cwd: PROJECT,
    stdio: 'inherit',
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true', ...assemblies, ...env },
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => done(code ?? (signal ? 128 : 1)));
  });
}
