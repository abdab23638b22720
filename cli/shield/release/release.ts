import { Command, Option } from 'commander';
import { carryOut } from './carry-out';
import { Plan, planRelease } from './plan';
import { renderOutcomes, renderPlan } from './report';
import type { EcrTask } from '../../../lambda/shared/protocol/job';
import { pluralize } from '../../../src/core/format';
import type { Selection } from '../../../src/core/shield/selection';
import { DEFAULT_TAG_PREFIX } from '../../../src/core/shield/tags';
import { regionOfEnvironment } from '../../ecr-client';
import { Failure } from '../../failure';
import { runAttended } from '../../session/attended';
import type { Session } from '../../session/session';
import * as teardown from '../../teardown/argument';
import { canAsk, isConfirmed } from '../../teardown/confirmation';
import { reasonOf } from '../../teardown/reason';
import { terminalOf } from '../../terminal';
import * as argument from '../argument';
import { RELEASE_HELP } from '../help';

interface Options {
  readonly prefix?: readonly string[];
  readonly repository?: readonly string[];
  readonly allRepositories?: true;
  readonly tagPrefix: string;
  readonly region?: string;
  readonly maxImages: number;
  readonly dryRun?: true;
  readonly yes?: true;
}

const DEFAULT_MAX_IMAGES = 1_000;

export function addRelease(shield: Command): void {
  shield.command('release')
    .summary('release the images of a shield that was deleted')
    .description('Replaces the keep tags that a deleted image shield has left by tags that lifecycle policies can expire. Deletes no image.'
      + ' Without --yes, the command shows the images and asks you to confirm.')
    .option('--prefix <prefix>', 'release the images of all repositories whose name starts with the prefix; can be repeated',
      argument.prefixes)
    .addOption(new Option('--repository <name...>', 'release the images of these repositories').argParser(teardown.repositoryName)
      .conflicts('prefix'))
    .addOption(new Option('--all-repositories', 'release the images of all repositories of the account in the Region')
      .conflicts(['prefix', 'repository']))
    .option('--tag-prefix <prefix>', 'the prefix of the keep tags of the shield', argument.tagPrefix, DEFAULT_TAG_PREFIX)
    .option('--region <region>', 'the Region of the repositories (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile)',
      teardown.oneRegion)
    .option('--max-images <n>', 'refuse to release more than n images', teardown.wholeNumberFromOne, DEFAULT_MAX_IMAGES)
    .option('--dry-run', 'show what would be released, without changes')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', RELEASE_HELP)
    .action(async (options: Options, command: Command) => {
      const selection = selectionOf(options);
      if (!selection) command.error('error: specify --prefix <prefix>, --repository <name>, or --all-repositories');
      if (!options.dryRun && !options.yes && !canAsk()) {
        command.error('error: the command cannot ask for confirmation without a terminal. Add --yes, or --dry-run to see what would be'
          + ' released');
      }
      await runAttended(session => release(session, selection, options));
    });
}

function selectionOf({ prefix, repository, allRepositories }: Options): Selection | undefined {
  if (allRepositories) return { all: true };
  return prefix ? { prefixes: prefix } : repository && { names: repository };
}

async function release(session: Session, selection: Selection, options: Options): Promise<number> {
  const { tagPrefix, maxImages, dryRun, yes } = options;
  const ecr = session.clients.ecr(options.region ?? regionOfEnvironment());
  const task: EcrTask = { ...session.task, ecr };
  const region = await ecr.config.region().catch((error: unknown) => { throw new Failure([reasonOf(error)]); });
  const plan = await planRelease(session, task, region, selection, tagPrefix);
  const failures = plan.failures.map(({ reason }) => reason);
  session.clear();
  const { length: count } = plan.images;
  if (dryRun || count === 0 || count > maxImages) {
    process.stdout.write(renderPlan(plan, tagPrefix, region, terminalOf(process.stdout)));
    const excess = count > maxImages ? [`${count} images have keep tags, more than the maximum of ${maxImages}. Nothing was changed. To`
      + ` release all of them, add --max-images ${count}`] : [];
    if (failures.length + excess.length > 0) throw new Failure([...failures, ...excess]);
    return 0;
  }
  if (!yes) await confirm(session, plan, tagPrefix, region);
  const outcomes = await carryOut(session, task, region, plan.images, tagPrefix);
  session.clear();
  process.stdout.write(renderOutcomes(outcomes, terminalOf(process.stdout)));
  const failed = outcomes.filter(({ outcome, reason }) => outcome === 'FAILED' || reason !== undefined).length;
  const isInterrupted = outcomes.some(({ outcome, reason }) => outcome === 'OPEN' && reason === undefined);
  if (isInterrupted) session.complain('note', 'interrupted. To continue, run the same command again');
  if (failed > 0) {
    failures.push(`${pluralize(failed, 'image')} of ${count} could not be released. Fix the causes, then run the same command`
    + ' again');
  }
  if (isInterrupted) {
    for (const failure of failures) session.complain('error', failure);
    return session.interruption.status;
  }
  if (failures.length > 0) throw new Failure(failures);
  return 0;
}

async function confirm({ interruption }: Session, plan: Plan, tagPrefix: string, region: string): Promise<void> {
  process.stderr.write(`${renderPlan(plan, tagPrefix, region, terminalOf(process.stderr))}\n`);
  const count = plan.images.length;
  if (await isConfirmed(`To continue, type the number of images to release (${count}): `, String(count), interruption.signal)) return;
  throw new Failure([`the confirmation did not match ${count}. Nothing was changed`]);
}
