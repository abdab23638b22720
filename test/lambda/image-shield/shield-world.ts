import { imageShieldCollectHandler } from '../../../lambda/image-shield-collect/handler';
import { imageShieldProtectHandler } from '../../../lambda/image-shield-protect/handler';
import type { ProtectInput } from '../../../lambda/image-shield-protect/protect';
import { imageShieldReportHandler, ReportInput } from '../../../lambda/image-shield-report/handler';
import type { RunStart, RunSummary } from '../../../lambda/image-shield-report/report';
import type { StepContext } from '../../../lambda/shared/shield/step';
import type { ImageUser } from '../../../src/core/images/image-user';
import { Environment, environmentName, EnvironmentPlan, parseEnvironments } from '../../../src/core/shield/environments';
import type { Finding } from '../../../src/core/shield/findings';
import { environmentsKey, partitionOf, partitionOfStateKey, stateKey, usesPrefix } from '../../../src/core/shield/keys';
import type { ShieldSettings } from '../../../src/core/shield/settings';
import { NEW_STATE, PartitionState, ProtectedImage } from '../../../src/core/shield/state';
import type { Place } from '../../local-ecr/registry';
import { LocalAccount, Transport } from '../local-account';

export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
export const ENVIRONMENT = `${ACCOUNT}/${REGION}`;
export const BUCKET = 'shield-state';
export const DAY = 86_400_000;

export function imageUri(repositoryName: string, tagOrDigest: string, registry = ACCOUNT, region = REGION): string {
  return `${registry}.dkr.ecr.${region}.amazonaws.com/${repositoryName}${tagOrDigest.startsWith('sha256:') ? '@' : ':'}${tagOrDigest}`;
}

export interface WorldOptions {
  readonly usedBy?: readonly ImageUser[];
  /** Accounts and Regions to search beyond the shield's own. */
  readonly search?: Partial<Pick<EnvironmentPlan, 'listed' | 'organization'>>;
  readonly settings?: Partial<ShieldSettings>;
  readonly transport?: Transport;
  /** Access keys of the functions. @default - one that may do everything */
  readonly roles?: Readonly<Record<'collect' | 'protect' | 'report', string>>;
}

/** Result of a run of the state machine. */
export type RunResult = 'stopped' | RunSummary;

/**
 * An account with an image shield. Its state machine is replaced by a loop that calls the real functions in the same order, with the same
 * inputs. The clock only moves when a test moves it.
 */
export class ShieldWorld {
  static async start(options: WorldOptions = {}): Promise<ShieldWorld> {
    const account = await LocalAccount.start(options.transport ?? 'in-process');
    account.s3.bucket(BUCKET);
    return new ShieldWorld(account, options);
  }

  now = Date.UTC(2026, 5, 1);
  /** Time that a function has left when it starts. */
  remaining = 900_000;
  settings: ShieldSettings;
  /** Errors of the steps that failed, as the state machine sees them. */
  readonly failures = new Array<Error>();
  usedBy: readonly ImageUser[];
  search: Partial<Pick<EnvironmentPlan, 'listed' | 'organization'>>;
  /** How often the state machine has repeated each search. */
  retries = 0;
  /** Whether a run also works on partitions in which nothing exists. */
  hasAllPartitions = false;
  /** Environments whose search ends without a result and without a recorded failure. */
  readonly withoutTrace = new Set<string>();
  /** Number of runs until now. */
  runs = 0;

  private constructor(readonly account: LocalAccount, private readonly options: WorldOptions) {
    this.usedBy = options.usedBy ?? [{ service: 'ecs' }, { service: 'lambda' }];
    this.search = options.search ?? {};
    this.settings = {
      shield: 'Shield',
      bucket: BUCKET,
      tagPrefix: 'in-use-',
      keepAfterUse: 14 * DAY / 1_000,
      selection: { prefixes: ['team/'] },
      ...options.settings,
    };
    account.ecr.now = () => new Date(this.now);
    account.s3.now = () => new Date(this.now);
  }

  stop(): Promise<void> {
    return this.account.stop();
  }

  pass(days: number): void {
    this.now += days * DAY;
  }

  /** Runs the steps as the state machine does. A step that fails is recorded and not repeated. */
  async run(): Promise<RunResult> {
    const { settings } = this;
    const run = `run-${++this.runs}`;
    const { stopped, startedAt } = await this.report({ action: 'begin', settings, run, environments: this.plan }) as RunStart;
    if (stopped) return 'stopped';
    for (const environment of this.environmentsOf(run)) {
      if (this.withoutTrace.has(environmentName(environment))) continue;
      await this.attempt(() => this.collect({ settings, run, environment, retries: this.retries }), error => this.report({
        action: 'failed', settings, run, environment: environmentName(environment), error: error.name, cause: error.message,
      }));
    }
    for (const key of this.stateKeys()) {
      await this.attempt(async () => {
        while ((await this.protect({ settings, run, startedAt, key })).more);
      }, error => this.report({ action: 'failed', settings, run, key, error: error.name, cause: error.message }));
    }
    return await this.report({ action: 'end', settings, run }) as RunSummary;
  }

  get plan(): EnvironmentPlan {
    const { organization } = this.settings;
    if (organization && !this.search.organization) throw new Error('the settings and the plan of an organization belong together');
    return { own: { account: ACCOUNT, region: REGION }, usedBy: this.usedBy, listed: [], ...this.search };
  }

  environmentsOf(run: string): Environment[] {
    return parseEnvironments(this.account.s3.objects(BUCKET).get(environmentsKey(run)) ?? '') ?? [];
  }

  /** The states on which a run works. Those of partitions without repositories, images, and uses would only take time. */
  private stateKeys(): string[] {
    const objects = this.account.s3.objects(BUCKET);
    const keys = [...objects.keys()].filter(key => key.startsWith('state/')).sort();
    const ofRepositories = new Set(this.account.ecr.names().map(name => this.stateKey(name)));
    const isIdle = (key: string) => objects.get(key) === JSON.stringify(NEW_STATE) && !ofRepositories.has(key)
      && ![...objects.keys()].some(each => each.startsWith(usesPrefix(`run-${this.runs}`, partitionOfStateKey(key) ?? '')));
    return this.hasAllPartitions ? keys : keys.filter(key => !isIdle(key));
  }

  async event(event: object): Promise<void> {
    await this.protect({ settings: this.settings, event: event as Record<string, unknown> });
  }

  /** The event of a task that starts. */
  taskEvent(image: string, imageDigest?: string): object {
    return {
      'source': 'aws.ecs',
      'detail-type': 'ECS Task State Change',
      'detail': {
        taskArn: `arn:aws:ecs:${REGION}:${ACCOUNT}:task/default/0123456789abcdef`,
        lastStatus: 'RUNNING',
        desiredStatus: 'RUNNING',
        containers: [{ name: 'app', image, ...imageDigest ? { imageDigest } : {} }],
      },
    };
  }

  protect(input: ProtectInput): Promise<{ readonly more: boolean }> {
    const clients = this.clientsOf('protect');
    return imageShieldProtectHandler(this.surroundings('protect'), clients)(asJson(input), this.context);
  }

  collect(input: Parameters<ReturnType<typeof imageShieldCollectHandler>>[0]): Promise<unknown> {
    const clients = this.clientsOf('collect');
    return imageShieldCollectHandler(this.surroundings('collect'), { ...clients, state: () => clients.s3() })(asJson(input), this.context);
  }

  report(input: ReportInput): Promise<RunStart | RunSummary | undefined> {
    return imageShieldReportHandler(this.surroundings('report'), this.clientsOf('report'))(asJson(input), this.context);
  }

  tagsOf(repositoryName: string, digest: string, registry: Place = {}): readonly string[] | undefined {
    return this.account.ecr.repository(repositoryName, registry).images.find(image => image.digest === digest)?.tags;
  }

  state(repositoryName: string, registry: Place = {}): PartitionState | undefined {
    const text = this.account.s3.objects(BUCKET).get(this.stateKey(repositoryName, registry));
    return text === undefined ? undefined : JSON.parse(text) as PartitionState;
  }

  entry(repositoryName: string, digest: string, registry: Place = {}): ProtectedImage | undefined {
    return this.state(repositoryName, registry)?.images[repositoryName]?.[digest];
  }

  stateKey(repositoryName: string, { account = ACCOUNT, region = REGION }: Place = {}): string {
    return stateKey(partitionOf(account, region, repositoryName));
  }

  /** The findings of the published events. */
  get findings(): Finding[] {
    const events = this.account.events.events.filter(({ detailType }) => detailType === 'Image Shield Finding');
    return events.map(({ detail }) => detail as Finding);
  }

  /** The metrics in the log, by name, newest last. */
  metrics(name: string): number[] {
    return this.account.logs.filter(line => line.startsWith('{"_aws"')).map(line => JSON.parse(line) as Record<string, number>)
      .flatMap(metrics => metrics[name] ?? []);
  }

  private async attempt(step: () => Promise<unknown>, recover: (error: Error) => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.failures.push(error as Error);
      await recover(error as Error);
    }
  }

  private clientsOf(step: 'collect' | 'protect' | 'report') {
    return this.account.clients(this.roleOf(step));
  }

  private surroundings(step: 'collect' | 'protect' | 'report') {
    return {
      ...this.account.surroundings(this.roleOf(step)),
      clock: { now: () => this.now, sleep: async (milliseconds: number) => { this.now += milliseconds; } },
    };
  }

  private roleOf(step: 'collect' | 'protect' | 'report'): string {
    return this.options.roles?.[step] ?? 'test';
  }

  private get context(): StepContext {
    const begin = this.now;
    return {
      invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:shield`,
      getRemainingTimeInMillis: () => this.remaining - (this.now - begin),
    };
  }
}

/** State machines pass JSON. */
function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
