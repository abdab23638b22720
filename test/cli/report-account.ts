import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { Outcome } from './command-line';
import { reportFailure } from '../../cli/failure';
import type { RegistryReport } from '../../cli/report/registry-report';
import { addReport } from '../../cli/report/report';
import { LocalCloudFormation } from '../local-cloudformation/local-cloudformation';
import { LocalEcr } from '../local-ecr/local-ecr';
import { Call } from '../local-ecr/local-service';
import { Principals } from '../local-ecr/principals';
import { LocalEcrPublic } from '../local-ecr-public/local-ecr-public';
import { LocalEcs } from '../local-ecs/local-ecs';
import { LocalLambda } from '../local-lambda/local-lambda';
import { LocalSts } from '../local-sts/local-sts';
import { LocalTagging } from '../local-tagging/local-tagging';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
const PLACES = ['--html', '--csv', '--json', '--policies'];

export function stackArn(name: string, nth: number, region = REGION): string {
  return `arn:aws:cloudformation:${region}:${ACCOUNT}:stack/${name}/0000000${nth}-1111-2222-3333-444444444444`;
}

/** An account of local services. Runs `report` in it, in this process, because a process for each run takes most of the time. */
export class ReportAccount {
  static async start(): Promise<ReportAccount> {
    const principals = new Principals();
    const ecr = await LocalEcr.start({ principals });
    ecr.scanPolls = 0;
    return new ReportAccount(
      principals,
      ecr,
      await LocalEcrPublic.start({ principals }),
      await LocalEcs.start({ principals }),
      await LocalLambda.start({ principals }),
      await LocalCloudFormation.start({ principals, pageSize: 2 }),
      await LocalTagging.start(ecr, { principals }),
      await LocalSts.start({ principals }),
    );
  }

  readonly folder = mkdtempSync(join(tmpdir(), 'report-'));

  private constructor(
    readonly principals: Principals, readonly ecr: LocalEcr, readonly ecrPublic: LocalEcrPublic, readonly ecs: LocalEcs,
    readonly lambda: LocalLambda, readonly cloudFormation: LocalCloudFormation, readonly tagging: LocalTagging, readonly sts: LocalSts,
  ) {}

  get services() {
    const { ecr, ecrPublic, ecs, lambda, cloudFormation, tagging, sts } = this;
    return [ecr, ecrPublic, ecs, lambda, cloudFormation, tagging, sts];
  }

  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_ECR: this.ecr.endpoint,
      AWS_ENDPOINT_URL_ECR_PUBLIC: this.ecrPublic.endpoint,
      AWS_ENDPOINT_URL_ECS: this.ecs.endpoint,
      AWS_ENDPOINT_URL_LAMBDA: this.lambda.endpoint,
      AWS_ENDPOINT_URL_CLOUDFORMATION: this.cloudFormation.endpoint,
      AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API: this.tagging.endpoint,
      AWS_ENDPOINT_URL_STS: this.sts.endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
    };
  }

  async stop(): Promise<void> {
    rmSync(this.folder, { recursive: true });
    await Promise.all(this.services.map(service => service.stop()));
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.file(name), 'utf8');
  }

  /** Runs the command. File names are relative to the folder. */
  async run(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    const before = { ...process.env };
    Object.assign(process.env, this.environment, env);
    let [stdout, stderr] = ['', ''];
    const spies = [
      jest.spyOn(process.stdout, 'write').mockImplementation(text => { stdout += String(text); return true; }),
      jest.spyOn(process.stderr, 'write').mockImplementation(text => { stderr += String(text); return true; }),
    ];
    const program = new Command('cdk-ecr-keeper').exitOverride();
    addReport(program);
    program.commands[0].exitOverride().configureOutput({ outputError: text => { stderr += text; } });
    const located = args.map((arg, index) => PLACES.includes(args[index - 1]) && arg !== '-' ? this.file(arg) : arg);
    let status: number;
    try {
      process.exitCode = 0;
      await program.parseAsync(['report', ...located], { from: 'user' });
      status = Number(process.exitCode);
    } catch (error) {
      status = reportFailure(error);
    } finally {
      spies.forEach(spy => spy.mockRestore());
      for (const signal of ['SIGINT', 'SIGTERM']) process.removeAllListeners(signal);
      process.env = before;
      process.exitCode = undefined;
    }
    return { status, stdout: stdout.replaceAll(`${this.folder}/`, ''), stderr: stderr.replaceAll(`${this.folder}/`, '') };
  }

  /** Runs the command with a page, which is the report as JSON in these tests, and returns the report. */
  async report(args: readonly string[] = [], env?: Record<string, string>): Promise<Outcome & { readonly report: RegistryReport }> {
    const outcome = await this.run([...args, '--html', 'report.html'], env);
    return { ...outcome, report: JSON.parse(this.read('report.html')) as RegistryReport };
  }

  /** Sends SIGINT at the nth call of an operation. */
  interruptAt(operation: string, nth: number, signal: NodeJS.Signals = 'SIGINT'): void {
    let calls = 0;
    const onCall = (call: Call) => {
      if (call.operation === operation && ++calls === nth) process.emit(signal, signal);
    };
    for (const service of this.services) service.onCall = onCall;
  }

  /** Number of calls of each operation. */
  get calls(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { operation } of this.services.flatMap(({ calls }) => calls)) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }
}

/** Creates an account for each test of the file. */
export function reportAccountForEachTest(): () => ReportAccount {
  let account: ReportAccount;
  beforeEach(async () => { account = await ReportAccount.start(); });
  afterEach(() => account.stop());
  return () => account;
}
