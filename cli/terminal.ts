import type { WriteStream } from 'node:tty';
import { toOneLine } from '../src/core/format';

/** Properties of the terminal that text is formatted for. */
export interface Terminal {
  /** Infinite without a terminal, so that lines for another program do not wrap. */
  readonly width: number;
  readonly isColoured: boolean;
}

type Stream = Pick<WriteStream, 'isTTY' | 'columns' | 'hasColors'>;

/** Node.js handles NO_COLOR, FORCE_COLOR, and TERM=dumb: https://nodejs.org/api/tty.html#writestreamgetcolordepthenv */
export function terminalOf(stream: Stream): Terminal {
  return stream.isTTY ? { width: stream.columns || 80, isColoured: stream.hasColors() } : { width: Infinity, isColoured: false };
}

const STYLES = { dim: 2, red: 31, green: 32, yellow: 33 } as const;

export function paint(text: string, style: keyof typeof STYLES, { isColoured }: Terminal): string {
  return isColoured ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
}

export function complain(kind: 'error' | 'warning' | 'note', text: string): void {
  process.stderr.write(`${toOneLine(`${kind}: ${text}`)}\n`);
}

/** Exits without an error if the reader closes the pipe, such as `| head`. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}

/** Wraps text between words, and inside a word that is longer than the width. */
export function wrap(text: string, width: number): string[] {
  const lines = new Array<string>();
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length <= width) {
      line += ` ${rest}`;
      continue;
    }
    if (line !== '') lines.push(line);
    for (; rest.length > width; rest = rest.slice(width)) lines.push(rest.slice(0, width));
    line = rest;
  }
  return [...lines, line];
}
