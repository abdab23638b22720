import { Command, Option } from 'commander';
import { Interrupted } from './session/interruption';
import * as argument from './teardown/argument';
import { canAsk } from './teardown/confirmation';
import { TEARDOWN_HELP } from './teardown/help';
import type { Order } from './teardown/order';
import { runOf } from './teardown/run';
import { tearDown } from './teardown/tear-down';
import type { RequiredTag } from '../src/core/images/guards';
import { NO_EXCEPTIONS } from '../src/core/images/kept-images';
import { PUBLIC_REGION } from '../src/core/public-repository/region';
import { DEFAULT_MAX_REPOSITORIES } from '../src/core/teardown/prefix';

interface Options {
  readonly prefix?: string;
  readonly maxRepositories: number;
  readonly region?: readonly string[];
  readonly public?: true;
  readonly empty?: true;
  readonly exceptTags?: readonly string[];
  readonly exceptNewest?: number;
  readonly maxImages?: number;
  readonly protectedTags?: readonly string[];
  readonly pushedWithin?: number;
  readonly pulledWithin?: number;
  readonly inUseBy?: Order['inUseBy'];
  readonly requireTag?: RequiredTag;
  readonly failOnAbsent?: true;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly audit?: string;
  readonly json?: true;
}

export function addTeardown(program: Command): void {
  program.command('teardown')
    .summary('delete or empty repositories after checking guards')
    .description('Deletes Amazon ECR repositories with all their images, or empties them. The command first checks every guard for every'
      + ' repository. If one guard refuses, the command changes nothing. Without --yes, it shows what it would remove and asks you to'
      + ' confirm.')
    .option('--prefix <prefix/>', 'remove all repositories whose name starts with the prefix and that have the tag of --require-tag,'
      + ' except repositories that a stack owns or has marked', argument.prefix)
    .option('--max-repositories <n>', 'with --prefix: refuse if more than n repositories match, in all Regions together',
      argument.wholeNumberFromOne, DEFAULT_MAX_REPOSITORIES)
    .option(
      '--region <region>',
      'a Region of the repositories; can be repeated (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile)',
      argument.region,
    )
    .addOption(new Option('--public', 'the repositories are in ECR Public')
      .conflicts(['prefix', 'exceptTags', 'exceptNewest', 'pulledWithin']))
    .option('--empty', 'remove the images and keep the repositories')
    .option('--except-tags <pattern...>', 'with --empty: keep images with a matching tag, with their platform images and referrers;'
      + ' * matches any characters', argument.tagPattern)
    .option('--except-newest <n>', 'with --empty: keep the n newest tagged images, by push time, with their platform images and referrers',
      argument.wholeNumberFromOne)
    .option('--max-images <n>', 'refuse to remove more than n images from one repository', argument.wholeNumber)
    .option('--protected-tags <pattern...>', 'refuse to remove an image with a matching tag; * matches any characters',
      argument.tagPattern)
    .option('--pushed-within <duration>', 'refuse to remove an image that was pushed within this time, such as 30m, 12h, or 7d',
      argument.duration)
    .option('--pulled-within <duration>', 'refuse to remove an image that was pulled within this time, such as 30m, 12h, or 7d',
      argument.duration)
    .option('--in-use-by <ecs|lambda>', 'refuse to remove an image that ECS tasks and services, or Lambda functions, use in the account'
      + ' and Region of the repository; can be repeated', argument.imageUser)
    .option('--require-tag <key=value>', 'refuse to remove a repository without this resource tag', argument.requiredTag)
    .addOption(new Option('--fail-on-absent', 'exit with 1 if a named repository is missing from every Region').conflicts('prefix'))
    .option('--dry-run', 'show what would be removed and what the guards refuse, without changes')
    .option('--yes', 'do not ask for confirmation')
    .option('--audit <file>', 'append a JSON line for each image to this file before it is removed')
    .option('--json', 'print only an array of { repository, region, action, outcome, images, bytes, kept, refusals, error }, in the'
      + ' order of the arguments')
    .argument('[repository...]', 'the names of the repositories', argument.repositoryName)
    .addHelpText('after', TEARDOWN_HELP)
    .action(teardown);
}

async function teardown(names: readonly string[], options: Options, command: Command): Promise<void> {
  const order = orderOf(names, options, reason => command.error(`error: ${reason}`));
  const { dryRun: isDry = false, yes: isSure = false, json: isJson = false, audit } = options;
  if (!isDry && !isSure && !canAsk()) {
    command.error('error: the command cannot ask for confirmation without a terminal. Add --yes, or --dry-run to see what would be'
      + ' removed');
  }
  const run = runOf(order);
  try {
    process.exitCode = await tearDown(run, { isDry, isSure, isJson, audit });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    run.complain('note', 'interrupted before any change');
    process.exitCode = run.interruption.status;
  }
}

function orderOf(names: readonly string[], options: Options, refuse: (reason: string) => never): Order {
  const { prefix, maxRepositories, region = [], exceptTags, exceptNewest, protectedTags = [], inUseBy = [], requireTag } = options;
  const { maxImages, pushedWithin, pulledWithin } = options;
  const [isPublic, isEmptied] = [options.public === true, options.empty === true];
  if (names.length > 0 && prefix !== undefined) refuse('specify either repository names or --prefix, not both');
  if (names.length === 0 && prefix === undefined) refuse(`specify repository names or --prefix${hintAtPatterns(options)}`);
  if (prefix !== undefined && !requireTag) {
    refuse('--prefix requires --require-tag <key=value>. Only repositories with the tag are removed');
  }
  if (prefix === undefined && maxRepositories !== DEFAULT_MAX_REPOSITORIES) refuse('--max-repositories requires --prefix');
  if (!isEmptied && exceptTags) refuse('--except-tags requires --empty, because a deletion removes all images');
  if (!isEmptied && exceptNewest !== undefined) refuse('--except-newest requires --empty, because a deletion removes all images');
  if (isPublic && region.length > 0) refuse(`--public does not support --region, because ECR Public is only in ${PUBLIC_REGION}`);
  if (isPublic && inUseBy.length > 0) refuse('--public does not support --in-use-by, because anyone can run images of ECR Public');
  return {
    subject: prefix === undefined ? { names } : { prefix, requireTag: requireTag!, maxRepositories },
    regions: region,
    isPublic,
    action: isEmptied ? 'EMPTY' : 'DELETE',
    exceptions: { tags: exceptTags ?? NO_EXCEPTIONS.tags, newest: exceptNewest ?? NO_EXCEPTIONS.newest },
    guards: { maxImages, protectedTags, pushedWithin, pulledWithin, requireTag },
    inUseBy,
    failsOnAbsence: options.failOnAbsent === true,
  };
}

/** Explains why a name is missing: commander reads a name that follows a pattern as another pattern. */
function hintAtPatterns({ exceptTags, protectedTags }: Options): string {
  const option = exceptTags ? '--except-tags' : protectedTags ? '--protected-tags' : undefined;
  return option === undefined ? '' : `. ${option} reads every word after it as a pattern, so put the names first`;
}
