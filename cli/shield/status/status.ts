import type { Command } from 'commander';
import { reportAsJson } from './json-report';
import { readPartitions } from './known-images';
import { readLastSuccess, readLatestRun } from './latest-run';
import { CheckedImage, checkProtection, RepositoryProblem } from './protection';
import { problemsOf, Report, sortImages } from './report';
import { reportAsText } from './text-report';
import { DEFAULT_TAG_PREFIX } from '../../../src/core/shield/tags';
import { Failure } from '../../failure';
import { runAttended } from '../../session/attended';
import type { Session } from '../../session/session';
import * as teardown from '../../teardown/argument';
import { terminalOf } from '../../terminal';
import * as argument from '../argument';
import { STATUS_HELP } from '../help';
import { StateBucket } from '../state-bucket';
import { readStop } from '../stop-switch';

interface Options {
  readonly bucket: string;
  readonly repository?: readonly string[];
  readonly tagPrefix: string;
  readonly verify: boolean;
  readonly all?: true;
  readonly region?: string;
  readonly json?: true;
}

export function addStatus(shield: Command): void {
  shield.command('status')
    .summary('show which images an image shield protects')
    .description('Shows whether an image shield runs, which images are in use since when and where, whether they are protected in Amazon'
      + ' ECR now, and what the latest run found. Changes nothing.')
    .requiredOption('--bucket <bucket>', 'the bucket with the state of the shield', argument.bucket)
    .option('--repository <name...>', 'show only the images of these repositories', teardown.repositoryName)
    .option('--tag-prefix <prefix>', 'the prefix of the keep tags of the shield', argument.tagPrefix, DEFAULT_TAG_PREFIX)
    .option('--no-verify', 'do not read Amazon ECR')
    .option('--all', 'list all images (default: at most 200, the images without protection first)')
    .option('--region <region>', 'the Region of the bucket (default: AWS_REGION, AWS_DEFAULT_REGION, or the AWS profile)',
      teardown.oneRegion)
    .option('--json', 'print only an object, with all images')
    .addHelpText('after', STATUS_HELP)
    .action((options: Options) => runAttended(session => status(session, options)));
}

/** Makes only calls that read. */
async function status(session: Session, options: Options): Promise<number> {
  const { bucket: name, repository: repositories = [], region, json, all } = options;
  const bucket = new StateBucket(session, name, region);
  const report = await readReport(session, bucket, options);
  session.clear();
  process.stdout.write(json ? reportAsJson(report)
    : reportAsText(report, { isAll: all === true, repositories }, terminalOf(process.stdout)));
  const problems = problemsOf(report);
  if (problems.length > 0) throw new Failure(problems);
  return 0;
}

async function readReport(session: Session, bucket: StateBucket, { repository = [], tagPrefix, verify }: Options): Promise<Report> {
  const stop = await readStop(bucket);
  const success = await readLastSuccess(bucket);
  const latestRun = await readLatestRun(bucket, success);
  const images = new Array<CheckedImage>();
  const policyGaps = new Array<RepositoryProblem>();
  const failures = new Array<RepositoryProblem>();
  const damagedObjects = new Array<string>();
  for await (const partition of readPartitions(bucket, repository)) {
    if (!partition.images) damagedObjects.push(partition.key);
    const known = partition.images ?? [];
    const check = verify ? await checkProtection(session, known, tagPrefix) : { images: known, policyGaps: [], failures: [] };
    for (const image of check.images) images.push(image);
    policyGaps.push(...check.policyGaps);
    failures.push(...check.failures);
  }
  return {
    bucket: bucket.name,
    at: Date.now(),
    stop,
    lastSuccess: success?.at,
    latestRun,
    images: sortImages(images),
    policyGaps,
    failures,
    damagedObjects,
    isVerified: verify,
  };
}
