/** Recording of a terminal: https://docs.asciinema.org/manual/asciicast/v2/ */
export interface Cast {
  readonly header: { readonly version: 2; readonly width: number; readonly height: number; readonly title: string };
  /** Time in seconds, and the text that appears then: complete lines, or a character of a command. */
  readonly events: readonly (readonly [seconds: number, text: string])[];
}

/** Longest wait for output in a recording, in seconds. */
export const LONGEST_WAIT = 2;
const PER_CHARACTER = 0.03;
const BEFORE_ENTER = 0.5;

/** Records the texts of a terminal with the time at which they appear. */
export class Recorder {
  private readonly events = new Array<readonly [number, string]>();
  private clock = 0;
  private last = Date.now();

  /** Records a command as a person types it after reading. This takes no real time. */
  type(command: string, readingSeconds = 1): void {
    this.wait(readingSeconds);
    this.write('$ ');
    for (const character of command) {
      this.wait(PER_CHARACTER);
      this.write(character);
    }
    this.wait(BEFORE_ENTER);
    this.write('\r\n');
    this.last = Date.now();
  }

  /** Records the output of a program at the current time. */
  print(text: string): void {
    const now = Date.now();
    this.wait(Math.min((now - this.last) / 1000, LONGEST_WAIT));
    this.last = now;
    this.write(text.replace(/\r?\n/g, '\r\n'));
  }

  cast(title: string, width: number, height: number): Cast {
    return { header: { version: 2, width, height, title }, events: this.events };
  }

  private wait(seconds: number): void {
    this.clock += seconds;
  }

  private write(text: string): void {
    this.events.push([Math.round(this.clock * 1000) / 1000, text]);
  }
}

export function parse(text: string): Cast {
  const [header, ...events] = text.trimEnd().split('\n').map(line => JSON.parse(line));
  return { header, events: events.map(([seconds, , printed]) => [seconds, printed]) };
}

export function serialize({ header, events }: Cast): string {
  return [header, ...events.map(([seconds, text]) => [seconds, 'o', text])].map(line => JSON.stringify(line)).join('\n') + '\n';
}
