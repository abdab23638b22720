import { paint, Terminal, wrap } from './terminal';

const GAP = 2;
/** Minimum width of a column, because narrower text is unreadable. The terminal then wraps the lines. */
const NARROWEST = 12;

/** Renders the columns for a terminal, with a dim heading. */
export function renderTable(heading: readonly string[], rows: ReadonlyArray<readonly string[]>, terminal: Terminal): string[] {
  return renderColumns(heading, rows, terminal.width).map((line, index) => index === 0 ? paint(line, 'dim', terminal) : line);
}

/** Renders indented rows under a heading. If the width is too small, the last two columns wrap. */
export function renderColumns(heading: readonly string[], rows: ReadonlyArray<readonly string[]>, width: number): string[] {
  const all = [heading, ...rows];
  const natural = heading.map((_, column) => all.reduce((widest, row) => Math.max(widest, row[column].length), 0));
  const rigid = natural.slice(0, -2);
  const room = width - rigid.reduce((sum, each) => sum + each + GAP, 0) - 2 * GAP;
  const [first, last] = natural.slice(-2);
  const firstWidth = Math.min(first, Math.max(NARROWEST, room - last, Math.floor(room * 0.4)));
  const widths = [...rigid, firstWidth, Math.max(NARROWEST, room - firstWidth)];
  return all.flatMap(row => {
    const cells = row.map((cell, column) => wrap(cell, widths[column]));
    const height = Math.max(...cells.map(cell => cell.length));
    return Array.from({ length: height }, (_, line) => {
      const texts = cells.map((cell, column) => column === row.length - 1 ? cell[line] ?? '' : (cell[line] ?? '').padEnd(widths[column]));
      return `${' '.repeat(GAP)}${texts.join(' '.repeat(GAP))}`.trimEnd();
    });
  });
}
