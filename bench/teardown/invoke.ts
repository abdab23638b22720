import { ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Cost, Invocation } from './handler-process';

/** Starts handlers in processes of their own. */
export class Invoker {
  private readonly folder = mkdtempSync(join(tmpdir(), 'bench-handler-'));
  private readonly program = join(this.folder, 'handler-process.cjs');

  constructor() {
    buildSync({
      entryPoints: [join(__dirname, 'handler-process.ts')], outfile: this.program, platform: 'node', format: 'cjs', target: 'node20',
    });
  }

  /** What the invocation cost; undefined when it took longer than `timeoutMs`, as when Lambda stops a function. */
  async invoke(invocation: Invocation, environment: Readonly<Record<string, string>>): Promise<Cost | undefined> {
    const child = fork(this.program, [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { PATH: process.env.PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true', ...environment },
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), invocation.timeoutMs);
    try {
      return await costOf(child, invocation);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function costOf(child: ChildProcess, invocation: Invocation): Promise<Cost | undefined> {
  return new Promise((resolve, reject) => {
    let cost: Cost | undefined;
    child.once('message', (message: Cost) => { cost = message; });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (cost || signal === 'SIGKILL') resolve(cost);
      else reject(new Error(`the process of the handler ended with ${code ?? signal}`));
    });
    child.send(invocation);
  });
}
