import { randomBytes } from 'node:crypto';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { Command } from 'commander';
import { AwsWorld, remove } from './aws-world';
import { EMULATOR } from './deleted-stacks';
import { writeProbes } from './document';
import { askEmulator } from './emulator';
import { Journal } from './journal';
import { writeObservations } from './observations';
import type { Probe } from './probe';
import { PROBES } from './probes';
import { askAws, askFakes, isDifferent, minutesOf, report, Result } from './run';
import { canAsk, isConfirmed } from '../../cli/teardown/confirmation';
import { Interrupted, Interruption } from '../../cli/teardown/interruption';

/** Upper bound for one probe. Repositories hold a few kilobytes for minutes, and functions run for seconds. */
const CENTS_PER_PROBE = 0.1;

interface Options {
  readonly aws?: boolean;
  readonly region?: string;
  readonly profile?: string;
  readonly account?: string;
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

async function runOnAws(probes: readonly Probe[], { region, account: confirmed, output }: Options): Promise<Result[]> {
  if (region === undefined) throw new Error('the Region is missing. Specify --region, or set AWS_REGION');
  const interruption = new Interruption();
  const { Account: account = '' } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
  const all = probes.filter(({ obstacle }) => obstacle === undefined);
  const minutes = all.map(minutesOf).reduce((sum, each) => sum + each, 0);
  const bounds = `${all.length} probes in account ${account}, Region ${region}: at most ${Math.ceil(minutes)} minutes and`
    + ` $${(all.length * CENTS_PER_PROBE / 100).toFixed(2)}`;
  process.stderr.write(`${bounds}. They create stacks, functions, roles, and private and public repositories, and remove them.\n`);
  if (confirmed !== account) {
    if (confirmed !== undefined || !canAsk()) throw new Error(`not confirmed. To run without a terminal, specify --account ${account}`);
    const question = 'Type the account ID to continue: ';
    if (!await isConfirmed(question, account, interruption.signal)) throw new Error('not confirmed. Nothing was created');
  }
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
  writeObservations(results.flatMap(({ probe: { id }, answer }) => answer === undefined ? [] : [{ id, answer, on: day }]), output);
  if (output === undefined) writeProbes();
  return results;
}

async function main(options: Options): Promise<void> {
  if (options.document) return writeProbes();
  if (options.profile !== undefined) process.env.AWS_PROFILE = options.profile;
  const probes = chosen(options.only);
  const region = options.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  const results = options.aws ? await runOnAws(probes, { ...options, region }) : await runOnFakes(probes);
  process.stdout.write(`${report(results)}\n`);
  process.exitCode ||= results.some(isDifferent) ? 1 : 0;
}

const program = new Command('probe')
  .description('Asks whether what the fakes of the tests assume is true: the fakes themselves, or AWS.')
  .option('--aws', 'ask AWS, after a confirmation, and write docs/aws-observations.json')
  .option('--region <region>', 'Region of AWS (default: AWS_REGION or AWS_DEFAULT_REGION)')
  .option('--profile <name>', 'AWS profile')
  .option('--account <id>', 'confirms the account without a question')
  .option('--only <ids...>', 'names of probes')
  .option('--output <file>', 'file for the answers (default: docs/aws-observations.json, and the page that shows them)')
  .option('--document', 'ask nothing, and write docs/internals/assumptions.md');

program.parse();
main(program.opts<Options>()).catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Interrupted ? 'interrupted' : (error as Error).message}\n`);
  process.exitCode = error instanceof Interrupted ? 130 : 1;
});
