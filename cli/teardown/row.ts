import type { Address } from './reason';

/** The outcome for one repository. */
export interface Row extends Address {
  readonly action: 'DELETE' | 'EMPTY';
  /** WOULD: no guard refuses, but nothing was removed. INTERRUPTED, FAILED: `images` is the number of images that were removed. */
  readonly outcome: 'DONE' | 'WOULD' | 'REFUSED' | 'ABSENT' | 'INTERRUPTED' | 'FAILED';
  /** Number of images that would be removed or were removed. */
  readonly images: number;
  readonly bytes: number;
  readonly kept: number;
  readonly refusals: readonly string[];
  readonly error?: string;
  /** Newest push of these images, in milliseconds since the epoch. */
  readonly newestPush?: number;
}

export function rowsAsJson(rows: readonly Row[]): string {
  const records = rows.map(({ repository, region, action, outcome, images, bytes, kept, refusals, error }) =>
    ({ repository, region, action, outcome, images, bytes, kept, refusals, error }));
  return `${JSON.stringify(records, null, 2)}\n`;
}

export function countRows(rows: readonly Row[], ...outcomes: ReadonlyArray<Row['outcome']>): number {
  return rows.filter(({ outcome }) => outcomes.includes(outcome)).length;
}

export function sumRows(rows: readonly Row[], amount: 'images' | 'bytes' | 'kept'): number {
  return rows.reduce((sum, row) => sum + row[amount], 0);
}
