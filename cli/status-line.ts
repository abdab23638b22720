import type { WriteStream } from 'node:tty';
import { complain } from './terminal';
import { toOneLine } from '../src/core/format';

/** Lines of a log, seldom enough not to fill it. */
const INTERVAL = 10_000;

/** What is going on: one line of a terminal, rewritten; now and then a line of a log. */
export class StatusLine {
  private isShown = false;
  private lastLineAt: number;

  constructor(private readonly stream: Pick<WriteStream, 'isTTY' | 'columns' | 'write'>, private readonly now = () => performance.now()) {
    this.lastLineAt = now();
  }

  say(state: string): void {
    const text = toOneLine(state);
    if (this.stream.isTTY) {
      // a line that is broken cannot be rewritten
      this.stream.write(`\r\u001b[K${text.slice(0, (this.stream.columns || 80) - 3)} …`);
      this.isShown = true;
    } else if (this.now() - this.lastLineAt >= INTERVAL) {
      this.stream.write(`${text} …\n`);
      this.lastLineAt = this.now();
    }
  }

  /** Makes room for lines that stay. */
  clear(): void {
    if (this.isShown) this.stream.write('\r\u001b[K');
    this.isShown = false;
  }

  complain(kind: Parameters<typeof complain>[0], text: string): void {
    this.clear();
    complain(kind, text);
  }
}
