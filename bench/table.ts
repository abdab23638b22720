export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string | number;
}

const NUMERIC = /^[<~]?[\d,.]+( x)?$|^-$/;

/** Renders a Markdown table that is also readable in a terminal, with numbers aligned to the right. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = rows.map(row => columns.map(column => String(column.value(row))));
  const widths = columns.map(({ title }, at) => Math.max(3, title.length, ...cells.map(row => row[at].length)));
  const right = columns.map((_, at) => cells.length > 0 && cells.every(row => NUMERIC.test(row[at])));
  const pad = (text: string, at: number) => right[at] ? text.padStart(widths[at]) : text.padEnd(widths[at]);
  return [
    columns.map(({ title }, at) => pad(title, at)),
    widths.map((width, at) => right[at] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)),
    ...cells.map(row => row.map(pad)),
  ].map(row => `| ${row.join(' | ')} |`).join('\n');
}

export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

export function fixed(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
