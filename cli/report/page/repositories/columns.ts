import { formatCount, formatDate, formatNumber, formatSize } from '../../../page/words';
import type { RepositoryRecord } from '../../repository-record';
import { findingWords, formatPart, ownerWords, PUBLIC, registryWord, sortedFindings } from '../record-words';

export type ColumnName = 'name' | 'images' | 'size' | 'untagged' | 'pushed' | 'pulled' | 'not-pulled' | 'policy' | 'removes' | 'recommended'
  | 'findings' | 'owner';

export interface Cell {
  readonly text: string;
  /** Name of a style. */
  readonly tone?: 'muted' | 'danger' | 'warning' | 'expire';
}

export interface Column {
  readonly title: string;
  readonly isFigure?: true;
  cell(record: RepositoryRecord): Cell;
  /** Undefined sorts last in both directions. */
  key(record: RepositoryRecord): number | string | undefined;
}

const NONE: Cell = { text: '–', tone: 'muted' };
const NOT_READ: Cell = { text: 'not read', tone: 'muted' };
const NOT_RECORDED: Cell = { text: 'no record', tone: 'muted' };

/** Columns of the list, in their order. */
export const COLUMNS: Readonly<Record<ColumnName, Column>> = {
  'name': {
    title: 'Repository',
    cell: ({ name, registry }) => ({ text: `${name}, ${registryWord(registry)}` }),
    key: ({ name }) => name,
  },
  'images': {
    title: 'Images',
    isFigure: true,
    cell: ({ images }) => images ? { text: formatNumber(images.all.count) } : NOT_READ,
    key: ({ images }) => images?.all.count,
  },
  'size': {
    title: 'Size',
    isFigure: true,
    cell: ({ images }) => images ? { text: formatSize(images.all.bytes) } : NOT_READ,
    key: ({ images }) => images?.all.bytes,
  },
  'untagged': {
    title: 'Untagged',
    isFigure: true,
    cell: ({ images }) => !images ? NOT_READ
      : images.all.count === 0 ? NONE : { text: formatPart(images.untagged.count, images.all.count) },
    key: ({ images }) => images && images.all.count > 0 ? images.untagged.count / images.all.count : undefined,
  },
  'pushed': {
    title: 'Last push',
    cell: ({ images }) => !images ? NOT_READ : images.newestPush === undefined ? { text: 'never', tone: 'muted' }
      : { text: formatDate(images.newestPush) },
    key: ({ images }) => images?.newestPush,
  },
  'pulled': {
    title: 'Last pull',
    cell: ({ images, registry }) => registry === PUBLIC ? NOT_RECORDED : !images ? NOT_READ
      : images.lastPull === undefined ? { text: 'never', tone: 'muted' } : { text: formatDate(images.lastPull) },
    key: ({ images }) => images?.lastPull,
  },
  'not-pulled': {
    title: 'Not pulled',
    isFigure: true,
    cell: ({ images, registry }) => registry === PUBLIC ? NOT_RECORDED : !images ? NOT_READ
      : images.notPulled === undefined ? NOT_RECORDED
        : images.all.count === 0 ? NONE : { text: formatPart(images.notPulled.count, images.all.count) },
    key: ({ images }) => images?.notPulled && images.all.count > 0 ? images.notPulled.count / images.all.count : undefined,
  },
  'policy': {
    title: 'Policy',
    cell: policyCell,
    key: ({ policy, registry }) => registry === PUBLIC || policy === undefined ? undefined : policyRank(policy),
  },
  'removes': {
    title: 'Removes',
    isFigure: true,
    cell: removalCell,
    key: ({ policy }) => policy?.kind === 'policy' ? policy.effect.expiresWithin30Days.count : undefined,
  },
  'recommended': {
    title: 'Recommended',
    cell: recommendationCell,
    key: ({ recommendation }) => recommendation?.kind === 'policy'
      ? recommendation.effect.expiresWithin30Days.bytes + recommendation.effect.archivesWithin30Days.bytes : undefined,
  },
  'findings': {
    title: 'Findings',
    cell: findingsCell,
    key: ({ images }) => findingsRank(images),
  },
  'owner': {
    title: 'Stack',
    cell: ({ owner }) => owner.kind === 'kept' ? { text: 'kept outside', tone: 'warning' }
      : owner.kind === 'none' ? NONE : { text: ownerWords(owner), ...owner.kind === 'unknown' ? { tone: 'muted' as const } : {} },
    key: ({ owner }) => owner.kind === 'kept' ? ` ${owner.stack}` : owner.kind === 'stack' ? owner.stack : undefined,
  },
};

export const COLUMN_NAMES = Object.keys(COLUMNS) as ColumnName[];

function policyCell({ policy, registry }: RepositoryRecord): Cell {
  if (registry === PUBLIC) return { text: 'not supported', tone: 'muted' };
  if (policy === undefined) return NOT_READ;
  if (policy.kind === 'none') return { text: 'none', tone: 'warning' };
  if (policy.kind === 'unknown') return { text: 'not simulated', tone: 'warning' };
  if (policy.endangered > 0) return { text: `endangers ${formatNumber(policy.endangered)}`, tone: 'danger' };
  if (policy.warnings.length > 0) return { text: formatCount(policy.warnings.length, 'warning'), tone: 'warning' };
  return { text: formatCount(policy.rules.length, 'rule') };
}

/** Orders policies by what is wrong with them, so that the worst come first in descending order. */
function policyRank(policy: NonNullable<RepositoryRecord['policy']>): number {
  if (policy.kind === 'none') return 1e6;
  if (policy.kind === 'unknown') return 2e6;
  return policy.endangered > 0 ? 4e6 + policy.endangered : policy.warnings.length > 0 ? 3e6 + policy.warnings.length : policy.rules.length;
}

function removalCell({ policy }: RepositoryRecord): Cell {
  if (policy?.kind !== 'policy') return NONE;
  const { expiresNow, expiresWithin30Days } = policy.effect;
  if (expiresNow.count > 0) return { text: `${formatNumber(expiresNow.count)} now`, tone: 'expire' };
  if (expiresWithin30Days.count > 0) return { text: `${formatNumber(expiresWithin30Days.count)} in 30 d`, tone: 'expire' };
  return { text: 'nothing', tone: 'muted' };
}

function recommendationCell({ recommendation }: RepositoryRecord): Cell {
  if (recommendation?.kind !== 'policy') return NONE;
  const { expiresWithin30Days: removed, archivesWithin30Days: archived } = recommendation.effect;
  const parts = [
    ...removed.count === 0 ? [] : [`removes ${formatSize(removed.bytes)}`],
    ...archived.count === 0 ? [] : [`archives ${formatSize(archived.bytes)}`],
  ];
  return parts.length === 0 ? { text: 'nothing yet', tone: 'muted' } : { text: parts.join(', ') };
}

function findingsCell({ images }: RepositoryRecord): Cell {
  const newest = images?.scans.newest;
  if (!images) return NOT_READ;
  if (!newest) return { text: 'not scanned', tone: 'muted' };
  const [worst] = sortedFindings(newest.findings);
  return worst ? { text: findingWords(...worst), ...worst[0] === 'CRITICAL' ? { tone: 'danger' as const } : {} }
    : { text: 'none', tone: 'muted' };
}

/** Orders findings by the number of the worst severity, then by the next. */
function findingsRank(images: RepositoryRecord['images']): number | undefined {
  const findings = images?.scans.newest?.findings;
  if (!findings) return undefined;
  const digits = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'].map(severity => Math.min(9999, findings[severity] ?? 0));
  return digits.reduce((rank, digit) => rank * 10_000 + digit, 0);
}
