import type { WriteStream } from 'node:tty';
import { complain } from './terminal';
import { toOneLine } from '../src/core/format';

/** Milliseconds between two lines in a log. */
const INTERVAL = 10_000;

/** Shows the current state: rewrites one line of a terminal, or writes a line to a log from time to time. */
export class StatusLine {
  private isShown = false;
  private lastLineAt: number;

  constructor(private readonly stream: Pick<WriteStream, 'isTTY' | 'columns' | 'write'>, private readonly now = () => performance.now()) {
    this.lastLineAt = now();
  }

  say(state: string): void {
    const text = toOneLine(state);
    if (this.stream.isTTY) {
      // A line that wraps cannot be rewritten.
      this.stream.write(`\r\u001b[K${text.slice(0, (this.stream.columns || 80) - 3)} …`);
      this.isShown = true;
    } else if (this.now() - this.lastLineAt >= INTERVAL) {
      this.stream.write(`${text} …\n`);
      this.lastLineAt = this.now();
    }
  }

  /** Removes the line before permanent output. */
  clear(): void {
    if (this.isShown) this.stream.write('\r\u001b[K');
    this.isShown = false;
  }

  complain(kind: Parameters<typeof complain>[0], text: string): void {
    this.clear();
    complain(kind, text);
  }
}
