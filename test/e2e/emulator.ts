import { ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { functionLogs } from './function-logs';
import { Names } from './names';
import type { Pace, Place, Scope } from './place';
import type { AssumptionId } from '../probes/probes';
import { virtualEnvironment } from '../virtual-environment';

const run = promisify(execFile);
export const REQUIREMENTS = join(__dirname, 'requirements.txt');
const LOG_TAIL_LINES = 40;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface EmulatorOptions {
  /** Whether to enforce IAM on every call, including calls with function roles. @default true */
  readonly auth?: boolean;
  /** Called with each line of the log. @default - no log */
  readonly log?: (line: string) => void;
  /** Assumptions about AWS that are wrong. @default - none */
  readonly readings?: readonly AssumptionId[];
  /** Timeout of a start in seconds, without the creation of the virtual environment. @default 60 */
  readonly timeoutSeconds?: number;
}

/** MiniStack (https://github.com/ministackorg/ministack) on a free loopback port, its state in a private directory. */
export class Emulator implements Place {
  static async start(options: EmulatorOptions = {}): Promise<Emulator> {
    const python = await virtualEnvironment('e2e', REQUIREMENTS, options.log ?? (() => {}));
    for (let attempt = 1; ; attempt++) {
      const emulator = new Emulator(python, await freePort(), options);
      try {
        await emulator.untilReady(options.timeoutSeconds ?? 60);
        return emulator;
      } catch (error) {
        // Another process can take the port between our check and the start of MiniStack.
        const portLost = /already in use/.test(emulator.logTail());
        const tail = emulator.logTail();
        await emulator.stop();
        if (!portLost || attempt === 3) {
          throw new Error(`${(error as Error).message}\n--- the last lines of MiniStack's log ---\n${tail}`);
        }
      }
    }
  }

  readonly account = '000000000000';
  readonly region = 'us-east-1';
  readonly names = new Names('');
  readonly isBootstrapped = false;
  readonly pace: Pace = { pollMilliseconds: 100, timeoutSeconds: 120 };
  readonly endpoint: string;
  /** Private directory with HOME, temporary files, and the log. stop() removes it. */
  readonly directory: string;
  readonly logFile: string;

  private readonly child: ChildProcess;
  private readonly exited: Promise<void>;
  private readonly log: (line: string) => void;
  private readonly adopted = new Set<ChildProcess>();
  private kept = false;
  private readonly onExit: () => void;
  private readonly onSignal: (signal: NodeJS.Signals) => void;

  private constructor(readonly python: string, port: number, options: EmulatorOptions) {
    this.log = options.log ?? (() => {});
    this.endpoint = `http://127.0.0.1:${port}`;
    this.directory = mkdtempSync(join(tmpdir(), 'ecr-keeper-e2e-'));
    this.logFile = join(this.directory, 'ministack.log');
    this.readOtherwise(options.readings ?? []);
    const path = (name: string): string => {
      mkdirSync(join(this.directory, name));
      return join(this.directory, name);
    };
    // Functions run on the first `node` in PATH, regardless of their Runtime.
    const bin = path('bin');
    symlinkSync(process.execPath, join(bin, 'node'));
    const output = openSync(this.logFile, 'a');
    this.child = spawn(python, ['-u', join(__dirname, 'emulator_main.py')], {
      cwd: this.directory,
      detached: true,
      stdio: ['pipe', output, output],
      // Not process.env, because functions inherit this environment and must not see proxies, NODE_OPTIONS, or AWS_* of the caller.
      env: {
        PATH: `${bin}:${process.env.PATH}`,
        LANG: 'C.UTF-8',
        // Functions inherit both. The variables of a function replace them.
        NODE_OPTIONS: `--require ${join(__dirname, 'cdk-provider.cjs')}`,
        SDK_OF_THE_RUNTIME: join(__dirname, '..', '..', 'node_modules'),
        HOME: path('home'),
        TMPDIR: path('tmp'),
        STATE_DIR: path('state'),
        S3_DATA_DIR: path('s3'),
        EMULATOR_DIR: this.directory,
        GATEWAY_PORT: String(port),
        BIND_HOST: '127.0.0.1',
        // MiniStack builds the ResponseURL from it. "localhost" can resolve to ::1, where nothing listens.
        MINISTACK_HOST: '127.0.0.1',
        MINISTACK_REGION: this.region,
        AUTH: String(options.auth ?? true),
        // A state machine waits for minutes before it repeats a step that failed.
        SFN_WAIT_SCALE: '0',
        // Otherwise, each start would open well-known ports for both.
        SFTP_ENABLED: '0',
        IOT_MTLS_ENABLED: '0',
        PYTHONDONTWRITEBYTECODE: '1',
      },
    });
    closeSync(output);
    this.exited = new Promise(done => {
      this.child.once('exit', () => done());
      this.child.once('error', () => done());
    });
    // A broken pipe only means that MiniStack has stopped, which untilReady() and the next call report better.
    this.child.stdin!.on('error', () => {});
    this.onExit = () => this.destroySync();
    this.onSignal = signal => {
      this.destroySync();
      process.kill(process.pid, signal);
    };
    process.on('exit', this.onExit);
    SIGNALS.forEach(signal => process.once(signal, this.onSignal));
  }

  /** Returns the environment of SDK clients, the AWS CLI, and the CDK CLI. Each other 12-digit account is separate and empty at first. */
  env(scope: Scope = {}): Record<string, string> {
    const region = scope.region ?? this.region;
    return {
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: scope.account ?? 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    };
  }

  /** Returns the configuration of an SDK client, so that it does not read the environment. */
  client(scope: Scope = {}) {
    return {
      endpoint: this.endpoint,
      region: scope.region ?? this.region,
      credentials: { accessKeyId: scope.account ?? 'test', secretAccessKey: 'test' },
      // The emulator does not throttle, so a retry would only hide an error.
      maxAttempts: 1,
    };
  }

  /** Returns the endpoint of MiniStack, which derives the account and the Region from the host of the registry. */
  registry(proxyEndpoint: string): URL {
    const url = new URL(this.endpoint);
    url.searchParams.set('ns', new URL(proxyEndpoint).host);
    return url;
  }

  check(): void {}

  /** Runs the pinned AWS CLI and returns its JSON output, or undefined if it printed nothing. */
  async aws<T = any>(args: readonly string[], env: Readonly<Record<string, string>> = this.env()): Promise<T> {
    const { stdout } = await run(this.python, ['-m', 'awscli', ...args, '--output', 'json'], {
      env: { PATH: process.env.PATH!, HOME: join(this.directory, 'home'), LANG: 'C.UTF-8', ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout.trim() === '' ? undefined as T : JSON.parse(stdout);
  }

  /** Returns the log lines of a function, oldest first. The default log group is "/aws/lambda/<name>". */
  async functionLogs(logGroup: string): Promise<string[]> {
    const client = new CloudWatchLogsClient(this.client());
    try {
      return await functionLogs(client, logGroup);
    } finally {
      client.destroy();
    }
  }

  /** Deletes all resources of all accounts. A Stacks or Registry that was created before cannot be used afterward. */
  async reset(): Promise<void> {
    const response = await fetch(`${this.endpoint}/_ministack/reset`, { method: 'POST' });
    if (!response.ok) {
      throw new Error(`MiniStack did not reset: ${response.status} ${await response.text()}`);
    }
  }

  /** Sets which assumptions about AWS are wrong from now on. */
  readOtherwise(readings: readonly AssumptionId[]): void {
    writeFileSync(join(this.directory, 'readings'), readings.join(' '));
  }

  logTail(lines = LOG_TAIL_LINES): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '(no log)';
  }

  /** Ends the process group of a detached child with the emulator, because the child writes to the directory that is removed. */
  adopt(child: ChildProcess): void {
    this.adopted.add(child);
    child.once('close', () => this.adopted.delete(child));
  }

  /** Keeps the emulator running after this process exits, and returns a command that stops it. stop() still stops it. */
  keep(): string {
    this.kept = true;
    this.child.stdin!.end('keep\n');
    this.child.unref();
    this.forgetHooks();
    return `kill -9 -${this.child.pid} && rm -r ${this.directory}`;
  }

  async stop(): Promise<void> {
    this.kept = false;
    this.destroySync();
    await this.exited;
    // A worker of a function can write until it ends, after the first removal.
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  private destroySync(): void {
    if (this.kept) {
      return;
    }
    this.forgetHooks();
    // Kill the process group, because functions run as children of the emulator. They need no graceful shutdown.
    for (const { pid } of [...this.adopted, this.child]) {
      try {
        process.kill(-pid!, 'SIGKILL');
      } catch {
        // The process has already ended or never started.
      }
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  }

  private forgetHooks(): void {
    process.off('exit', this.onExit);
    SIGNALS.forEach(signal => process.off(signal, this.onSignal));
  }

  private async untilReady(timeoutSeconds: number): Promise<void> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    let gone = false;
    void this.exited.then(() => { gone = true; });
    while (Date.now() < deadline) {
      if (gone) {
        throw new Error(`MiniStack exited before it was ready (exit code ${this.child.exitCode}).`);
      }
      try {
        const response = await fetch(`${this.endpoint}/_ministack/ready`, { signal: AbortSignal.timeout(2000) });
        if (response.ok) {
          this.log(`MiniStack is ready at ${this.endpoint}`);
          return;
        }
      } catch {
        // MiniStack does not listen yet.
      }
      await new Promise(done => setTimeout(done, 50));
    }
    throw new Error(`MiniStack was not ready within ${timeoutSeconds} s.`);
  }
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
