import type { WriteStream } from 'node:tty';
import { toOneLine } from '../src/core/format';

/** What text for people is fitted to. */
export interface Terminal {
  /** Infinite where nobody looks: lines that a program reads are not to be broken. */
  readonly width: number;
  readonly isColoured: boolean;
}

type Stream = Pick<WriteStream, 'isTTY' | 'columns' | 'hasColors'>;

/** Node honours NO_COLOR, FORCE_COLOR and TERM=dumb by itself: https://nodejs.org/api/tty.html#writestreamgetcolordepthenv */
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

/** `| head` stops reading: no failure, and nothing more to say. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit();
    });
  }
}

/** Breaks between words, and within one that is too long. */
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
