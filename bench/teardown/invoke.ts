import { ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { Cost, Invocation } from './handler-process';

/** Memory of a function unless its descriptor specifies another value. */
export const FUNCTION_MEMORY_MB = 256;

/** Runs handlers in separate processes, with the part of the memory of the function that the Lambda runtime assigns to Node.js. */
export class Invoker {
  private readonly folder = mkdtempSync(join(tmpdir(), 'bench-handler-'));
  private readonly program = join(this.folder, 'handler-process.cjs');

  constructor(private readonly memoryMB = FUNCTION_MEMORY_MB) {
    buildSync({
      entryPoints: [join(__dirname, 'handler-process.ts')], outfile: this.program, platform: 'node', format: 'cjs', target: 'node20',
    });
  }

  /** Returns the cost of the invocation, or undefined if it exceeded `timeoutMs`, after which Lambda stops a function. */
  async invoke(invocation: Invocation, environment: Readonly<Record<string, string>>): Promise<Cost | undefined> {
    const child = fork(this.program, [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        PATH: process.env.PATH,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        // 2,707 and 150 of 3,008 MB in aws/aws-sam-cli, samcli/local/docker/lambda_debug_settings.py
        NODE_OPTIONS: `--max-old-space-size=${Math.floor(this.memoryMB * 0.9)} --max-semi-space-size=${Math.floor(this.memoryMB * 0.05)}`,
        ...environment,
      },
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
      else reject(new Error(`the process of the handler exited with ${code ?? signal}`));
    });
    child.send(invocation);
  });
}
