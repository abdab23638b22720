import type { Address } from './reason';

/** What became of one repository, or would. */
export interface Row extends Address {
  readonly action: 'DELETE' | 'EMPTY';
  /** WOULD is what nothing speaks against and was not done; FAILED may have been done in part, as far as `images` tells. */
  readonly outcome: 'DONE' | 'WOULD' | 'REFUSED' | 'ABSENT' | 'FAILED';
  /** Those that go or are gone. */
  readonly images: number;
  readonly bytes: number;
  readonly kept: number;
  readonly refusals: readonly string[];
  readonly error?: string;
  /** Of the images that go; milliseconds since the epoch. */
  readonly newestPush?: number;
}

export function rowsAsJson(rows: readonly Row[]): string {
  const shown = rows.map(({ repository, region, action, outcome, images, bytes, kept, refusals, error }) =>
    ({ repository, region, action, outcome, images, bytes, kept, refusals, error }));
  return `${JSON.stringify(shown, null, 2)}\n`;
}

export function numberOf(rows: readonly Row[], ...outcomes: ReadonlyArray<Row['outcome']>): number {
  return rows.filter(({ outcome }) => outcomes.includes(outcome)).length;
}

export function totalOf(rows: readonly Row[], amount: 'images' | 'bytes' | 'kept'): number {
  return rows.reduce((sum, row) => sum + row[amount], 0);
}
