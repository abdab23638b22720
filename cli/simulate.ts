import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { renderDecisionTable } from './decision-table';
import { renderDecisionsAsJson } from './decisions-as-json';
import { STANDARD_STREAM, writeText } from './files';
import { parseIsoTime } from './iso-time';
import { renderLifecycleReport } from './lifecycle-report/lifecycle-report';
import { LiveAddress, LiveRepository } from './live-repository';
import { createProgress } from './progress';
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
    .summary('show what a lifecycle policy would do to each image, and why')
    .description('Shows for each image of a repository whether a lifecycle policy would expire, archive, or keep it, and by which rule.'
      + ' The command changes nothing and does not start a lifecycle policy preview in ECR.')
    .option('--policy <file>', 'the lifecycle policy as JSON, or - for standard input (default with --repository: the'
      + ' lifecycle policy of the repository)')
    .addOption(new Option('--images <file>', 'the output of aws ecr describe-images --output json, or - for standard input')
      .conflicts(['repository', 'region', 'registryId']))
    .option('--repository <name>', 'read the images of this repository from ECR')
    .option('--region <region>', 'the Region of the repository (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile)')
    .option('--registry-id <account>', 'the account of the repository (default: the account of the credentials)')
    .option(
      '--at <time>', 'the time at which to evaluate the policy, in ISO 8601, in UTC if it has no time zone (default: now)', parseIsoTime,
    )
    .option('--all', 'list every image (default: up to 20 images for each action; kept images only if there are 20 or fewer)')
    .option(
      '--json', 'print only an array of { imageDigest, imageTags, imagePushedAt, imageSizeInBytes, action, appliedRulePriority,'
        + ' reason }, in the order of the input',
    )
    .option('--html <file>', 'also write an interactive report that a browser opens offline; - writes only the report, to standard'
      + ' output')
    .addHelpText('after', `
Examples:
  $ cdk-ecr-keeper simulate --repository my/app --policy policy.json --html report.html
  $ cdk-ecr-keeper simulate --repository my/app --at 2030-01-01
  $ aws ecr describe-images --repository-name my/app --filter tagStatus=ANY,imageStatus=ANY --output json > images.json
  $ cdk-ecr-keeper simulate --images images.json --policy policy.json --json

Without the --filter option, aws ecr describe-images omits archived images.

IAM actions: with --repository, ecr:DescribeImages, and ecr:GetLifecyclePolicy if --policy is omitted; with --images, none.
Credentials are resolved as in the AWS CLI: environment, AWS_PROFILE, SSO, container, instance.
Exit codes: 0 success; 1 unusable input, or a call to AWS failed; 2 invalid usage.`)
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
    complain('warning', `${futureImages} of the images were pushed after ${new Date(at).toISOString()}; the simulation includes them`);
  }
  const decisions = simulateLifecycle(rules, images, at);
  for (const { code, message } of referrerWarnings(images, decisions)) complain('warning', `${message} (${code})`);
  const report = () => renderLifecycleReport({ title, policyText, rules, images, at });
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
    const hint = region !== undefined || registryId !== undefined ? ' (--region and --registry-id only locate it)' : '';
    refuse(`specify either --images <file> or --repository <name>${hint}`);
  }
  if (images !== undefined && policy === undefined) refuse('--images requires --policy <file>');
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

/** Reads the policy first. Reading the images takes long and is useless if the policy is invalid. */
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
