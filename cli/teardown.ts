import { Command, Option } from 'commander';
import * as argument from './teardown/argument';
import { canAsk } from './teardown/confirmation';
import { TEARDOWN_HELP } from './teardown/help';
import { Interrupted } from './teardown/interruption';
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
    .summary('delete repositories with their images, or empty them, after checking the guards')
    .description('Deletes repositories of Amazon ECR with all their images, or empties them. Every guard is checked for every repository\n'
      + 'before anything is changed; if one refuses, nothing is changed. Without --yes the command shows what it would remove, and asks.')
    .option('--prefix <prefix/>', 'instead of names: all repositories whose name begins with the prefix and that carry the tag of'
      + ' --require-tag; those that a stack owns or marked are left alone', argument.prefix)
    .option('--max-repositories <n>', 'with --prefix: refuse more repositories than this, all Regions together',
      argument.wholeNumberFromOne, DEFAULT_MAX_REPOSITORIES)
    .option(
      '--region <region>',
      'a Region of the repositories; may be repeated (default: AWS_REGION, AWS_DEFAULT_REGION, or that of the AWS profile)',
      argument.region,
    )
    .addOption(new Option('--public', 'the repositories are of ECR Public')
      .conflicts(['prefix', 'exceptTags', 'exceptNewest', 'pulledWithin']))
    .option('--empty', 'keep the repositories and remove their images')
    .option('--except-tags <pattern...>', 'with --empty: keep images with a tag that matches, and all images that they need; * stands for'
      + ' any characters', argument.tagPattern)
    .option('--except-newest <n>', 'with --empty: keep this many of the tagged images, the last pushed ones, and all images that they need',
      argument.wholeNumberFromOne)
    .option('--max-images <n>', 'refuse to remove more images than this from one repository', argument.wholeNumber)
    .option('--protected-tags <pattern...>', 'refuse to remove an image with a tag that matches; * stands for any characters',
      argument.tagPattern)
    .option('--pushed-within <duration>', 'refuse to remove an image that was pushed more recently than this, such as 30m, 12h, 7d',
      argument.duration)
    .option('--pulled-within <duration>', 'refuse to remove an image that was pulled more recently than this, such as 30m, 12h, 7d',
      argument.duration)
    .option('--in-use-by <ecs|lambda>', 'refuse to remove what ECS tasks and services, or Lambda functions, run from in the account and'
      + ' Region of the repository; may be repeated', argument.imageUser)
    .option('--require-tag <key=value>', 'refuse a repository without this resource tag', argument.requiredTag)
    .addOption(new Option('--fail-on-absent', 'exit with 1 when a named repository is in none of the Regions').conflicts('prefix'))
    .option('--dry-run', 'show what would be removed and what the guards refuse, and change nothing')
    .option('--yes', 'do not ask')
    .option('--audit <file>', 'append every image to this file as a JSON line before it is removed')
    .option('--json', 'print nothing but an array of { repository, region, action, outcome, images, bytes, kept, refusals, error }, in the'
      + ' order of the arguments')
    .argument('[repository...]', 'names of repositories', argument.repositoryName)
    .addHelpText('after', TEARDOWN_HELP)
    .action(teardown);
}

async function teardown(names: readonly string[], options: Options, command: Command): Promise<void> {
  const order = orderOf(names, options, reason => command.error(`error: ${reason}`));
  const { dryRun: isDry = false, yes: isSure = false, json: isJson = false, audit } = options;
  if (!isDry && !isSure && !canAsk()) {
    command.error('error: there is no terminal to ask on: add --yes, or --dry-run to see what would be removed');
  }
  const run = runOf(order);
  try {
    process.exitCode = await tearDown(run, { isDry, isSure, isJson, audit });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    run.complain('note', 'interrupted; nothing was changed');
    process.exitCode = run.interruption.status;
  }
}

function orderOf(names: readonly string[], options: Options, refuse: (reason: string) => never): Order {
  const { prefix, maxRepositories, region = [], exceptTags, exceptNewest, protectedTags = [], inUseBy = [], requireTag } = options;
  const { maxImages, pushedWithin, pulledWithin } = options;
  const [isPublic, isEmptied] = [options.public === true, options.empty === true];
  if (names.length > 0 && prefix !== undefined) refuse('name repositories, or a --prefix, not both');
  if (names.length === 0 && prefix === undefined) refuse(`name repositories, or a --prefix${hintAtPatterns(options)}`);
  if (prefix !== undefined && !requireTag) {
    refuse('--prefix needs --require-tag <key=value>: only repositories that carry the tag are removed');
  }
  if (prefix === undefined && maxRepositories !== DEFAULT_MAX_REPOSITORIES) refuse('--max-repositories is for --prefix');
  if (!isEmptied && exceptTags) refuse('--except-tags is for --empty: a deleted repository keeps nothing');
  if (!isEmptied && exceptNewest !== undefined) refuse('--except-newest is for --empty: a deleted repository keeps nothing');
  if (isPublic && region.length > 0) refuse(`--public has no --region: ECR Public is one registry, in ${PUBLIC_REGION}`);
  if (isPublic && inUseBy.length > 0) refuse('--in-use-by does not know images of ECR Public: anyone may run them');
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

/** A name after patterns is taken for a pattern. */
function hintAtPatterns({ exceptTags, protectedTags }: Options): string {
  const option = exceptTags ? '--except-tags' : protectedTags ? '--protected-tags' : undefined;
  return option === undefined ? '' : ` (${option} takes every word after it: put the names first)`;
}
