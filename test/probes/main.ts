import { randomBytes } from 'node:crypto';
import { AwsWorld, remove } from './aws-world';
import { EMULATOR } from './deleted-stacks';
import { writeProbes } from './document';
import { askEmulator } from './emulator';
import { Journal } from './journal';
import { writeObservations } from './observations';
import type { Probe } from './probe';
import { PROBES } from './probes';
import { askAws, askFakes, isDifferent, minutesOf, report, Result } from './run';
import { Interruption } from '../../cli/session/interruption';
import { awsCommand, confirm, identify, runCommand, SessionOptions } from '../aws-session';

/** Upper bound for one probe. Repositories hold a few kilobytes for minutes, and functions run for seconds. */
const CENTS_PER_PROBE = 0.1;

interface Options extends SessionOptions {
  readonly only?: readonly string[];
  readonly document?: boolean;
  readonly output?: string;
}

/** @throws if a name is unknown */
function chosen(only: readonly string[] | undefined): readonly Probe[] {
  if (only === undefined) return PROBES;
  const unknown = only.filter(id => !PROBES.some(probe => probe.id === id));
  if (unknown.length > 0) throw new Error(`unknown probes: ${unknown.join(', ')}. Known: ${PROBES.map(({ id }) => id).join(', ')}`);
  return PROBES.filter(({ id }) => only.includes(id));
}

/** Asks the fakes in this process, and the emulator, which is started only if a probe needs it. */
async function runOnFakes(probes: readonly Probe[]): Promise<Result[]> {
  const onEmulator = askEmulator(probes.filter(({ fake }) => fake === EMULATOR));
  const results = new Array<Result>();
  for (const probe of probes.filter(({ fake }) => fake !== EMULATOR)) results.push(await askFakes(probe));
  return [...results, ...await onEmulator];
}

async function runOnAws(probes: readonly Probe[], options: Options): Promise<Result[]> {
  const interruption = new Interruption();
  const { account, region } = await identify(options);
  const all = probes.filter(({ obstacle }) => obstacle === undefined);
  const minutes = all.map(minutesOf).reduce((sum, each) => sum + each, 0);
  const bounds = `${all.length} probes in account ${account}, Region ${region}: at most ${Math.ceil(minutes)} minutes and`
    + ` $${(all.length * CENTS_PER_PROBE / 100).toFixed(2)}`;
  const text = `${bounds}. They create stacks, functions, roles, and private and public repositories, and remove them.`;
  await confirm(text, { account, region }, options, interruption);
  for (const journal of Journal.leftovers(account)) {
    for (const created of journal.created) {
      process.stderr.write(`removing what an interrupted run left: ${created.kind} ${created.name}\n`);
      await remove(created);
    }
    journal.end();
  }
  const run = randomBytes(4).toString('hex');
  const journal = Journal.begin(run, account);
  interruption.listen(() => process.stderr.write('interrupted; removing what the probes created\n'));
  const results = new Array<Result>();
  for (const [index, probe] of probes.entries()) {
    if (interruption.signal.aborted) break;
    process.stderr.write(`[${index + 1} of ${probes.length}] ${probe.fact}\n`);
    results.push(await askAws(probe, () => new AwsWorld(account, region, run, journal, interruption)));
  }
  journal.end();
  if (interruption.signal.aborted) process.exitCode = interruption.status;
  const day = new Date().toISOString().slice(0, 10);
  writeObservations(results.flatMap(({ probe: { id }, answer }) => answer === undefined ? [] : [{ id, answer, on: day }]), options.output);
  if (options.output === undefined) writeProbes();
  return results;
}

async function main(options: Options): Promise<void> {
  if (options.document) return writeProbes();
  const probes = chosen(options.only);
  const results = options.aws ? await runOnAws(probes, options) : await runOnFakes(probes);
  process.stdout.write(`${report(results)}\n`);
  process.exitCode ||= results.some(isDifferent) ? 1 : 0;
}

const program = awsCommand('probe', 'Asks whether what the fakes of the tests assume is true: the fakes themselves, or AWS.',
  'ask AWS, after a confirmation, and write docs/aws-observations.json')
  .option('--only <ids...>', 'names of probes')
  .option('--output <file>', 'file for the answers (default: docs/aws-observations.json, and the page that shows them)')
  .option('--document', 'ask nothing, and write docs/internals/assumptions.md');

runCommand(program, main);
