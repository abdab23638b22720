import type { Cast } from './cast';

/** Row of the screen, with the time at which it appears. */
export interface Row {
  readonly text: string;
  readonly seconds: number;
  /** Time at which the last character of a command is typed. */
  readonly typedUntil?: number;
  /** Line that the row is a part of. */
  readonly line: string;
}

const REFUSAL = /was not deleted: |^(aws |If the |To keep |To delete )/;
const MESSAGE = /Repository '[^']+' was not deleted: .*/;
const PROMPT = '$ ';

/** Returns the number of columns of a text. An emoji has two. */
export function widthOf(text: string): number {
  return [...text].reduce((columns, character) => columns + (/\p{Emoji_Presentation}|❌/u.test(character) ? 2 : 1), 0);
}

/**
 * Returns the rows of a recording. Commands and refusals are wrapped. A refusal is shown once, although the CDK CLI prints it five times.
 * Every other long line is cut. A … replaces each text that is left out.
 */
export function rowsOf({ header: { width }, events }: Cast): Row[] {
  const rows = new Array<Row>();
  const printed = new Set<string>();
  let command: { text: string; from: number } | undefined;
  for (const [seconds, text] of events) {
    if (text === PROMPT) {
      command = { text, from: seconds };
      if (rows.length > 0) rows.push({ text: '', seconds, line: '' });
    } else if (command !== undefined && text !== '\r\n') {
      command.text += text;
    } else if (command !== undefined) {
      rows.push(...typed(command, seconds, width));
      printed.clear();
      command = undefined;
    } else {
      const line = text.trimEnd();
      const message = MESSAGE.exec(line)?.[0] ?? line;
      const isRepeated = REFUSAL.test(line) && printed.has(message);
      printed.add(message);
      const place = line.slice(0, line.length - message.length);
      if (isRepeated) {
        if (rows.at(-1)!.text !== '…') rows.push({ text: '…', seconds, line: '…' });
        continue;
      }
      if (place !== '') rows.push({ text: cut(place, width), seconds, line: place });
      const parts = REFUSAL.test(line) ? wrapped(message, width) : [cut(message, width)];
      rows.push(...parts.map(part => ({ text: part, seconds, line: message })));
    }
  }
  return rows;
}

function typed({ text, from }: { readonly text: string; readonly from: number }, until: number, width: number): Row[] {
  const each = (until - from) / text.length;
  let seconds = from;
  return wrapped(text, width).map(part => {
    const row = { text: part, seconds, typedUntil: seconds + each * part.length, line: text };
    seconds = row.typedUntil;
    return row;
  });
}

/** Wraps a line, at spaces if possible. The spaces remain at the ends of rows. */
function wrapped(line: string, width: number): string[] {
  return line.match(new RegExp(`.{1,${width}}(?: |$)|.{1,${width}}`, 'gu')) ?? [''];
}

function cut(line: string, width: number): string {
  return widthOf(line.trimEnd()) <= width ? line.trimEnd() : `${[...line].slice(0, width - 1).join('')}…`;
}
