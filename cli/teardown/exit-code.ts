import { formatAddress } from './reason';
import { countRows, Row, sumRows } from './row';
import { countRepositories } from './row-table';
import type { Run } from './run';
import { pluralize } from '../../src/core/format';

/** Prints errors about refusals and failures, and returns the exit code. The table shows all other results. */
export function exitCode({ interruption, order: { action, failsOnAbsence }, complain }: Run, rows: readonly Row[]): number {
  const [successes, refusals, failures, interrupts, others] = (['DONE', 'REFUSED', 'FAILED', 'INTERRUPTED', 'WOULD'] as const)
    .map(outcome => countRows(rows, outcome));
  const presentNames = new Set(rows.filter(({ outcome }) => outcome !== 'ABSENT').map(({ repository }) => repository));
  const absentNames = !failsOnAbsence ? []
    : [...new Set(rows.map(({ repository }) => repository))].filter(name => !presentNames.has(name));
  const all = countRepositories(rows.length);
  if (refusals > 0) {
    const result = successes > 0 ? 'The command stopped' : 'Nothing was changed';
    complain('error', `guards refused ${refusals} of ${all}: ${listAddresses(rows, 'REFUSED')}. ${result}`);
  }
  if (failures > 0) complain('error', `${failures} of ${all} failed: ${listAddresses(rows, 'FAILED')}`);
  for (const name of absentNames) complain('error', `repository '${name}' not found (--fail-on-absent)`);
  if (interruption.signal.aborted && failures + interrupts + others > 0) {
    const images = sumRows(rows.filter(({ outcome }) => ['DONE', 'FAILED', 'INTERRUPTED'].includes(outcome)), 'images');
    const successText = `${countRepositories(successes)} ${action === 'DELETE' ? 'deleted' : 'emptied'}`;
    complain('note', `interrupted: ${pluralize(images, 'image')} removed, ${successText}, ${others} not started.`
      + ' To continue, run the same command again');
    return interruption.status;
  }
  return refusals + failures + absentNames.length > 0 ? 1 : 0;
}

const SHOWN = 5;

function listAddresses(rows: readonly Row[], outcome: Row['outcome']): string {
  const addresses = rows.filter(row => row.outcome === outcome).map(formatAddress);
  return `${addresses.slice(0, SHOWN).join(', ')}${addresses.length > SHOWN ? ` and ${addresses.length - SHOWN} more` : ''}`;
}
