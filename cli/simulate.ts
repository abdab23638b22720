import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { renderDecisionTable } from './decision-table';
import { renderDecisionsAsJson } from './decisions-as-json';
import { STANDARD_STREAM, writeText } from './files';
import { parseIsoTime } from './iso-time';
import { LiveAddress, LiveRepository } from './live-repository';
import { createProgress } from './progress';
import { renderReport } from './report/report';
import { InputText, parseImages, parseRules, readInput } from './simulation-input';
import { complain, terminalOf } from './terminal';
import { DescribedImage } from '../src/core/images/described-images';
import { referrerWarnings } from '../src/core/lifecycle/referrers';
import type { Rule } from '../src/core/lifecycle/rule';
import { simulateLifecycle } from '../src/core/lifecycle/simulate';

interface Options extends Partial<LiveAddress> {
  readonly policy?: string;
  readonly images?: string;
  readonly at?: number;
  readonly json?: true;
  readonly html?: string;
  readonly all?: true;
}

interface Subject {
  readonly title: string;
  readonly policyText: string;
  readonly rules: readonly Rule[];
  readonly images: readonly DescribedImage[];
}

export function addSimulate(program: Command): void {
  program.command('simulate')
    .summary('see what a lifecycle policy would do to which image, and why')
    .description('Says for every image of a repository whether a lifecycle policy would expire it, archive it or keep it, by which rule,'
      + ' and why.\nNothing is changed, and no preview is started in ECR.')
    .option('--policy <file>', 'the lifecycle policy as JSON; - reads standard input. With --repository it may be left out:'
      + ' the one that is attached is taken')
    .addOption(new Option('--images <file>', 'what aws ecr describe-images --output json printed; - reads standard input')
      .conflicts(['repository', 'region', 'registryId']))
    .option('--repository <name>', 'read the images of this repository from ECR instead')
    .option('--region <region>', 'the Region of the repository (default: AWS_REGION, AWS_DEFAULT_REGION, or that of the AWS profile)')
    .option('--registry-id <account>', 'the account of the repository (default: that of the credentials)')
    .option(
      '--at <time>', 'the moment that the policy is evaluated for, ISO 8601, in UTC where it names no zone (default: now)', parseIsoTime,
    )
    .option('--all', 'list every image; otherwise at most 20 of each kind, and those that stay only where they are no more')
    .option(
      '--json', 'print nothing but an array of { imageDigest, imageTags, imagePushedAt, imageSizeInBytes, action, appliedRulePriority,'
        + ' reason }, in the order of the input',
    )
    .option('--html <file>', 'write a page to look into it with a browser as well; it loads nothing from elsewhere. - writes the page to'
      + ' standard output, and nothing else')
    .addHelpText('after', `
Examples:
  $ cdk-ecr-keeper simulate --repository my/app --policy policy.json --html report.html
  $ cdk-ecr-keeper simulate --repository my/app --at 2030-01-01
  $ aws ecr describe-images --repository-name my/app --filter tagStatus=ANY,imageStatus=ANY --output json > images.json
  $ cdk-ecr-keeper simulate --images images.json --policy policy.json --json

Without that --filter, aws ecr describe-images leaves out archived images.

IAM actions: with --repository ecr:DescribeImages, and ecr:GetLifecyclePolicy where --policy is left out; with --images none.
Credentials are found as by the AWS CLI: environment, AWS_PROFILE, SSO, container, instance.
Exit codes: 0 simulated, 1 input that cannot be used or an answer that AWS refused, 2 wrong usage.`)
    .action(simulate);
}

async function simulate(options: Options, command: Command): Promise<void> {
  refuseWrongUsage(options, command);
  const { repository } = options;
  const { title, policyText, rules, images } = repository === undefined
    ? await readRecordedSubject(options) : await readLiveSubject({ ...options, repository });
  const { at = Date.now() } = options;
  const futureImages = images.filter(({ pushedAt }) => pushedAt > at).length;
  if (futureImages > 0) {
    complain('warning', `${futureImages} of the images were pushed after ${new Date(at).toISOString()} and are taken to be there already`);
  }
  const decisions = simulateLifecycle(rules, images, at);
  for (const { code, message } of referrerWarnings(images, decisions)) complain('warning', `${message} (${code})`);
  const report = () => renderReport({ title, policyText, rules, images, at });
  if (options.html === STANDARD_STREAM) {
    process.stdout.write(report());
    return;
  }
  if (options.json) {
    complain('note', `simulated for ${new Date(at).toISOString()}`);
    process.stdout.write(renderDecisionsAsJson(images, decisions));
  } else {
    process.stdout.write(renderDecisionTable(
      { title, rules, images, decisions, at, isAll: options.all === true }, terminalOf(process.stdout),
    ));
  }
  if (options.html !== undefined) {
    await writeText(options.html, report());
    complain('note', `report written to ${options.html}`);
  }
}

function refuseWrongUsage({ images, policy, repository, region, registryId, json, html }: Options, command: Command): void {
  const refuse = (why: string) => command.error(`error: ${why}`);
  if (images === undefined && repository === undefined) {
    const hint = region !== undefined || registryId !== undefined ? ' (--region and --registry-id say where to look for it)' : '';
    refuse(`name the images with --images <file>, or a repository with --repository <name>${hint}`);
  }
  if (images !== undefined && policy === undefined) refuse('--images needs --policy <file>');
  if (json && html === STANDARD_STREAM) refuse('only one of --json and --html - can be written to standard output');
  if (images === STANDARD_STREAM && policy === STANDARD_STREAM) refuse('only one of --images and --policy can be read from standard input');
}

async function readRecordedSubject({ images = STANDARD_STREAM, policy = STANDARD_STREAM }: Options): Promise<Subject> {
  const text = await readInput(policy);
  const rules = parseRules(text);
  const { name, text: imagesText } = await readInput(images);
  return {
    title: `${basename(name)} under ${basename(text.name)}`, policyText: text.text, rules, images: parseImages({ name, text: imagesText }),
  };
}

/** The policy first: reading images takes long, and is in vain when the policy cannot be used. */
async function readLiveSubject({ policy, ...address }: Options & LiveAddress): Promise<Subject> {
  const repository = new LiveRepository(address);
  const text: InputText = policy === undefined ? await repository.policy() : await readInput(policy);
  const rules = parseRules(text);
  const images = await repository.images(createProgress(process.stderr, `'${address.repository}'`));
  return {
    title: `${address.repository} under ${policy === undefined ? 'its lifecycle policy' : basename(text.name)}`,
    policyText: text.text,
    rules,
    images,
  };
}
