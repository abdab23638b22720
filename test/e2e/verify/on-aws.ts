import { randomBytes } from 'node:crypto';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { AwsPlace, AwsRun } from './aws-place';
import { playChapter } from './chapter';
import type { Item } from './items';
import { whyNotRun } from './refusals';
import { bucketOf, REMOVAL_MINUTES, removeAll, removeStacks } from './remove';
import { Interruption } from '../../../cli/session/interruption';
import { AwsSession, confirm, identify, SessionOptions } from '../../aws-session';
import { Journal, Leftover } from '../../probes/journal';
import { virtualEnvironment } from '../../virtual-environment';
import { REQUIREMENTS } from '../emulator';
import { NotHere } from '../place';
import { Result, secondsSince, textOf } from '../results';
import type { Scene } from '../scenes/scene';
import { World } from '../scenes/world';

/** Functions run for a minute, repositories and log groups hold kilobytes: an upper bound. */
const DOLLARS_PER_ITEM = 0.02;
const JOURNALS = 'verify';
/** Where some scenes create repositories. */
const SECOND_REGION = 'eu-west-1';
/** Version of the bootstrap that the CDK CLI requires: https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html */
const BOOTSTRAP_VERSION = 6;

export interface AwsOptions extends Pick<SessionOptions, 'region' | 'account'> {
  readonly parallel: number;
  readonly clean?: boolean;
  /** Seconds after which an item is not run to its end. @default - 15 minutes */
  readonly limit?: number;
}

type SceneOnEmulator = Extract<Scene, { readonly on: 'emulator' }>;

/** Runs the items in an account of AWS, after a confirmation. Nothing is created before. */
export async function runOnAws(items: readonly Item[], options: AwsOptions): Promise<Result[]> {
  const interruption = new Interruption();
  const session = await identify(options);
  const leftovers = Journal.leftovers(session.account, JOURNALS);
  for (const { name, region } of leftovers.flatMap(({ created }) => created)) {
    process.stderr.write(`an interrupted run left resources in ${region} whose names start with ${name}\n`);
  }
  if (options.clean) {
    await confirm(`This removes them from account ${session.account}.`, session, options, interruption);
    await clean(leftovers, session);
    return [];
  }
  if (leftovers.length > 0) process.stderr.write('to remove them: npm run verify -- --aws --clean\n');
  await assertBootstrapped(session);
  const count = items.filter(({ notOnAws }) => notOnAws === undefined).length;
  const minutes = Math.ceil(count / options.parallel) * (limitOf(options) / 60 + REMOVAL_MINUTES);
  await confirm(`${count} scenes and chapters in account ${session.account}, Region ${session.region}, and in ${SECOND_REGION}: at most`
    + ` ${Math.ceil(minutes)} minutes and $${(count * DOLLARS_PER_ITEM).toFixed(2)}. They create stacks with functions and roles,`
    + ' repositories, and log groups, and remove them.', session, options, interruption);
  const results = await runItems(items, session, options, interruption);
  // The table can be published.
  return results.map(({ detail, ...result }) => ({ ...result, detail: detail?.replaceAll(session.account, 'ACCOUNT') }));
}

async function runItems(items: readonly Item[], session: AwsSession, options: AwsOptions, interruption: Interruption): Promise<Result[]> {
  const python = await virtualEnvironment('e2e', REQUIREMENTS, () => {});
  const id = `ecrkeeper-${randomBytes(4).toString('hex')}`;
  const journal = Journal.begin(id, session.account, JOURNALS);
  const regions = new Set<string>();
  const uses = (region: string) => {
    if (!regions.has(region)) journal.note({ kind: 'prefix', name: `${id}-`, region });
    regions.add(region);
  };
  const run: AwsRun = { ...session, id, python, uses, check: () => interruption.check() };
  const active = new Set<AwsPlace>();
  interruption.listen(() => {
    process.stderr.write('interrupted; removing what the run created\n');
    for (const place of active) place.stop();
  });
  let isRemoved = true;
  const inEachRegion = async (remove: (region: string) => Promise<unknown>) => {
    for (const region of regions) {
      await remove(region).catch((error: Error) => {
        isRemoved = false;
        process.stderr.write(`not everything was removed: ${error.message}\nto try it again: npm run verify -- --aws --clean\n`);
      });
    }
  };
  const results = new Map<Item, Result[]>();
  const waiting = [...items.entries()];
  await Promise.all(Array.from({ length: options.parallel }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, item] = next;
      const reason = item.notOnAws ?? (interruption.signal.aborted ? 'interrupted' : undefined);
      if (reason !== undefined) {
        results.set(item, [{ title: item.title, outcome: 'not run', seconds: 0, where: '-', detail: reason }]);
        continue;
      }
      process.stderr.write(`[${at + 1} of ${items.length}] ${item.title}\n`);
      const place = new AwsPlace(run, at + 1, limitOf(options));
      active.add(place);
      results.set(item, await playOnAws(item, place, limitOf(options)));
      active.delete(place);
      place.end();
      await inEachRegion(region => removeStacks({ prefix: place.names.prefix, region }));
    }
  }));
  await inEachRegion(region => removeAll({ prefix: `${id}-`, region }, session.account));
  if (isRemoved) journal.end();
  else process.exitCode = 1;
  if (interruption.signal.aborted) process.exitCode = interruption.status;
  return items.flatMap(item => results.get(item) ?? []);
}

/** Returns the seconds after which an item is not run to its end. */
function limitOf({ limit = 15 * 60 }: AwsOptions): number {
  return limit;
}

async function playOnAws(item: Item, place: AwsPlace, limit: number): Promise<Result[]> {
  const started = Date.now();
  const { title } = item;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NotHere(`it takes longer than ${limit} seconds`)), limit * 1_000);
  });
  let world: World | undefined;
  const play = async (): Promise<Result[]> => {
    if (item.chapter) return playChapter(item.chapter, place);
    world = await World.open(place, place.account);
    await (item.scene as SceneOnEmulator).play(world);
    await world.close();
    return [{ title, outcome: 'passed', seconds: secondsSince(started), where: 'AWS' }];
  };
  try {
    return await Promise.race([play(), late]);
  } catch (error) {
    const reason = whyNotRun(error as Error);
    const seconds = secondsSince(started);
    if (reason !== undefined) return [{ title, outcome: 'not run', seconds, where: 'AWS', detail: reason }];
    const story = await world?.story().catch(problem => `(no story: ${problem})`) ?? '';
    return [{ title, outcome: 'failed', seconds, where: 'AWS', detail: `${textOf(error)}\n${story}` }];
  } finally {
    clearTimeout(timer);
  }
}

/** @throws if the stack of the bootstrap is missing, too old, or has another bucket */
async function assertBootstrapped({ account, region }: AwsSession): Promise<void> {
  const { Stacks = [] } = await new CloudFormationClient({ region }).send(new DescribeStacksCommand({ StackName: 'CDKToolkit' }))
    .catch((error: Error) => {
      if (error.message.includes('does not exist')) return { Stacks: [] };
      throw error;
    });
  const outputs = new Map(Stacks[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const version = Number(outputs.get('BootstrapVersion') ?? 0);
  if (version >= BOOTSTRAP_VERSION && outputs.get('BucketName') === bucketOf(account, region)) return;
  throw new Error(`the account is not bootstrapped for the CDK in ${region}: the stack CDKToolkit must have version ${BOOTSTRAP_VERSION} or`
    + ` newer and the default bucket. Run npx cdk bootstrap aws://${account}/${region}. Nothing was created`);
}

async function clean(leftovers: readonly Leftover[], { account }: AwsSession): Promise<void> {
  for (const journal of leftovers) {
    for (const { name, region } of journal.created) {
      for (const each of await removeAll({ prefix: name, region }, account)) process.stderr.write(`removed: ${each}\n`);
    }
    journal.end();
  }
}
