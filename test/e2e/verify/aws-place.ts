import { ChildProcess, execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Names, TAG_KEY } from '../names';
import { ClientConfig, NotHere, Pace, Place, Scope } from '../place';

const run = promisify(execFile);

/** Variables that the AWS CLI and the CDK CLI get: credentials, endpoints, proxies, and certificates. */
const VARIABLES = /^(AWS_|HOME$|https?_proxy$|no_proxy$|NODE_EXTRA_CA_CERTS$|SSL_CERT_)/i;

/** What all places of a run share. */
export interface AwsRun {
  readonly account: string;
  readonly region: string;
  /** Beginning of all names of the run, and the value of their tag. */
  readonly id: string;
  readonly python: string;
  /** @throws if the run was interrupted */
  check(): void;
  /** Called before something may be created in a Region. */
  uses(region: string): void;
}

/** An account of AWS that has other resources, too: everything of a place is below a prefix of its own. */
export class AwsPlace implements Place {
  readonly account: string;
  readonly region: string;
  readonly directory = mkdtempSync(join(tmpdir(), 'place-'));
  readonly python: string;
  readonly names: Names;
  readonly isBootstrapped = true;
  /** CloudFormation allows ten calls per second. A function with its role and its log group takes about a minute. */
  readonly pace: Pace;
  readonly tag: { readonly key: string; readonly value: string };
  private readonly children = new Set<ChildProcess>();
  private isEnded = false;

  constructor(private readonly ofRun: AwsRun, ordinal: number, timeoutSeconds: number) {
    this.account = ofRun.account;
    this.region = ofRun.region;
    this.python = ofRun.python;
    this.pace = { pollMilliseconds: endpoint() === undefined ? 3_000 : 100, timeoutSeconds };
    this.names = new Names(`${ofRun.id}-${ordinal}-`);
    this.tag = { key: TAG_KEY, value: ofRun.id };
    mkdirSync(join(this.directory, 'home'));
  }

  client({ account = this.account, region = this.region }: Scope = {}): ClientConfig {
    if (account !== this.account) throw new NotHere('needs a second account');
    this.ofRun.uses(region);
    return { region, maxAttempts: 10 };
  }

  env({ account = this.account, region = this.region }: Scope = {}): Record<string, string> {
    if (account !== this.account) throw new NotHere('needs a second account');
    const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => VARIABLES.test(name))) as Record<string, string>;
    return { ...own, AWS_REGION: region, AWS_DEFAULT_REGION: region, AWS_PAGER: '' };
  }

  async aws<T = any>(args: readonly string[], env: Readonly<Record<string, string>> = this.env()): Promise<T> {
    this.check();
    // No argument contains a line break.
    const named = this.names.command(args.join('\n')).split('\n');
    const { stdout } = await run(this.python, ['-m', 'awscli', ...named, '--output', 'json'], {
      env: { PATH: process.env.PATH!, LANG: 'C.UTF-8', ...env }, maxBuffer: 64 * 1024 * 1024,
    });
    return this.names.response(stdout.trim() === '' ? undefined as T : JSON.parse(stdout));
  }

  /** An emulator that is used as if it were AWS has its registry at its endpoint, too. */
  registry(proxyEndpoint: string): URL {
    const url = new URL(endpoint() ?? proxyEndpoint);
    if (endpoint() !== undefined) url.searchParams.set('ns', new URL(proxyEndpoint).host);
    return url;
  }

  adopt(child: ChildProcess): void {
    this.children.add(child);
    child.once('close', () => this.children.delete(child));
  }

  check(): void {
    if (this.isEnded) throw new NotHere('the time of the scene is over');
    this.ofRun.check();
  }

  /** Starts nothing more. Work in progress fails at its next call. */
  end(): void {
    this.isEnded = true;
    this.stop();
  }

  /** Ends the processes that run, such as the CDK CLI. */
  stop(): void {
    for (const { pid } of this.children) {
      try {
        process.kill(-pid!, 'SIGTERM');
      } catch {
        // the process has already ended
      }
    }
  }
}

function endpoint(): string | undefined {
  return process.env.AWS_ENDPOINT_URL;
}
