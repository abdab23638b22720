import type { Step, StepUsage, Usage } from './cost';
import { ACCOUNT, NEWEST_TASK_DEFINITIONS, REGION, SimulatedFleet, Sizes } from './fleet';
import { Transport, workloadClients } from './fleet-clients';
import { ASSUMED_LATENCY_MS, ASSUMED_RATE, ASSUMED_START_MS, PUBLISHED_RATES, Service, UNPUBLISHED } from './prices';
import type { CollectInput } from '../../lambda/image-shield-collect/collect';
import { imageShieldCollectHandler } from '../../lambda/image-shield-collect/handler';
import { imageShieldProtectHandler } from '../../lambda/image-shield-protect/handler';
import { imageShieldReportHandler } from '../../lambda/image-shield-report/handler';
import type { RunStart, RunSummary } from '../../lambda/image-shield-report/report';
import type { StepContext } from '../../lambda/shared/shield/step';
import type { ImageUser } from '../../src/core/images/image-user';
import { EnvironmentPlan, parseEnvironments } from '../../src/core/shield/environments';
import { environmentsKey, STATE_PREFIX } from '../../src/core/shield/keys';
import type { ShieldSettings } from '../../src/core/shield/settings';
import { LocalAccount } from '../../test/lambda/local-account';
import type { LocalService } from '../../test/local-ecr/local-service';
import { VirtualClock } from '../throttling/virtual-clock';

const BUCKET = 'shield-state';
const SETTINGS: ShieldSettings = {
  shield: 'Shield', bucket: BUCKET, tagPrefix: 'in-use-', keepAfterUse: 14 * 86_400, selection: { prefixes: ['team/'] },
};
const USED_BY: readonly ImageUser[] = [{ service: 'ecs', newestTaskDefinitions: NEWEST_TASK_DEFINITIONS }, { service: 'lambda' }];
/** As in the state machine of a run. */
const ENVIRONMENTS_AT_ONCE = 40;
const PARTITIONS_AT_ONCE = 20;
/** A function that fails is called twice more. */
const RETRIES = 2;
/** Average of the first pause, which is random and at most 30 seconds. The second is twice as long. */
const RETRY_MS = 15_000;
const FUNCTION_TIMEOUT_MS = 900_000;
/** Services of the account of the shield. Each account and Region has its own `ecs` and `lambda`. */
const CENTRAL = ['ecr', 's3', 'events', 'sts', 'organizations'] as const;
/** Access key of the functions of the shield. */
const FUNCTIONS = 'ROLE';
const ROLE: readonly [string, string] = ['arn:aws:iam::', ':role/image-use'];
const EXTERNAL_ID = 'shield';

/** `published` rates only, or also an assumed rate for each operation of ECR without one. */
export type Rates = 'published' | 'assumed';

export interface SimulationOptions {
  /** @default 'published' */
  readonly rates?: Rates;
  /** @default 'direct' */
  readonly transport?: Transport;
}

export interface SimulatedRun {
  readonly usage: Usage;
  readonly summary: RunSummary;
}

/**
 * A shield that searches the accounts of an organization. The real functions run over the fakes, in virtual time: each call takes its
 * assumed latency, and the fakes admit as many calls as AWS. A loop replaces the state machine, and calls the functions in the same order
 * with the same inputs.
 */
export class SimulatedShield {
  static async start(sizes: Sizes, { rates = 'published', transport = 'direct' }: SimulationOptions = {}): Promise<SimulatedShield> {
    const account = await LocalAccount.start('in-process', 'as in AWS');
    account.s3.bucket(BUCKET);
    account.attempts = 1; // the SDK's own pauses would take real time
    return new SimulatedShield(account, new SimulatedFleet(account.ecr, sizes), rates, transport);
  }

  private readonly clock = new VirtualClock();
  /** Time that passed between the runs. */
  private passed = Date.UTC(2026, 5, 1);
  private runs = 0;
  private steps = newSteps();
  private step: Step = 'begin and end';
  private throttled = 0;
  private retries = 0;

  private constructor(
    readonly account: LocalAccount, readonly fleet: SimulatedFleet, rates: Rates, private readonly transport: Transport,
  ) {
    for (const service of CENTRAL) this.observe(service, account[service]);
    for (const { service, ...rate } of PUBLISHED_RATES) {
      if (service === 'ecr') for (const region of fleet.regions) account.ecr.limitRate({ ...rate, region });
    }
    for (const operation of rates === 'assumed' ? UNPUBLISHED : []) account.ecr.limitRate({ operation, perSecond: ASSUMED_RATE });
    account.organizations.administrators = [ACCOUNT];
    account.organizations.accounts = fleet.accounts.map(id => ({ id }));
    for (const id of fleet.accounts) account.sts.role(ROLE.join(id), { trust: { principals: [ACCOUNT], externalId: EXTERNAL_ID } });
  }

  stop(): Promise<void> {
    return this.account.stop();
  }

  pass(days: number): void {
    this.passed += days * 86_400_000;
  }

  async run(): Promise<SimulatedRun> {
    this.removeFormerRun();
    const run = `run-${++this.runs}`;
    const { regions } = this.fleet;
    const organization = { regions, excludedAccounts: [] };
    const common = { settings: { ...SETTINGS, organization }, run };
    const environments: EnvironmentPlan = {
      own: { account: ACCOUNT, region: REGION },
      usedBy: USED_BY,
      listed: [],
      organization: { ...organization, roleArn: ROLE, externalId: EXTERNAL_ID },
    };
    [this.steps, this.throttled, this.retries] = [newSteps(), 0, 0];
    const start = this.clock.now();
    const report = imageShieldReportHandler(this.surroundings, this.clients);
    const protect = imageShieldProtectHandler(this.surroundings, this.clients);
    const [{ startedAt }] = await this.each(
      'begin and end', [{ action: 'begin', ...common, environments } as const], 1, input => this.call(report, input),
    ) as [RunStart];
    const list = parseEnvironments(this.account.s3.objects(BUCKET).get(environmentsKey(run))!)!;
    await this.each('search', list, ENVIRONMENTS_AT_ONCE, environment => this.search({ ...common, environment }));
    const keys = [...this.account.s3.objects(BUCKET).keys()].filter(key => key.startsWith(STATE_PREFIX)).sort();
    const protectCalls = await this.each('protect', keys, PARTITIONS_AT_ONCE, async key => {
      const input = { ...common, startedAt, key };
      for (let calls = 1; ; calls++) if (!(await this.callWithRetries(protect, input)).more) return calls;
    });
    const [summary] = await this.each(
      'begin and end', [{ action: 'end', ...common } as const], 1, input => this.call(report, input),
    ) as [RunSummary];
    return {
      summary,
      usage: {
        ...totalOf(Object.values(this.steps)),
        steps: this.steps,
        throttled: this.throttled,
        retries: this.retries,
        protectCalls,
        environments: list.length,
        seconds: (this.clock.now() - start) / 1_000,
        findings: this.account.events.events.length,
      },
    };
  }

  /** Searches an environment, whose workloads exist only for as long as that takes. */
  private async search(input: CollectInput): Promise<void> {
    const workloads = await this.fleet.start(input.environment, this.account.ecr.principals);
    for (const service of ['ecs', 'lambda'] as const) {
      this.observe(service, workloads[service]);
      for (const rate of PUBLISHED_RATES) if (rate.service === service) workloads[service].limitRate(rate);
    }
    const { clients } = this;
    const own = { accessKeyId: FUNCTIONS, region: REGION };
    const handler = imageShieldCollectHandler(this.surroundings, {
      ...clients, state: () => clients.s3(), ...workloadClients(workloads, this.transport, own),
    });
    await this.callWithRetries(handler, input);
    await Promise.all([workloads.ecs.stop(), workloads.lambda.stop()]);
  }

  /** Counts the calls of a fake. Each takes its latency. */
  private observe(service: Service, fake: LocalService): void {
    fake.elapsed = this.clock.now;
    fake.now = () => new Date(this.now());
    fake.onCall = ({ operation, outcome }) => {
      const { calls } = this.steps[this.step];
      const name = `${service}:${operation}`;
      calls[name] = (calls[name] ?? 0) + 1;
      if (outcome === 'ThrottlingException') this.throttled++;
      fake.clearCalls(); // a million calls would not fit in memory
      return this.clock.sleep(ASSUMED_LATENCY_MS[service]);
    };
  }

  /** The objects of a run are needed only until its end. The bucket of a shield deletes them after some days. */
  private removeFormerRun(): void {
    const prefix = `runs/run-${this.runs}/`;
    for (const key of this.account.s3.objects(BUCKET).keys()) if (key.startsWith(prefix)) this.account.s3.remove(BUCKET, key);
  }

  /** Does the work of a step for each item in virtual time, and returns the results in the order of the items. */
  private async each<T, R>(step: Step, items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
    this.step = step;
    const results = new Array<R>();
    let next = 0;
    await this.clock.run(Array.from({ length: Math.min(atOnce, items.length) }, () => async () => {
      while (next < items.length) {
        const nth = next++;
        results[nth] = await work(items[nth]);
      }
    }));
    return results;
  }

  /** @throws if all attempts failed, which the state machine would report */
  private async callWithRetries<I, O>(handler: Handler<I, O>, input: I): Promise<O> {
    for (let retries = 0; ; retries++) {
      try {
        return await this.call(handler, input);
      } catch (error) {
        if (retries === RETRIES) throw error;
        this.retries++;
        await this.clock.sleep(RETRY_MS * 2 ** retries);
      }
    }
  }

  private async call<I, O>(handler: Handler<I, O>, input: I): Promise<O> {
    const start = this.clock.now();
    await this.clock.sleep(ASSUMED_START_MS);
    try {
      return await handler(JSON.parse(JSON.stringify(input)) as I, {
        invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:shield`, getRemainingTimeInMillis: () => FUNCTION_TIMEOUT_MS,
      });
    } finally {
      const usage = this.steps[this.step];
      usage.functionCalls++;
      usage.functionSeconds += (this.clock.now() - start) / 1_000;
    }
  }

  private now(): number {
    return this.passed + this.clock.now();
  }

  private get clients() {
    return this.account.clients(FUNCTIONS);
  }

  private get surroundings() {
    return {
      ...this.account.surroundings(FUNCTIONS),
      clock: { now: () => this.now(), sleep: this.clock.sleep },
      log: () => undefined,
    };
  }
}

type Handler<I, O> = (input: I, context: StepContext) => Promise<O>;

type Counts = { -readonly [K in keyof StepUsage]: StepUsage[K] } & { readonly calls: Record<string, number> };

function newSteps(): Record<Step, Counts> {
  const step = (): Counts => ({ calls: {}, functionCalls: 0, functionSeconds: 0 });
  return { 'begin and end': step(), 'search': step(), 'protect': step() };
}

function totalOf(steps: readonly StepUsage[]): StepUsage {
  const calls: Record<string, number> = {};
  for (const step of steps) for (const [name, count] of Object.entries(step.calls)) calls[name] = (calls[name] ?? 0) + count;
  const sum = (value: (step: StepUsage) => number) => steps.reduce((total, step) => total + value(step), 0);
  return { calls, functionCalls: sum(step => step.functionCalls), functionSeconds: sum(step => step.functionSeconds) };
}
