import { ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { Mutation } from './mutation';
import type { Order, Verdict } from './worker';
import { BUNDLE_FLAGS } from '../../projenrc/bundle-flags';

/** The tests of the command line run its bundle. */
const COMMAND = join('bin', 'cdk-ecr-keeper.js');
const PROJECT = resolve(__dirname, '..', '..');
/** Milliseconds after which tests are stopped that a mutation prevents from ending. */
const PATIENCE = 180_000;

/** A copy of the project for one mutation at a time, with a process that runs its tests. */
export class Copy {
  private readonly directory = mkdtempSync(join(tmpdir(), 'mutations-'));
  private worker?: ChildProcess;

  constructor() {
    for (const part of ['package.json', 'tsconfig.json', 'src', 'lambda', 'cli', 'bin', 'test', 'assets']) {
      cpSync(join(PROJECT, part), join(this.directory, part), { recursive: true });
    }
    symlinkSync(join(PROJECT, 'node_modules'), join(this.directory, 'node_modules'));
  }

  /** Runs the tests of the unchanged project. */
  async test(order: Order): Promise<Verdict[]> {
    try {
      return await this.send(order);
    } catch {
      await this.stop();
      return order.tests.map(() => 'not run');
    }
  }

  /** @returns undefined if the text to replace is not in the file exactly once */
  async testMutated({ file, find, replace, tests, test }: Mutation): Promise<Verdict | undefined> {
    const path = join(this.directory, file);
    const source = readFileSync(path, 'utf8');
    if (source.split(find).length !== 2) return undefined;
    writeFileSync(path, source.replace(find, () => replace));
    const isOfCommand = file.startsWith('cli/');
    try {
      if (isOfCommand) await this.bundleCommand();
      return (await this.test({ file: tests, tests: [test] }))[0];
    } finally {
      writeFileSync(path, source);
      if (isOfCommand) cpSync(join(PROJECT, COMMAND), join(this.directory, COMMAND));
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** Without the report of `simulate`, which takes a bundle of its own. */
  private async bundleCommand(): Promise<void> {
    await build({
      ...BUNDLE_FLAGS,
      absWorkingDir: this.directory,
      entryPoints: ['cli/main.ts'],
      outfile: COMMAND,
      loader: { '.css': 'text', '.html': 'text' },
      define: { PAGE_SCRIPT: '""' },
    });
  }

  /** @throws if the process exits, or if the tests time out */
  private async send(order: Order): Promise<Verdict[]> {
    const worker = this.worker ??= fork(join(this.directory, 'test', 'mutations', 'worker.ts'), {
      cwd: this.directory, stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env: { ...process.env, CI: '1' },
    });
    const end = new AbortController();
    const timer = setTimeout(() => end.abort(), PATIENCE);
    worker.once('exit', () => end.abort());
    try {
      worker.send(order);
      const [verdicts] = await once(worker, 'message', { signal: end.signal });
      return verdicts as Verdict[];
    } finally {
      clearTimeout(timer);
      worker.removeAllListeners('exit');
    }
  }

  private async stop(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    if (!worker || worker.exitCode !== null || worker.signalCode !== null) return;
    const exit = once(worker, 'exit');
    worker.kill('SIGKILL');
    await exit;
  }
}
