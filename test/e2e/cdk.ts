import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Place } from './place';
import { renameStacks } from './verify/assembly';

export interface CdkOptions {
  /** Value of `--app`: a command with absolute paths, or the directory of a cloud assembly. */
  readonly app: string;
  readonly place: Place;
  /** Variables to add to the environment of the CLI and of the app. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with every line that the CLI prints. @default - the output is only collected */
  readonly log?: (line: string) => void;
  /** Whether the CLI polls every five seconds, as users see it. @default - it polls at the pace of the place, if that is faster */
  readonly pollsAsReleased?: true;
}

/**
 * The CLI asks every five seconds whether a change set or a stack is complete, and has no option for it. In the emulator, most are complete
 * after less than a second, so that five of six seconds of a command would be this wait.
 */
const pollEvery = (milliseconds: number) => `
const wait = setTimeout;
globalThis.setTimeout = (work, delay, ...args) =>
  wait(work, delay === 5_000 && / waitFor /.test(new Error().stack) ? Math.min(delay, ${milliseconds}) : delay, ...args);
Object.defineProperties(globalThis.setTimeout, Object.getOwnPropertyDescriptors(wait));
`;

export interface CdkResult {
  readonly code: number;
  /** Output of both streams, in order, without colors. */
  readonly output: string;
  readonly seconds: number;
}

/** Runs the real CDK CLI in a place. On the emulator, it writes nothing outside the private directory of the place. */
export class Cdk {
  private readonly cli = require.resolve('aws-cdk/bin/cdk');
  private readonly directory: string;
  private readonly polling: readonly string[];

  constructor(private readonly options: CdkOptions) {
    this.directory = mkdtempSync(join(options.place.directory, 'cdk-'));
    mkdirSync(join(this.directory, 'home'));
    const polling = join(this.directory, 'polling.cjs');
    if (!options.pollsAsReleased) writeFileSync(polling, pollEvery(options.place.pace.pollMilliseconds));
    this.polling = options.pollsAsReleased ? [] : ['--require', polling];
    if (existsSync(join(options.app, 'manifest.json'))) renameStacks(options.app, options.place.names);
  }

  bootstrap(...args: string[]): Promise<CdkResult> {
    const { account, region } = this.options.place;
    return this.run('bootstrap', `aws://${account}/${region}`, ...args);
  }

  deploy(...args: string[]): Promise<CdkResult> {
    const { tag } = this.options.place;
    const tags = tag ? ['--tags', `${tag.key}=${tag.value}`] : [];
    return this.run('deploy', '--require-approval', 'never', '--progress', 'events', ...tags, ...args);
  }

  destroy(...args: string[]): Promise<CdkResult> {
    return this.run('destroy', '--force', ...args);
  }

  /** Runs any command. A result with a nonzero exit code is returned, not thrown. */
  run(...args: string[]): Promise<CdkResult> {
    const started = Date.now();
    const child = spawn(process.execPath, [
      ...this.polling,
      this.cli, ...args, '--app', this.options.app, '--output', join(this.directory, 'cdk.out'), '--no-notices', '--no-color', '--ci',
    ], {
      // The CLI writes cdk.context.json to its working directory.
      cwd: this.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      // One process group with the shell and the app that it starts.
      detached: true,
      env: {
        PATH: `${resolve(__dirname, '..', '..', 'node_modules', '.bin')}:${process.env.PATH}`,
        LANG: 'C.UTF-8',
        // The account cache, the telemetry identity, and notices are below HOME.
        HOME: join(this.directory, 'home'),
        TMPDIR: this.directory,
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        CDK_DEFAULT_ACCOUNT: this.options.place.account,
        CDK_DEFAULT_REGION: this.options.place.region,
        JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION: '1',
        ...process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
        PREFIX_OF_NAMES: this.options.place.names.prefix,
        ...this.options.place.env(),
        ...this.options.env,
      },
    });
    this.options.place.adopt(child);
    let output = '';
    const collect = (received: string): void => {
      const chunk = this.options.place.names.response(received);
      output += chunk;
      chunk.trimEnd().split('\n').forEach(line => this.options.log?.(line));
    };
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    return new Promise((done, fail) => {
      child.once('error', fail);
      child.once('close', (code, signal) => done({ code: code ?? (signal ? 128 : 1), output, seconds: (Date.now() - started) / 1000 }));
    });
  }
}
