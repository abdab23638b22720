import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, StackProps } from 'aws-cdk-lib';
import { CommandLine, Outcome, RunOptions } from './command-line';
import { Repository, RepositoryProps } from '../../src';
import { LocalCloudFormation } from '../local-cloudformation/local-cloudformation';
import type { IamStatement } from '../local-ecr/iam';
import { LocalEcr, SeedRepository } from '../local-ecr/local-ecr';
import { Principals } from '../local-ecr/principals';

/** The output of --json. */
export interface Adoption {
  readonly repository: string;
  readonly region: string;
  readonly account: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly isSafe: boolean;
  readonly findings: ReadonlyArray<{
    readonly setting: string; readonly effect: string; readonly message: string; readonly command?: string;
  }>;
  readonly typescript: string | null;
  readonly command: string;
}

/** The output with two lists: the findings that cause exit code 1, as [setting, effect, message], and the notes, as [setting, message]. */
export interface Report extends Adoption {
  readonly harms: ReadonlyArray<readonly [string, string, string]>;
  readonly notes: ReadonlyArray<readonly [string, string]>;
}

/** The sufficient policy according to docs/guides/adoption.md. */
const DOCUMENTED = readFileSync(join(__dirname, '..', '..', 'docs', 'guides', 'adoption.md'), 'utf8');
export const LEAST_PRIVILEGE = (JSON.parse(/```json\n([^`]+)```/.exec(DOCUMENTED)![1]) as { Statement: IamStatement[] }).Statement;

export const ENVIRONMENT = { account: '000000000000', region: 'us-east-1' };
/** The context that the AWS CDK CLI sets, which adds the paths of constructs and of nested templates to the templates. */
const CLI_CONTEXT = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };

/** An account of local services and an app. Runs `adopt` with a role that may only read. */
export class AdoptAccount {
  static async start(): Promise<AdoptAccount> {
    const principals = new Principals();
    principals.define('reader', { policy: LEAST_PRIVILEGE });
    return new AdoptAccount(await LocalEcr.start({ principals }), await LocalCloudFormation.start({ principals, pageSize: 2 }));
  }

  readonly line = new CommandLine();

  private constructor(readonly ecr: LocalEcr, readonly cloudFormation: LocalCloudFormation) {}

  async stop(): Promise<void> {
    this.line.remove();
    await Promise.all([this.ecr.stop(), this.cloudFormation.stop()]);
  }

  /** Synthesizes an app to cdk.out. */
  synth(build: (app: App) => void): void {
    const app = new App({ outdir: join(this.line.folder, 'cdk.out'), context: CLI_CONTEXT });
    build(app);
    app.synth();
  }

  /** Synthesizes the stack Shop with the repository team/app and additional resources. */
  declare(props: RepositoryProps = {}, more?: (repository: Repository, stack: Stack) => void, stackProps?: StackProps): void {
    this.synth(app => {
      const stack = new Stack(app, 'Shop', { env: ENVIRONMENT, ...stackProps });
      const repository = new Repository(stack, 'App', { repositoryName: 'team/app', ...props });
      more?.(repository, stack);
    });
  }

  /** Creates the repository team/app with the default settings of `Repository`. */
  seed(more: Partial<SeedRepository> = {}): void {
    this.ecr.seed({ repositoryName: 'team/app', imageTagMutability: 'IMMUTABLE', scanOnPush: true, ...more });
  }

  adopt(args: readonly string[] = [], options: RunOptions = {}): Promise<Outcome> {
    const env = {
      AWS_ENDPOINT_URL_ECR: this.ecr.endpoint,
      AWS_ENDPOINT_URL_CLOUDFORMATION: this.cloudFormation.endpoint,
      AWS_ACCESS_KEY_ID: 'reader',
      AWS_SECRET_ACCESS_KEY: 'test',
      ...options.env,
    };
    return this.line.run(['adopt', 'team/app', ...args], { ...options, env });
  }

  /** Runs the command with --json and parses its standard output. */
  async report(args: readonly string[] = [], options: RunOptions = {}): Promise<Report> {
    const { status, stdout, stderr } = await this.adopt([...args, '--json'], options);
    if (stdout === '') throw new Error(stderr);
    const adoption = JSON.parse(stdout) as Adoption;
    const [harms, notes] = [true, false].map(isHarm => adoption.findings.filter(({ effect }) => (effect !== 'NOTE') === isHarm));
    expect([status, adoption.isSafe]).toEqual(harms.length > 0 ? [1, false] : [0, true]);
    return {
      ...adoption,
      harms: harms.map(({ setting, effect, message }) => [setting, effect, message]),
      notes: notes.map(({ setting, message }) => [setting, message]),
    };
  }

  async harms(args: readonly string[] = []): Promise<Report['harms']> {
    return (await this.report(args)).harms;
  }

  async notes(): Promise<Report['notes']> {
    return (await this.report()).notes;
  }
}

/** Creates an account for each test of the file, and checks after each test that the command made no write call. */
export function adoptAccountForEachTest(): () => AdoptAccount {
  let account: AdoptAccount;
  beforeEach(async () => { account = await AdoptAccount.start(); });
  afterEach(async () => {
    const operations = [account.ecr, account.cloudFormation].flatMap(({ calls }) => calls.map(({ operation }) => operation));
    await account.stop();
    expect(operations.filter(operation => !/^(Describe|Get|List)/.test(operation))).toEqual([]);
  });
  return () => account;
}
