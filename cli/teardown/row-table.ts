import { countRows, Row, sumRows } from './row';
import { pluralize, toOneLine } from '../../src/core/format';
import { renderColumns } from '../columns';
import { paint, Terminal, wrap } from '../terminal';

const WORDS = {
  DELETE: {
    DONE: 'deleted', WOULD: 'to delete', REFUSED: 'refused', ABSENT: 'absent', INTERRUPTED: 'interrupted', FAILED: 'failed',
  },
  EMPTY: {
    DONE: 'emptied', WOULD: 'to empty', REFUSED: 'refused', ABSENT: 'absent', INTERRUPTED: 'interrupted', FAILED: 'failed',
  },
} as const;

/** Renders the result: a summary, then one row for each repository. */
export function rowTable(rows: readonly Row[], terminal: Terminal): string {
  const keeps = rows.some(({ kept }) => kept > 0);
  const explains = rows.some(({ refusals, error }) => refusals.length > 0 || error !== undefined);
  const heading = ['OUTCOME', 'IMAGES', 'SIZE', ...keeps ? ['KEPT'] : [], 'NEWEST PUSH', 'REGION', 'REPOSITORY', explains ? 'REASON' : ''];
  const lines = renderColumns(heading, rows.map(row => [
    WORDS[row.action][row.outcome],
    ...row.outcome === 'ABSENT' ? ['-', '-', ...keeps ? ['-'] : []]
      : [String(row.images), sizeOf(row.bytes), ...keeps ? [String(row.kept)] : []],
    row.newestPush === undefined ? '-' : new Date(row.newestPush).toISOString().slice(0, 16).replace('T', ' '),
    row.region,
    toOneLine(row.repository),
    toOneLine([...row.refusals, ...row.error === undefined ? [] : [row.error]].join('; ')),
  ]), terminal.width);
  return [
    ...summary(rows).flatMap(line => wrap(line, terminal.width)),
    ...rows.length === 0 ? [] : ['', ...lines.map((line, index) => index === 0 ? paint(line, 'dim', terminal) : line)],
    '',
  ].join('\n');
}

function summary(rows: readonly Row[]): string[] {
  const summaryOf = (outcome: 'DONE' | 'WOULD', action: Row['action']) => {
    const matches = rows.filter(row => row.outcome === outcome && row.action === action);
    if (matches.length === 0) return [];
    const keptImages = sumRows(matches, 'kept');
    const images = `${pluralize(sumRows(matches, 'images'), 'image')} (${sizeOf(sumRows(matches, 'bytes'))})`;
    const kept = keptImages > 0 ? `, ${keptImages} kept` : '';
    return [`${WORDS[action][outcome]}: ${countRepositories(matches.length)} with ${images}${kept}`];
  };
  const others = (['REFUSED', 'INTERRUPTED', 'FAILED', 'ABSENT'] as const).flatMap(outcome => {
    const count = countRows(rows, outcome);
    return count === 0 ? [] : [`${WORDS.DELETE[outcome]}: ${countRepositories(count)}`];
  });
  const lines = [
    ...summaryOf('DONE', 'DELETE'), ...summaryOf('DONE', 'EMPTY'),
    ...summaryOf('WOULD', 'DELETE'), ...summaryOf('WOULD', 'EMPTY'),
    ...others,
  ];
  return lines.length > 0 ? lines : ['no repositories'];
}

export function countRepositories(count: number): string {
  return `${count} ${count === 1 ? 'repository' : 'repositories'}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Formats a size in decimal units, like the ECR console. */
function sizeOf(bytes: number): string {
  let [size, unit] = [bytes, 0];
  for (; size >= 999.95 && unit < UNITS.length - 1; unit += 1) size /= 1_000;
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}
