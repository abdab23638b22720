import { resolve } from 'node:path';
import type { Command } from 'commander';
import * as argument from './argument';
import { REPORT_HELP } from './help';
import { DEFAULT_HTML, DEFAULT_NOT_PULLED_DAYS, ReportOrder, ReportOutputs } from './order';
import { policyOf } from './permissions';
import { progressFileOf } from './progress/progress-file';
import { runReport } from './run';
import { REGION } from '../../src/core/environment';
import { STANDARD_STREAM } from '../files';
import { runAttended } from '../session/attended';
import * as teardown from '../teardown/argument';
import { complain } from '../terminal';

interface Options {
  readonly region?: readonly string[];
  readonly public?: true;
  readonly profile?: string;
  readonly role?: string;
  readonly externalId?: string;
  readonly html?: string;
  readonly csv?: string;
  readonly json?: string;
  readonly policies?: string;
  readonly inUse?: true;
  readonly notPulled?: number;
  readonly resume?: true;
  readonly printPolicy?: true;
}

export function addReport(program: Command): void {
  program.command('report')
    .summary('show all repositories of a registry')
    .description('Reads all repositories of an Amazon ECR registry and writes a report: images, sizes, pulls, scan findings, stacks,'
      + ' quotas, what lifecycle policies will remove, and a recommended policy for each repository. Changes nothing.')
    .option('--region <region...>', 'the Regions of the registries (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile)',
      teardown.region)
    .option('--public', 'report the registry of ECR Public; with --region, also the registries in these Regions')
    .option('--profile <name>', 'the AWS profile (default: AWS_PROFILE)')
    .option('--role <arn>', 'a role to assume, also in another account', argument.roleArn)
    .option('--external-id <id>', 'the external id that the role requires', argument.externalId)
    .option('--html <file>', 'write a page that a browser opens offline; - writes only the page, to standard output (default:'
      + ` ${DEFAULT_HTML}, unless --csv or --json is specified)`)
    .option('--csv <file>', 'write a line for each image; - writes only these lines, to standard output')
    .option('--json <file>', 'write an object with all figures; - writes only the object, to standard output')
    .option('--policies <folder>', 'write each recommended policy as <folder>/<registry>/<repository>.json, in the format of Amazon ECR')
    .option('--in-use', 'search Amazon ECS and AWS Lambda in the Regions for images in use')
    .option('--not-pulled <days>', `count images that were not pulled for this number of days (default: ${DEFAULT_NOT_PULLED_DAYS})`,
      argument.days)
    .option('--resume', 'continue an interrupted report')
    .option('--print-policy', 'only print the IAM policy that the other options need, without a call to AWS')
    .allowExcessArguments() // the error below says more than that of commander
    .addHelpText('after', REPORT_HELP)
    .action(report);
}

async function report(options: Options, command: Command): Promise<void> {
  const [unexpected] = command.args;
  if (unexpected !== undefined) {
    const hint = REGION.test(unexpected) ? `. To select a Region, use --region ${unexpected}` : '';
    command.error(`error: unexpected argument '${unexpected}'${hint}`);
  }
  const order = orderOf(options, problems => {
    for (const problem of problems.slice(0, -1)) complain('error', problem);
    command.error(`error: ${problems[problems.length - 1]}`);
  });
  if (options.printPolicy) {
    process.stdout.write(`${JSON.stringify(policyOf(order), undefined, 2)}\n`);
    if (order.role) complain('note', `${order.role.arn} needs this policy. The caller needs sts:AssumeRole on the role`);
    return;
  }
  // The SDK reads it like the AWS CLI, for the credentials and for the Region.
  if (options.profile !== undefined) process.env.AWS_PROFILE = options.profile;
  await runAttended(session => runReport(session, order));
}

function sharedFileProblems(outputs: ReportOutputs): string[] {
  const named = Object.entries(outputs).filter(([, file]) => file !== undefined && file !== STANDARD_STREAM) as Array<[string, string]>;
  return named.flatMap(([option, file], index) => named.slice(0, index).filter(([, other]) => resolve(other) === resolve(file))
    .map(([other]) => `--${other} and --${option} both name '${file}'. Give each output its own file`));
}

function orderOf(options: Options, refuse: (problems: readonly string[]) => never): ReportOrder {
  const { region, role, externalId, csv, json, notPulled, resume } = options;
  const isPublic = options.public === true;
  const html = options.html ?? (csv === undefined && json === undefined ? DEFAULT_HTML : undefined);
  const files = [html, csv, json].flatMap(file => file ?? []);
  const progress = progressFileOf({ html, csv, json });
  const isPublicOnly = isPublic && region === undefined;
  const problems = [
    ...externalId !== undefined && role === undefined ? ['--external-id requires --role'] : [],
    ...isPublicOnly && options.inUse ? ['--in-use requires --region with --public, because anyone can run images of ECR Public'] : [],
    ...isPublicOnly && notPulled !== undefined ? ['--not-pulled requires --region with --public, because ECR Public records no pulls'] : [],
    ...files.filter(file => file === STANDARD_STREAM).length > 1
      ? ['only one of --html, --csv, and --json can be written to standard output'] : [],
    ...files.includes('') ? ['an output needs a file name, or - for standard output'] : [],
    ...sharedFileProblems({ html, csv, json }),
    ...progress !== undefined && files.some(file => file !== STANDARD_STREAM && resolve(file) === resolve(progress))
      ? ['no output can be the file for the progress'] : [],
    ...resume && csv === STANDARD_STREAM ? ['--resume cannot continue a CSV file on standard output'] : [],
    ...resume && csv !== STANDARD_STREAM && files.every(file => file === STANDARD_STREAM)
      ? ['--resume requires an output in a file, because the progress is kept beside it'] : [],
  ];
  if (problems.length > 0) refuse(problems);
  return {
    regions: isPublicOnly ? [] : region,
    isPublic,
    profile: options.profile,
    ...role === undefined ? {} : { role: { arn: role, externalId } },
    searchesUse: options.inUse === true,
    notPulledForDays: notPulled ?? DEFAULT_NOT_PULLED_DAYS,
    outputs: { ...html === undefined ? {} : { html }, ...csv === undefined ? {} : { csv }, ...json === undefined ? {} : { json } },
    ...options.policies === undefined ? {} : { policies: options.policies },
    isResumed: resume === true,
  };
}
