import { CommandLine, Outcome, RunOptions } from './command-line';
import { LocalCloudFormation } from '../local-cloudformation/local-cloudformation';
import { LocalEcr } from '../local-ecr/local-ecr';
import { Principals } from '../local-ecr/principals';
import { LocalEcrPublic } from '../local-ecr-public/local-ecr-public';
import { LocalEcs } from '../local-ecs/local-ecs';
import { LocalLambda } from '../local-lambda/local-lambda';

export interface TornDown {
  readonly repository: string;
  readonly region: string;
  readonly action: string;
  readonly outcome: string;
  readonly images: number;
  readonly bytes: number;
  readonly kept: number;
  readonly refusals: readonly string[];
  readonly error?: string;
}

const WRITES = /^(?!Describe|List|BatchGet|Get)/;

/** An account of local services. Runs `teardown` in it. */
export class TeardownAccount {
  static async start(): Promise<TeardownAccount> {
    const principals = new Principals();
    return new TeardownAccount(
      await LocalEcr.start({ principals }),
      await LocalEcrPublic.start({ principals }),
      await LocalEcs.start({ principals }),
      await LocalLambda.start({ principals }),
      await LocalCloudFormation.start({ principals }),
    );
  }

  readonly line = new CommandLine();

  private constructor(
    readonly ecr: LocalEcr, readonly ecrPublic: LocalEcrPublic, readonly ecs: LocalEcs, readonly lambda: LocalLambda,
    readonly cloudFormation: LocalCloudFormation,
  ) {}

  async stop(): Promise<void> {
    this.line.remove();
    await Promise.all([this.ecr, this.ecrPublic, this.ecs, this.lambda, this.cloudFormation].map(service => service.stop()));
  }

  teardown(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const env = {
      AWS_ENDPOINT_URL_ECR: this.ecr.endpoint,
      AWS_ENDPOINT_URL_ECR_PUBLIC: this.ecrPublic.endpoint,
      AWS_ENDPOINT_URL_ECS: this.ecs.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: this.lambda.endpoint,
      AWS_ENDPOINT_URL_CLOUDFORMATION: this.cloudFormation.endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      ...options.env,
    };
    return this.line.run(['teardown', ...args], { ...options, env });
  }

  /** Runs the command with --json and parses its standard output. */
  async rows(args: readonly string[], options: RunOptions = {}): Promise<{ status: number | null; rows: TornDown[]; stderr: string }> {
    const { status, stdout, stderr } = await this.teardown([...args, '--json'], options);
    return { status, rows: stdout === '' ? [] : JSON.parse(stdout) as TornDown[], stderr };
  }

  /** The ECR operations that were called, in order. */
  get operations(): string[] {
    return this.ecr.calls.map(({ operation }) => operation);
  }

  /** The write operations that were called, of all services. */
  get writes(): string[] {
    const operations = [this.ecr, this.ecrPublic, this.ecs, this.lambda].flatMap(({ calls }) => calls.map(({ operation }) => operation));
    return operations.filter(operation => WRITES.test(operation));
  }
}

/** Creates an account for each test of the file. */
export function accountForEachTest(): () => TeardownAccount {
  let account: TeardownAccount;
  beforeEach(async () => { account = await TeardownAccount.start(); });
  afterEach(() => account.stop());
  return () => account;
}
