import { indented, Progress, Terminal } from './terminal';

const STEP_SECONDS = 120;

/** A step that ran to its end, with what it found out; undefined when it did not. Failed checks do not keep it from its end. */
export interface Done<T> {
  readonly title: string;
  readonly value?: { readonly of: T };
}

type Found<N extends readonly Done<unknown>[]> = { [K in keyof N]: N[K] extends Done<infer T> ? T : never };

interface Row {
  readonly title: string;
  shown: string;
  seconds: number;
  passed: number;
  failed: number;
  ran: boolean;
}

/** One step while it runs. */
export class Step {
  constructor(private readonly terminal: Terminal, private readonly row: Row) {}

  note(text: string): void {
    this.terminal.line(indented(text, 3));
  }

  /** Text as somebody else wrote it. */
  quote(text: string): void {
    this.terminal.line(indented(this.terminal.colour('cyan', text), 6));
  }

  during<T>(what: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    return this.terminal.during(`   ${what}`, work);
  }

  /** Counts. A check that fails is printed and the step goes on; anything else that is thrown ends the step. */
  async check(label: string, assertion: () => void | Promise<void>): Promise<void> {
    try {
      await assertion();
      this.row.passed += 1;
      this.terminal.line(`   ${this.terminal.ok(true)} ${label}`);
    } catch (error) {
      this.failed(label, error);
    }
  }

  failed(label: string, error: unknown): void {
    this.row.failed += 1;
    this.terminal.line(`   ${this.terminal.ok(false)} ${this.terminal.colour('red', label)}`);
    this.terminal.line(indented(error instanceof Error ? error.message : String(error), 8));
  }

  /** For the summary: what a reader has seen, once it is true. */
  shows(what: string): void {
    this.row.shown = what;
  }
}

/** Numbered steps. One that fails takes along only those that need it. */
export class Steps {
  private readonly rows = new Array<Row>();

  constructor(private readonly terminal: Terminal) {}

  async run<N extends readonly Done<unknown>[], T>(
    title: string, needs: readonly [...N], work: (step: Step, ...found: Found<N>) => Promise<T>,
  ): Promise<Done<T>> {
    const row: Row = { title, shown: '', seconds: 0, passed: 0, failed: 0, ran: false };
    this.rows.push(row);
    this.terminal.line();
    this.terminal.line(this.terminal.colour('bold', `${this.rows.length}. ${title}`));
    const step = new Step(this.terminal, row);
    const missing = needs.filter(need => need.value === undefined);
    if (missing.length > 0) {
      step.failed('not run', new Error(`it needs "${missing.map(need => need.title).join('" and "')}"`));
      return { title };
    }
    row.ran = true;
    const started = Date.now();
    let timer: NodeJS.Timeout | undefined;
    try {
      const found = needs.map(need => need.value!.of) as unknown as Found<N>;
      const late = new Promise<never>((_, fail) => {
        timer = setTimeout(() => fail(new Error(`not finished after ${STEP_SECONDS} s`)), STEP_SECONDS * 1000);
      });
      return { title, value: { of: await Promise.race([work(step, ...found), late]) } };
    } catch (error) {
      step.failed('stopped here', error);
      return { title };
    } finally {
      clearTimeout(timer);
      row.seconds = (Date.now() - started) / 1000;
    }
  }

  /** Prints the table and the count, and returns whether nothing failed. */
  summary(): boolean {
    const { terminal, rows } = this;
    const titleWidth = Math.max(...rows.map(row => row.title.length));
    const shownWidth = Math.max('shown'.length, ...rows.map(row => row.shown.length));
    const table = (number: string, title: string, shown: string, seconds: string, checks: string, ok: string): void =>
      terminal.line([number.padStart(3), title.padEnd(titleWidth), shown.padEnd(shownWidth), seconds.padStart(5), checks.padStart(6), ok]
        .join('  ').trimEnd());
    terminal.line();
    table('', 'step', 'shown', 's', 'checks', 'ok');
    rows.forEach((row, index) => {
      const shown = !row.ran ? 'not run' : row.failed > 0 ? `${row.failed} failed, see above` : row.shown;
      table(String(index + 1), row.title, shown, row.seconds.toFixed(1), `${row.passed}/${row.passed + row.failed}`,
        terminal.ok(row.failed === 0));
    });
    const sum = (of: 'passed' | 'failed' | 'seconds'): number => rows.reduce((total, row) => total + row[of], 0);
    table('', '', '', sum('seconds').toFixed(1), `${sum('passed')}/${sum('passed') + sum('failed')}`, '');
    terminal.line();
    terminal.line(`${sum('passed')} passed, ${sum('failed')} failed`);
    return sum('failed') === 0 && sum('passed') > 0;
  }
}
