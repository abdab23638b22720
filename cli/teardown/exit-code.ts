import { addressed } from './reason';
import { numberOf, Row, totalOf } from './row';
import { repositories } from './row-table';
import type { Run } from './run';
import { counted } from '../../src/core/shown';

/** Tells what did not go as it was asked; the rest is in the table. */
export function exitCode({ interruption, order: { action }, complain }: Run, rows: readonly Row[]): number {
  const [done, refused, failed, left] = (['DONE', 'REFUSED', 'FAILED', 'WOULD'] as const).map(outcome => numberOf(rows, outcome));
  if (refused > 0) complain('error', `${done > 0 ? 'stopped' : 'nothing was changed'}: ${refused} of ${repositories(rows.length)} refused: ${named(rows, 'REFUSED')}`);
  if (failed > 0) complain('error', `${failed} of ${repositories(rows.length)} failed: ${named(rows, 'FAILED')}`);
  if (interruption.signal.aborted && failed + left > 0) {
    const images = totalOf(rows.filter(({ outcome }) => outcome === 'DONE' || outcome === 'FAILED'), 'images');
    complain('note', `interrupted: ${counted(images, 'image')} gone, ${repositories(done)} ${action === 'DELETE' ? 'deleted' : 'emptied'}, ${left} not begun;`
      + ' the same command goes on from there');
    return interruption.status;
  }
  return refused + failed > 0 ? 1 : 0;
}

const SHOWN = 5;

function named(rows: readonly Row[], outcome: Row['outcome']): string {
  const those = rows.filter(row => row.outcome === outcome).map(addressed);
  return `${those.slice(0, SHOWN).join(', ')}${those.length > SHOWN ? ` and ${those.length - SHOWN} more` : ''}`;
}
