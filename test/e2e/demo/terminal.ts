const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MILLISECONDS = 100;
const CLEAR_LINE = '\r\x1b[K';

type Colour = 'bold' | 'dim' | 'red' | 'green' | 'cyan';
const CODES: Record<Colour, readonly [number, number]> = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], cyan: [36, 39] };

export type Progress = (line: string) => void;

/** Where a demo writes. */
export type Write = (text: string) => void;

/** Writes to standard output: a spinner and colors on a terminal, plain lines otherwise. */
export class Terminal {
  readonly live: boolean;
  private readonly colours: boolean;
  private readonly write: Write;
  private spinning = false;

  /** @param write receives plain lines. @default - standard output */
  constructor(write?: Write) {
    this.live = write === undefined && process.stdout.isTTY === true && process.env.TERM !== 'dumb';
    this.colours = this.live && !process.env.NO_COLOR;
    this.write = write ?? (text => { process.stdout.write(text); });
    // The reader can close the pipe before the demo ends (`| head`).
    if (write === undefined) process.stdout.on('error', () => process.exit(1));
  }

  line(text = ''): void {
    this.write(`${text}\n`);
  }

  colour(colour: Colour, text: string): string {
    const [on, off] = CODES[colour];
    return this.colours ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  }

  ok(passed: boolean): string {
    return passed ? this.colour('green', this.live ? '✓' : 'ok') : this.colour('red', this.live ? '✗' : 'FAILED');
  }

  /** Prints the text while the work runs, and then how long it took. */
  async during<T>(text: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    const started = Date.now();
    const seconds = (): string => `${((Date.now() - started) / 1000).toFixed(1)} s`;
    if (!this.live) {
      this.line(text);
      try {
        return await work(() => {});
      } finally {
        this.line(`${' '.repeat(indentOf(text))}(${seconds()})`);
      }
    }
    let latest = '';
    let frame = 0;
    const draw = (): void => {
      const bar = `${' '.repeat(indentOf(text))}${FRAMES[frame++ % FRAMES.length]} ${text.trimStart()}  ${seconds()}  ${latest}`;
      this.write(CLEAR_LINE + bar.slice(0, (process.stdout.columns || 80) - 1));
    };
    this.spinning = true;
    const timer = setInterval(draw, FRAME_MILLISECONDS);
    try {
      return await work(line => { latest = line.trim() || latest; });
    } finally {
      clearInterval(timer);
      this.spinning = false;
      this.write(CLEAR_LINE);
      this.line(`${text}  ${this.colour('dim', `(${seconds()})`)}`);
    }
  }

  /** Prints the last line before an interrupted process exits. */
  interrupted(text: string): void {
    this.write(this.spinning ? CLEAR_LINE : '');
    this.line(text);
  }
}

export function indented(text: string, spaces: number): string {
  return text.split('\n').map(line => line === '' ? '' : ' '.repeat(spaces) + line).join('\n');
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
