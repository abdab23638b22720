import type { Usage } from './cost';
import { ACCOUNT, REGION, SimulatedEnvironment, Sizes } from './environment';
import { ASSUMED_LATENCY_MS, ASSUMED_RATE, ASSUMED_START_MS, PUBLISHED_RATES, Service, UNPUBLISHED } from './prices';
import { imageShieldCollectHandler } from '../../lambda/image-shield-collect/handler';
import { imageShieldProtectHandler } from '../../lambda/image-shield-protect/handler';
import { imageShieldReportHandler } from '../../lambda/image-shield-report/handler';
import type { RunStart, RunSummary } from '../../lambda/image-shield-report/report';
import type { ImageUser } from '../../src/core/images/image-user';
import { EnvironmentPlan, parseEnvironments } from '../../src/core/shield/environments';
import { environmentsKey, STATE_PREFIX } from '../../src/core/shield/keys';
import type { ShieldSettings } from '../../src/core/shield/settings';
import { LocalAccount } from '../../test/lambda/local-account';
import type { LocalService } from '../../test/local-ecr/local-service';
import { FUNCTION_MEMORY_MB } from '../teardown/invoke';
import { VirtualClock } from '../throttling/virtual-clock';

const BUCKET = 'shield-state';
const SETTINGS: ShieldSettings = {
  shield: 'Shield', bucket: BUCKET, tagPrefix: 'in-use-', keepAfterUse: 14 * 86_400, selection: { prefixes: ['team/'] },
};
const USED_BY: readonly ImageUser[] = [{ service: 'ecs', newestTaskDefinitions: 3 }, { service: 'lambda' }];
/** As in the state machine of a run. */
const PARTITIONS_AT_ONCE = 20;
const FUNCTION_TIMEOUT_MS = 900_000;
const SERVICES: readonly Service[] = ['ecs', 'lambda', 'ecr', 's3', 'events'];

/** `published` rates only, or also an assumed rate for each operation of ECR without one. */
export type Rates = 'published' | 'assumed';

export interface SimulatedRun {
  readonly usage: Usage;
  readonly summary: RunSummary;
}

/**
 * A shield in one account and Region. The real functions run over the fakes, in virtual time: each call takes its assumed latency, and the
 * fakes admit as many calls as AWS. A loop replaces the state machine, and calls the functions in the same order with the same inputs.
 */
export class SimulatedShield {
  static async start(sizes: Sizes, rates: Rates = 'published'): Promise<SimulatedShield> {
    const account = await LocalAccount.start('in-process', 'as in AWS');
    account.s3.bucket(BUCKET);
    account.attempts = 1; // the SDK's own pauses would take real time
    return new SimulatedShield(account, new SimulatedEnvironment(account, sizes), rates);
  }

  private readonly clock = new VirtualClock();
  /** Time that passed between the runs. */
  private passed = Date.UTC(2026, 5, 1);
  private runs = 0;
  private functionCalls = 0;
  private functionMilliseconds = 0;

  private constructor(readonly account: LocalAccount, readonly workloads: SimulatedEnvironment, rates: Rates) {
    for (const service of SERVICES) {
      const fake: LocalService = account[service];
      fake.elapsed = this.clock.now;
      fake.now = () => new Date(this.now());
      fake.onCall = () => this.clock.sleep(ASSUMED_LATENCY_MS[service]);
    }
    for (const { service, ...rate } of PUBLISHED_RATES) account[service].limitRate(rate);
    for (const operation of rates === 'assumed' ? UNPUBLISHED : []) account.ecr.limitRate({ operation, perSecond: ASSUMED_RATE });
  }

  stop(): Promise<void> {
    return this.account.stop();
  }

  pass(days: number): void {
    this.passed += days * 86_400_000;
  }

  async run(plan: EnvironmentPlan = { own: { account: ACCOUNT, region: REGION }, usedBy: USED_BY, listed: [] }): Promise<SimulatedRun> {
    const run = `run-${++this.runs}`;
    const common = { settings: SETTINGS, run };
    const start = this.clock.now();
    for (const service of SERVICES) this.account[service].clearCalls();
    [this.functionCalls, this.functionMilliseconds] = [0, 0];
    const { surroundings, clients } = this;
    const report = imageShieldReportHandler(surroundings, clients);
    const collect = imageShieldCollectHandler(surroundings, { ...clients, state: () => clients.s3() });
    const protect = imageShieldProtectHandler(surroundings, clients);
    const begin = { action: 'begin', ...common, environments: plan } as const;
    const [{ startedAt }] = await this.each([begin], 1, input => this.call(report, input)) as [RunStart];
    const environments = parseEnvironments(this.account.s3.objects(BUCKET).get(environmentsKey(run))!)!;
    await this.each(environments, environments.length, environment => this.call(collect, { ...common, environment }));
    const keys = [...this.account.s3.objects(BUCKET).keys()].filter(key => key.startsWith(STATE_PREFIX));
    const protectCalls = await this.each(keys, PARTITIONS_AT_ONCE, async key => {
      for (let calls = 1; ; calls++) if (!(await this.call(protect, { ...common, startedAt, key })).more) return calls;
    });
    const [summary] = await this.each([{ action: 'end', ...common } as const], 1, input => this.call(report, input)) as [RunSummary];
    const { events } = this.account.events;
    return {
      summary,
      usage: {
        ...this.counts(),
        protectCalls,
        environments: environments.length,
        functionCalls: this.functionCalls,
        functionSeconds: this.functionMilliseconds / 1_000,
        memoryMB: FUNCTION_MEMORY_MB,
        seconds: (this.clock.now() - start) / 1_000,
        findings: events.length,
      },
    };
  }

  private counts(): Pick<Usage, 'calls' | 'throttled'> {
    const calls: Record<string, number> = {};
    let throttled = 0;
    for (const service of SERVICES) {
      for (const { operation, outcome } of this.account[service].calls) {
        const name = `${service}:${operation}`;
        calls[name] = (calls[name] ?? 0) + 1;
        if (outcome === 'ThrottlingException') throttled++;
      }
    }
    return { calls, throttled };
  }

  /** Does the work for each item in virtual time, and returns the results in the order of the items. */
  private async each<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
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

  private async call<I, O>(
    handler: (input: I, context: { readonly invokedFunctionArn: string; getRemainingTimeInMillis(): number }) => Promise<O>, input: I,
  ): Promise<O> {
    const start = this.clock.now();
    await this.clock.sleep(ASSUMED_START_MS);
    try {
      return await handler(JSON.parse(JSON.stringify(input)) as I, {
        invokedFunctionArn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:shield`, getRemainingTimeInMillis: () => FUNCTION_TIMEOUT_MS,
      });
    } finally {
      this.functionCalls++;
      this.functionMilliseconds += this.clock.now() - start;
    }
  }

  private now(): number {
    return this.passed + this.clock.now();
  }

  private get clients() {
    return this.account.clients('ROLE');
  }

  private get surroundings() {
    return { ...this.account.surroundings('ROLE'), clock: { now: () => this.now(), sleep: this.clock.sleep } };
  }
}
