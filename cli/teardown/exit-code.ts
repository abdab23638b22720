import { formatAddress } from './reason';
import { countRows, Row, sumRows } from './row';
import { countRepositories } from './row-table';
import type { Run } from './run';
import { pluralize } from '../../src/core/format';

/** Complains about refusals and failures, and returns the exit code. Everything else is in the table. */
export function exitCode({ interruption, order: { action }, complain }: Run, rows: readonly Row[]): number {
  const [successes, refusals, failures, others] = (['DONE', 'REFUSED', 'FAILED', 'WOULD'] as const)
    .map(outcome => countRows(rows, outcome));
  const all = countRepositories(rows.length);
  if (refusals > 0) {
    const result = successes > 0 ? 'stopped' : 'nothing was changed';
    complain('error', `${result}: ${refusals} of ${all} refused: ${listAddresses(rows, 'REFUSED')}`);
  }
  if (failures > 0) complain('error', `${failures} of ${all} failed: ${listAddresses(rows, 'FAILED')}`);
  if (interruption.signal.aborted && failures + others > 0) {
    const images = sumRows(rows.filter(({ outcome }) => outcome === 'DONE' || outcome === 'FAILED'), 'images');
    const successText = `${countRepositories(successes)} ${action === 'DELETE' ? 'deleted' : 'emptied'}`;
    complain('note', `interrupted: ${pluralize(images, 'image')} gone, ${successText}, ${others} not begun;`
      + ' the same command goes on from there');
    return interruption.status;
  }
  return refusals + failures > 0 ? 1 : 0;
}

const SHOWN = 5;

function listAddresses(rows: readonly Row[], outcome: Row['outcome']): string {
  const addresses = rows.filter(row => row.outcome === outcome).map(formatAddress);
  return `${addresses.slice(0, SHOWN).join(', ')}${addresses.length > SHOWN ? ` and ${addresses.length - SHOWN} more` : ''}`;
}
