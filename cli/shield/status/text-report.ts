import { isInUse } from './known-images';
import type { LatestRun } from './latest-run';
import type { CheckedImage } from './protection';
import { formatAge, isProtected, Report } from './report';
import { pluralize, toOneLine } from '../../../src/core/format';
import { selectFindings } from '../../../src/core/shield/findings';
import { renderTable } from '../../columns';
import { countRepositories } from '../../teardown/row-table';
import { Terminal, wrap } from '../../terminal';
import { describeStop } from '../stop-switch';

export interface TextOptions {
  /** Whether to list all images. */
  readonly isAll: boolean;
  /** Repositories that the user selected; empty for all. */
  readonly repositories: readonly string[];
}

const MAX_ROWS = 200;
const MAX_LINES = 50;

export function reportAsText(report: Report, { isAll, repositories }: TextOptions, terminal: Terminal): string {
  const { latestRun, images, policyGaps, failures, damagedObjects } = report;
  const tables = [
    imageTable(report, isAll, terminal),
    problemTable('Lifecycle policies that do not keep images in use:', policyGaps.map(({ region, repository, problem }) =>
      [region, repository, problem]), ['REGION', 'REPOSITORY', ''], terminal),
    findingTable(latestRun, terminal),
    problemTable('Failed calls:', failures.map(({ region, repository, problem }) => [region, repository, problem]),
      ['REGION', 'REPOSITORY', ''], terminal),
    ...damagedObjects.length === 0 ? [] : [[
      'Damaged state objects, whose images are not shown. The next run rebuilds them from the tags and releases nothing:',
      ...damagedObjects.map(key => `  ${toOneLine(key)}`),
    ]],
    ...latestRun === undefined || latestRun.damagedObjects.length === 0 ? [] : [[
      'Damaged objects of the latest run:', ...latestRun.damagedObjects.map(key => `  ${toOneLine(key)}`),
    ]],
  ].filter(lines => lines.length > 0);
  const isEmpty = images.length === 0 && latestRun === undefined && damagedObjects.length === 0 && report.lastSuccess === undefined;
  const lines = [
    ...summary(report, repositories).flatMap(line => wrap(toOneLine(line), terminal.width)),
    ...isEmpty ? emptyHelp(report).flatMap(line => wrap(line, terminal.width)) : [],
    ...tables.flatMap(each => ['', ...each]),
    '',
  ];
  return lines.join('\n');
}

function summary({ bucket, at, stop, lastSuccess, latestRun, images, isVerified }: Report, repositories: readonly string[]): string[] {
  const used = images.filter(isInUse);
  const [safe, unsafe] = [true, false].map(expected => used.filter(image => isProtected(image) === expected).length);
  const where = repositories.length > 0 ? ` of ${repositories.join(', ')}` : '';
  const unknown = used.length - safe - unsafe;
  return [
    `image shield in bucket ${bucket}: ${stop ? `STOPPED${describeStop(stop)}` : 'not stopped'}`,
    `last success: ${lastSuccess === undefined ? 'none' : `${formatTime(lastSuccess)} (${formatAge(at - lastSuccess)} ago)`}`,
    `latest run: ${latestRun ? describeRun(latestRun) : 'none in the last 30 days'}`,
    `images in use${where}: ${used.length}${used.length === 0 ? '' : ` in ${countRepositories(new Set(used.map(addressOf)).size)}`}`
      + (used.length === 0 ? '' : isVerified ? `, ${safe} protected, ${unsafe} not protected${unknown > 0 ? `, ${unknown} unknown` : ''}`
        : `${unsafe > 0 ? `, ${unsafe} not tagged yet` : ''} (not verified in Amazon ECR)`),
  ];
}

function describeRun({ run, startedAt, outcome, environments, searchedEnvironments, missingEnvironments, uses }: LatestRun): string {
  const state = { SUCCEEDED: 'succeeded', UNFINISHED: 'in progress, or failed', FAILED: 'did not succeed' }[outcome];
  const shown = missingEnvironments.slice(0, 5).join(', ');
  const more = missingEnvironments.length > 5 ? ` and ${missingEnvironments.length - 5} more` : '';
  const searched = `${searchedEnvironments} of ${pluralize(environments, 'environment')} searched`;
  return `${run}, started ${formatTime(startedAt)}, ${state}; ${searched}, ${pluralize(uses, 'use')} found`
    + `${missingEnvironments.length > 0 ? `; not searched: ${shown}${more}` : ''}`;
}

function emptyHelp({ stop }: Report): string[] {
  return ['', stop ? 'No run has written to this bucket yet, and no run starts while the shield is stopped. To start it, use shield start.'
    : 'No run has written to this bucket yet. The first run starts at most one interval after the deployment of the shield. If you expected'
      + ' one, check that the bucket is that of the shield, and look at the executions of its state machine.'];
}

function imageTable({ images }: Report, isAll: boolean, terminal: Terminal): string[] {
  if (images.length === 0) return [];
  const hasPlaces = new Set(images.map(({ registry, region }) => `${registry}/${region}`)).size > 1;
  const rows = images.slice(0, isAll ? undefined : MAX_ROWS).map(image => [
    ...hasPlaces ? [`${image.registry}/${image.region}`] : [],
    toOneLine(image.repository),
    image.digest.slice('sha256:'.length).slice(0, 12),
    image.phase,
    tagWord(image),
    wordOf(image.isKeptByPolicy),
    formatTime(Date.parse(image.since)),
    formatTime(Date.parse(image.lastUsed)),
    toOneLine(image.usedBy),
    toOneLine(image.seenIn.join(', ')),
  ]);
  const heading = [
    ...hasPlaces ? ['REGISTRY'] : [], 'REPOSITORY', 'DIGEST', 'PHASE', 'TAG', 'POLICY', 'SINCE', 'LAST USED', 'USED BY', 'SEEN IN',
  ];
  return [...renderTable(heading, rows, terminal), ...moreLine(images.length - rows.length, '--all lists them')];
}

function tagWord({ live, hasKeepTag }: CheckedImage): string {
  return live === 'missing' || live === 'archived' ? live : wordOf(hasKeepTag);
}

function wordOf(value: boolean | undefined): string {
  return value === undefined ? '-' : value ? 'yes' : 'no';
}

function findingTable(latestRun: LatestRun | undefined, terminal: Terminal): string[] {
  const { findings = [], moreFindings = 0 } = latestRun ?? {};
  if (findings.length + moreFindings === 0) return [];
  const rows = selectFindings(findings, MAX_LINES).map(({ kind, message, repositoryName, imageDigest, environment }) => [
    kind,
    toOneLine(repositoryName === undefined ? environment ?? '-'
      : `${repositoryName}${imageDigest === undefined ? '' : ` ${imageDigest.slice('sha256:'.length).slice(0, 12)}`}`),
    toOneLine(message),
  ]);
  return [
    'Findings of the latest run:',
    ...renderTable(['KIND', 'WHERE', ''], rows, terminal),
    ...moreLine(findings.length - rows.length + moreFindings, 'the objects of the run in the bucket have more of them'),
  ];
}

function problemTable(title: string, rows: ReadonlyArray<readonly string[]>, heading: readonly string[], terminal: Terminal): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, MAX_LINES).map(row => row.map(toOneLine));
  return [title, ...renderTable(heading, shown, terminal), ...moreLine(rows.length - shown.length, '--json lists them')];
}

function moreLine(count: number, where: string): string[] {
  return count > 0 ? [`  and ${count} more (${where})`] : [];
}

function addressOf({ registry, region, repository }: CheckedImage): string {
  return `${registry}/${region}/${repository}`;
}

function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ');
}
