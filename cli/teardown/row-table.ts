import { numberOf, Row, totalOf } from './row';
import { counted } from '../../src/core/shown';
import { renderColumns } from '../columns';
import { oneLine, paint, Terminal, wrap } from '../terminal';

const WORDS = {
  DELETE: { DONE: 'deleted', WOULD: 'to delete', REFUSED: 'refused', ABSENT: 'absent', FAILED: 'failed' },
  EMPTY: { DONE: 'emptied', WOULD: 'to empty', REFUSED: 'refused', ABSENT: 'absent', FAILED: 'failed' },
} as const;

/** For people: what is done and what is not, then every repository. */
export function rowTable(rows: readonly Row[], terminal: Terminal): string {
  const keeps = rows.some(({ kept }) => kept > 0);
  const explains = rows.some(({ refusals, error }) => refusals.length > 0 || error !== undefined);
  const heading = ['OUTCOME', 'IMAGES', 'SIZE', ...keeps ? ['KEPT'] : [], 'NEWEST PUSH', 'REGION', 'REPOSITORY', explains ? 'REASON' : ''];
  const lines = renderColumns(heading, rows.map(row => [
    WORDS[row.action][row.outcome],
    ...row.outcome === 'ABSENT' ? ['-', '-', ...keeps ? ['-'] : []] : [String(row.images), sizeOf(row.bytes), ...keeps ? [String(row.kept)] : []],
    row.newestPush === undefined ? '-' : new Date(row.newestPush).toISOString().slice(0, 16).replace('T', ' '),
    row.region,
    oneLine(row.repository),
    oneLine([...row.refusals, ...row.error === undefined ? [] : [row.error]].join('; ')),
  ]), terminal.width);
  return [
    ...summary(rows).flatMap(line => wrap(line, terminal.width)),
    ...rows.length === 0 ? [] : ['', ...lines.map((line, index) => index === 0 ? paint(line, 'dim', terminal) : line)],
    '',
  ].join('\n');
}

function summary(rows: readonly Row[]): string[] {
  const of = (outcome: 'DONE' | 'WOULD', action: Row['action']) => {
    const those = rows.filter(row => row.outcome === outcome && row.action === action);
    if (those.length === 0) return [];
    const kept = totalOf(those, 'kept');
    return [`${WORDS[action][outcome]}: ${repositories(those.length)} with ${counted(totalOf(those, 'images'), 'image')} (${sizeOf(totalOf(those, 'bytes'))})`
      + (kept > 0 ? `, ${kept} kept` : '')];
  };
  const others = (['REFUSED', 'FAILED', 'ABSENT'] as const).flatMap(outcome => {
    const number = numberOf(rows, outcome);
    return number === 0 ? [] : [`${WORDS.DELETE[outcome]}: ${repositories(number)}`];
  });
  const lines = [...of('DONE', 'DELETE'), ...of('DONE', 'EMPTY'), ...of('WOULD', 'DELETE'), ...of('WOULD', 'EMPTY'), ...others];
  return lines.length > 0 ? lines : ['no repositories'];
}

export function repositories(number: number): string {
  return `${number} ${number === 1 ? 'repository' : 'repositories'}`;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Decimal units, as the ECR console has them. */
function sizeOf(bytes: number): string {
  let [size, unit] = [bytes, 0];
  for (; size >= 999.95 && unit < UNITS.length - 1; unit += 1) size /= 1_000;
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit]}`;
}
