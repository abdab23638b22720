import { AuditFile } from './audit-file';
import { carryOut } from './carry-out';
import { isConfirmed } from './confirmation';
import { exitCode } from './exit-code';
import { locate } from './locate';
import { reasonOf } from './reason';
import { registriesOf } from './registry';
import { countRows, Row, rowsAsJson, sumRows } from './row';
import { rowTable } from './row-table';
import type { Run } from './run';
import { survey } from './survey';
import { NO_AUDIT } from '../../lambda/shared/teardown/audit';
import { Failure } from '../failure';
import { terminalOf } from '../terminal';

export interface RunOptions {
  readonly isDry: boolean;
  /** Whether to skip the confirmation. */
  readonly isSure: boolean;
  readonly isJson: boolean;
  /** Path of the audit file. */
  readonly audit?: string;
}

/** @returns the exit code */
export async function tearDown(run: Run, { isDry, isSure, isJson, audit }: RunOptions): Promise<number> {
  const report = (rows: readonly Row[]): number => {
    run.clear();
    process.stdout.write(isJson ? rowsAsJson(rows) : rowTable(rows, terminalOf(process.stdout)));
    return exitCode(run, rows);
  };
  const file = audit === undefined || isDry ? undefined : await AuditFile.open(audit);
  try {
    const registries = await registriesOf(run).catch((error: unknown) => {
      throw new Failure([reasonOf(error)]);
    });
    const repositories = await survey(run, await locate(run, registries));
    const rows = repositories.map(({ row }) => row);
    const removableRows = rows.filter(({ outcome }) => outcome === 'WOULD');
    if (isDry || removableRows.length === 0 || countRows(rows, 'REFUSED') > 0) return report(rows);
    if (!isSure) await confirm(run, rows, sumRows(removableRows, 'images'));
    return report(await carryOut(run, repositories, { audit: file ?? NO_AUDIT, isLimitedToShown: !isSure }));
  } finally {
    await file?.close();
  }
}

async function confirm(run: Run, rows: readonly Row[], images: number): Promise<void> {
  run.clear();
  process.stderr.write(`${rowTable(rows, terminalOf(process.stderr))}\n`);
  const action = run.order.action === 'DELETE' ? 'delete' : 'remove';
  const question = `To continue, type the number of images to ${action} (${images}): `;
  if (await isConfirmed(question, String(images), run.interruption.signal)) return;
  throw new Failure([`the confirmation did not match ${images}. Nothing was changed`]);
}
