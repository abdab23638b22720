import { Template } from 'aws-cdk-lib/assertions';
import { newStackForEachTest, stack } from './construct-scene';
import {
  costItems, dollarsPerMonth, dollarsPerRun, METRIC_DOLLARS, s3Requests, stateTransitions, totalCalls, Usage,
} from '../bench/shield/cost';
import { ACCOUNT, REGION, REGIONS, SimulatedFleet, Sizes, TEAM } from '../bench/shield/fleet';
import { Growth, growsTooFast, growsWithStored } from '../bench/shield/growth';
import { ASSUMED_LATENCY_MS, ASSUMED_START_MS, PRICES, PUBLISHED_RATES, Service } from '../bench/shield/prices';
import { SimulatedShield } from '../bench/shield/simulated-run';
import { fleet, ImageUse } from '../src';
import { LocalAccount } from './lambda/local-account';

newStackForEachTest({ env: { account: '111111111111', region: 'eu-west-1' } });

const USAGE: Usage = {
  calls: { 's3:PutObject': 80, 's3:ListObjectsV2': 9, 's3:GetObject': 500, 'ecr:PutImage': 3 },
  throttled: 0,
  retries: 0,
  protectCalls: [1, 1, 2],
  environments: 1,
  functionCalls: 7,
  functionSeconds: 100,
  seconds: 40,
  findings: 10,
  steps: {
    'begin and end': { calls: { 's3:PutObject': 20, 's3:ListObjectsV2': 3, 's3:GetObject': 100 }, functionCalls: 2, functionSeconds: 5 },
    'search': { calls: { 's3:PutObject': 30 }, functionCalls: 1, functionSeconds: 40 },
    'protect': {
      calls: { 's3:PutObject': 30, 's3:ListObjectsV2': 6, 's3:GetObject': 400, 'ecr:PutImage': 3 }, functionCalls: 4, functionSeconds: 55,
    },
  },
};

interface FunctionCode {
  readonly Code: { readonly ImageUri: string };
}

interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, {
    readonly Type: string; readonly Next?: string; readonly Default?: string; readonly ItemProcessor?: States;
  }>>;
}

/** Returns the states of the path without failures. A choice takes its default: not stopped, and nothing left. */
function pathOf({ StartAt, States: states }: States): string[] {
  const names = new Array<string>();
  for (let name: string | undefined = StartAt; name !== undefined; name = states[name].Next ?? states[name].Default) names.push(name);
  return names;
}

describe('the state transitions of a run', () => {
  it('are those of the state machine of an image shield', () => {
    new fleet.ImageShield(stack, 'Shield', { repositories: fleet.RepositorySelection.prefixes('team/'), usedBy: [ImageUse.ecs()] });
    const machines = Object.values(Template.fromStack(stack).findResources('AWS::StepFunctions::StateMachine'));
    const plain = (part: unknown) => typeof part === 'string' ? part : 'x';
    const [definition] = machines.map(({ Properties: { DefinitionString: text } }) => JSON.parse(text['Fn::Join'][1].map(plain).join('')))
      .filter(({ States: states }: States) => 'SearchEnvironments' in states) as States[];
    const run = pathOf(definition);
    expect(run).toEqual(['Settings', 'Begin', 'IsStopped', 'SearchEnvironments', 'ProtectImages', 'End']);
    const [search, protect] = ['SearchEnvironments', 'ProtectImages'].map(name => pathOf(definition.States[name].ItemProcessor!));
    expect([search, protect]).toEqual([['Collect'], ['Protect', 'IsMoreLeft', 'PartitionDone']]);
    const [executions, environments, partitions] = [1 + 3 + 16, 3, 16];
    expect(stateTransitions({ environments, protectCalls: Array<number>(partitions).fill(1) }))
      .toBe(run.length + environments * search.length + partitions * protect.length + 2 * executions);
  });

  it('grow by two for each further call of a partition', () => {
    expect(stateTransitions({ environments: 1, protectCalls: [3] })).toBe(stateTransitions({ environments: 1, protectCalls: [1] }) + 4);
  });
});

describe('the cost of a run', () => {
  it('adds what Step Functions reads and lists for its maps to the requests of the functions', () => {
    expect(s3Requests(USAGE)).toEqual({ writes: 90, reads: 501 });
    expect(s3Requests({ calls: {}, environments: 1, protectCalls: Array<number>(1_001).fill(1) })).toEqual({ writes: 2, reads: 1 });
  });

  it('adds each use at its price', () => {
    const transitions = 8 + 3 + (5 + 5 + 7);
    expect(stateTransitions(USAGE)).toBe(transitions);
    const gigabyteSeconds = 5 * 0.25 + 95 * 0.5;
    const expected = transitions * 0.000025 + 7 * 0.0000002 + gigabyteSeconds * 0.0000133334 + 90 * 0.000005 + 501 * 0.0000004 + 0.000001
      + 10 * 0.000001;
    expect(dollarsPerRun(USAGE)).toBeCloseTo(expected, 10);
  });

  it('is that of its steps', () => {
    const numbers = (what: string) => costItems(USAGE).filter(item => item.what === what).map(({ count }) => count);
    expect(numbers('state transitions')).toEqual([8, 3, 17]);
    expect(numbers('S3 writes')).toEqual([23, 30, 37]);
    expect(numbers('S3 reads')).toEqual([100, 1, 400]);
    expect(numbers('function seconds')).toEqual([5, 40, 55]);
  });

  it('adds the metrics once in a month', () => {
    expect(METRIC_DOLLARS).toBeCloseTo(6 * 0.30, 10);
    expect(dollarsPerMonth(USAGE, 6)).toBeCloseTo(dollarsPerRun(USAGE) * 730 / 6 + 1.8, 10);
  });

  it('has a source for each price', () => {
    for (const { dollars, source } of Object.values(PRICES)) {
      expect(dollars).toBeGreaterThan(0);
      expect(source).toMatch(/^https:\/\/aws\.amazon\.com\/.+\/pricing\/$/);
    }
  });
});

const SIZES: Sizes = {
  accounts: 1, regions: 1, tasks: 8, services: 2, functions: 3, repositories: 7, storedImages: 50, areMultiArchitecture: false,
};

describe('a simulated shield', () => {
  let shield: SimulatedShield;
  beforeEach(async () => { shield = await SimulatedShield.start(SIZES); });
  afterEach(() => shield.stop());

  /** Seconds of all calls one after another, and of the starts. */
  const sequential = ({ calls, functionCalls }: Usage) => functionCalls * ASSUMED_START_MS / 1_000 + Object.entries(calls)
    .reduce((sum, [name, count]) => sum + count * ASSUMED_LATENCY_MS[name.split(':')[0] as Service] / 1_000, 0);

  it('counts each call, and the seconds of its latency', async () => {
    const { usage, summary } = await shield.run();
    // three revisions of each service, and one image of each function
    expect(summary).toMatchObject({ protected: 9, newlyProtected: 9, unprotected: 0, succeeded: true });
    expect(usage.calls).toMatchObject({
      'lambda:GetFunction': 6, 'ecs:DescribeTasks': 1, 'ecr:GetLifecyclePolicy': 5, 'ecr:PutImage': 9, 'ecr:BatchGetImage': 9,
    });
    expect(usage.functionCalls).toBe(3 + usage.protectCalls.length);
    // End reads the results of all partitions at the same time
    const saved = (usage.protectCalls.length - 1) * ASSUMED_LATENCY_MS.s3 / 1_000;
    expect(usage.throttled).toBe(0);
    expect(usage.functionSeconds).toBeCloseTo(sequential(usage) - saved, 5);
    expect(usage.seconds).toBeLessThan(usage.functionSeconds);
  });

  it('protects and releases only what changed in the second run', async () => {
    await shield.run();
    shield.pass(15);
    expect(shield.fleet.deploy()).toBe(1);
    const { usage, summary } = await shield.run();
    expect(summary).toMatchObject({ protected: 9, newlyProtected: 1, released: 1, unprotected: 0, succeeded: true });
    expect(usage.calls).toMatchObject({ 'ecr:PutImage': 2, 'ecr:BatchDeleteImage': 1 });
    expect(usage.calls).not.toHaveProperty('ecr:DescribeRepositories');
    expect(totalCalls(usage)).toBe(Object.values(usage.calls).reduce((sum, count) => sum + count));
  });

  it('waits for the published rate of PutImage', async () => {
    expect(PUBLISHED_RATES).toContainEqual({ service: 'ecr', operation: 'PutImage', perSecond: 10, burst: 10 });
    await shield.stop();
    shield = await SimulatedShield.start({ ...SIZES, services: 20, functions: 40 });
    const { usage, summary } = await shield.run();
    expect(summary.newlyProtected).toBe(100);
    expect(usage.throttled).toBeGreaterThan(0);
    // a burst of 10, then 10 in a second
    expect(usage.seconds).toBeGreaterThan((100 - 10) / 10);
    expect(usage.functionSeconds).toBeGreaterThan(sequential(usage));
  });
});

describe('a simulated shield of several accounts', () => {
  const FLEET: Sizes = { ...SIZES, accounts: 4, regions: 2 };
  let shield: SimulatedShield;
  beforeEach(async () => { shield = await SimulatedShield.start(FLEET); });
  afterEach(() => shield.stop());

  it('searches each account and Region with the role of the account, and protects images and their replicas', async () => {
    const { usage, summary } = await shield.run();
    // each repository has two more releases, which the accounts of later stages run; one service and one function are replicated
    expect(summary).toMatchObject({ protected: 2 * 5 + 3 * 3 + 5 + 3, unprotected: 0, findings: 0, succeeded: true });
    expect(usage.environments).toBe(8);
    expect(usage.calls).toMatchObject({ 'organizations:ListAccounts': 1, 'sts:AssumeRole': 6, 'ecs:ListClusters': 8 });
    shield.pass(15);
    const changed = shield.fleet.deploy();
    expect((await shield.run()).summary).toMatchObject({ newlyProtected: changed, released: changed, findings: 0, succeeded: true });
  });

  it('makes the same calls and writes the same objects without the SDK', async () => {
    const other = await SimulatedShield.start(FLEET, { transport: 'sdk' });
    try {
      const [direct, sdk] = [await shield.run(), await other.run()];
      expect(sdk.summary).toEqual(direct.summary);
      const withoutRaces = ({ usage }: typeof direct) => ({ ...usage.steps.search.calls, 's3:PutObject': 'some fail' });
      expect(withoutRaces(sdk)).toEqual(withoutRaces(direct));
      const uses = ({ account }: SimulatedShield) =>
        [...account.s3.objects('shield-state')].filter(([key]) => key.includes('/uses/')).map(each => each.map(withoutIds)).sort();
      expect(uses(other)).toEqual(uses(shield));
      expect(uses(shield)).not.toHaveLength(0);
    } finally {
      await other.stop();
    }
  });

  it('does not share the limits of one account and Region with another', async () => {
    await shield.stop();
    // each makes 60 calls of DescribeTaskDefinition, which has a burst of 50 and then 20 in a second
    const large = { ...SIZES, services: 20 };
    shield = await SimulatedShield.start(large);
    const one = (await shield.run()).usage;
    await shield.stop();
    shield = await SimulatedShield.start({ ...large, accounts: 4 });
    const four = (await shield.run()).usage;
    expect(four.calls['ecs:DescribeTaskDefinition']).toBe(4 * one.calls['ecs:DescribeTaskDefinition']);
    expect(four.steps.search.functionSeconds / one.steps.search.functionSeconds).toBeCloseTo(4, 0);
  });
});

/** Texts without the random IDs of tasks. */
function withoutIds(text: string): string {
  return text.replace(/[0-9a-f]{32}(?=")/g, '<id>');
}

describe('the workloads of a simulated account and Region', () => {
  it('use a replica in their Region, the release of their stage, and the images of their team', async () => {
    const account = await LocalAccount.start('in-process');
    const simulated = new SimulatedFleet(account.ecr, { ...SIZES, accounts: TEAM + 2, regions: 2 });
    const imagesOf = async (nth: number, region: string) => {
      const { ecs, lambda } = await simulated.start({ account: simulated.accounts[nth], region }, account.ecr.principals);
      try {
        const call = (FunctionName: string) =>
          lambda.call({ operation: 'GetFunction', input: { FunctionName }, accessKeyId: `key-${nth}`, region }) as Promise<FunctionCode>;
        account.ecr.principal(`key-${nth}`, { account: simulated.accounts[nth] });
        return await Promise.all(['function-0', 'function-1', 'function-2'].map(async name => (await call(name)).Code.ImageUri));
      } finally {
        await Promise.all([ecs.stop(), lambda.stop()]);
      }
    };
    const [here, there] = [REGION, REGIONS[1]].map(region => `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com/team`);
    expect(await imagesOf(0, REGION)).toEqual([
      `${here}/shared-function-0:release-3`, `${here}/0/function-1:release-3`, `${here}/0/function-2:release-3`,
    ]);
    expect(await imagesOf(2, REGIONS[1])).toEqual([
      `${here}/shared-function-0:release-1`, `${there}/0/function-1:release-1`, `${here}/0/function-2:release-1`,
    ]);
    expect(await imagesOf(TEAM + 1, REGION)).toEqual([
      `${here}/shared-function-0:release-2`, `${here}/1/function-1:release-2`, `${here}/1/function-2:release-2`,
    ]);
    await account.stop();
  });
});

describe('the growth of a steady run', () => {
  const row = (more: Partial<Growth>): Growth =>
    ({ images: 'tagged', stored: 1_000, running: 10, calls: 1, functionSeconds: 1, callsRatio: 1, secondsRatio: 1, ...more });

  it('must not follow what is stored', () => {
    expect(growsWithStored([row({}), row({ stored: 10_000, callsRatio: 1.005 })], 1.01)).toEqual([]);
    expect(growsWithStored([row({}), row({ stored: 10_000, callsRatio: 1.02 })], 1.01))
      .toEqual(['shield: with 10000 stored images, a steady run makes 1.02 x as many calls']);
    expect(growsWithStored([row({}), row({ secondsRatio: 1.02 })], 1.01)).toHaveLength(1);
  });

  it('may follow what runs, and must not grow faster', () => {
    expect(growsTooFast([row({}), row({ running: 100, callsRatio: 10, secondsRatio: 9 })])).toEqual([]);
    expect(growsTooFast([row({}), row({ running: 100, callsRatio: 10.1 })])).toHaveLength(1);
  });
});
