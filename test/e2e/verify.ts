import { bundleIsNeeded } from './demo/bundle';
import { onEmulators } from './lanes';
import { counts, Result } from './results';
import { LeastPrivilege } from './scenes/least-privilege';
import { permissionsOf, play } from './scenes/play';
import { playChapter } from './verify/chapter';
import { chosen, Item } from './verify/items';
import { AwsOptions, runOnAws } from './verify/on-aws';
import { Column, table } from '../../bench/table';
import { awsCommand, runCommand, SessionOptions } from '../aws-session';
import { ownTemporaryFolder } from '../temporary-folder';

interface Options extends SessionOptions {
  readonly only?: readonly string[];
  readonly parallel: string;
  readonly limit?: string;
  readonly clean?: boolean;
}

const COLUMNS: ReadonlyArray<Column<Result>> = [
  { title: 'Step or scene', value: ({ title }) => title },
  { title: 'Result', value: ({ outcome, detail }) => outcome === 'not run' ? `not run: ${detail?.slice(0, 80)}` : outcome },
  { title: 'Seconds', value: ({ seconds }) => seconds.toFixed(1) },
  { title: 'Ran on', value: ({ where }) => where },
];

/** Runs everything on emulators and fakes, as `.ci/run` does. */
async function runLocally(items: readonly Item[], isComplete: boolean): Promise<Result[]> {
  const results = new Map<Item, Result[]>();
  const rights = new LeastPrivilege();
  const started = Date.now();
  await onEmulators(items, async (item, emulator, nth) => {
    process.stderr.write(`[${nth + 1} of ${items.length}] ${item.title}\n`);
    results.set(item, item.chapter ? await playChapter(item.chapter, emulator) : [await play(item.scene!, nth, emulator, rights)]);
  });
  return [...items.flatMap(item => results.get(item) ?? []), ...isComplete ? [permissionsOf(rights, started)] : []];
}

async function main(options: Options): Promise<void> {
  const stale = bundleIsNeeded();
  if (stale) throw new Error(`assets/lambda is ${stale}: run \`npm run bundle\``);
  ownTemporaryFolder('verify');
  const items = chosen(options.only);
  const awsOptions: AwsOptions = {
    region: options.region,
    account: options.account,
    parallel: Number(options.parallel),
    limit: options.limit === undefined ? undefined : Number(options.limit),
    clean: options.clean,
  };
  const results = options.aws ? await runOnAws(items, awsOptions) : await runLocally(items, options.only === undefined);
  if (options.clean) return;
  process.stdout.write(`${table(COLUMNS, results)}\n\n`);
  for (const { title, outcome, detail } of results) {
    if (outcome === 'failed') process.stdout.write(`FAILED ${title}\n${detail}\n\n`);
  }
  const notRun = results.filter(({ outcome }) => outcome === 'not run').length;
  process.stdout.write(`verify: ${counts(results)}\n${notRun} not run\n${counts(results)}\n`);
  process.exitCode ||= results.some(({ outcome }) => outcome === 'failed') || results.length === notRun ? 1 : 0;
}

const program = awsCommand('verify', 'Runs the steps of the demo and the scenes: on an emulator and on fakes, or in an account of AWS.',
  'run on AWS, after a confirmation, what needs no emulator')
  .option('--only <titles...>', 'beginnings of titles, such as 12a or "demo, adoption"')
  .option('--parallel <count>', 'number of scenes at the same time on AWS', '8')
  .option('--limit <seconds>', 'longest duration of a scene on AWS (default: 900)')
  .option('--clean', 'remove from AWS what interrupted runs left, and run nothing');

runCommand(program, main);
