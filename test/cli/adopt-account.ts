import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, StackProps } from 'aws-cdk-lib';
import { CommandLine, Outcome, RunOptions } from './command-line';
import { Repository, RepositoryProps } from '../../src';
import { LocalCloudFormation } from '../local-cloudformation/local-cloudformation';
import type { IamStatement } from '../local-ecr/iam';
import { LocalEcr, SeedRepository } from '../local-ecr/local-ecr';
import { Principals } from '../local-ecr/principals';

/** What --json prints. */
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

/** The same, with the findings that make the exit code 1, as [setting, effect, message], and the notes, as [setting, message]. */
export interface Report extends Adoption {
  readonly harms: ReadonlyArray<readonly [string, string, string]>;
  readonly notes: ReadonlyArray<readonly [string, string]>;
}

/** The policy that docs/guides/adoption.md says is sufficient. */
const DOCUMENTED = readFileSync(join(__dirname, '..', '..', 'docs', 'guides', 'adoption.md'), 'utf8');
export const LEAST_PRIVILEGE = (JSON.parse(/```json\n([^`]+)```/.exec(DOCUMENTED)![1]) as { Statement: IamStatement[] }).Statement;

export const ENVIRONMENT = { account: '000000000000', region: 'us-east-1' };
/** As the AWS CDK CLI sets it: paths of constructs and of templates of nested stacks are in the templates. */
const CLI_CONTEXT = { 'aws:cdk:enable-path-metadata': true, 'aws:cdk:enable-asset-metadata': true };

/** An account of local services, an app beside it, and `adopt` run by a role that may only read. */
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

  /** Synthesizes the stack Shop with the repository team/app and more of it. */
  declare(props: RepositoryProps = {}, more?: (repository: Repository, stack: Stack) => void, stackProps?: StackProps): void {
    this.synth(app => {
      const stack = new Stack(app, 'Shop', { env: ENVIRONMENT, ...stackProps });
      const repository = new Repository(stack, 'App', { repositoryName: 'team/app', ...props });
      more?.(repository, stack);
    });
  }

  /** The repository team/app, with the settings of `Repository`. */
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

  /** With --json, whose output is all that is on standard output. */
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

/** An account for each test of the file that calls this. Whatever the test does, the command never writes. */
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
