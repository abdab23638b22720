import { indented, Progress, Terminal } from './terminal';
import type { Place } from '../place';
import { whyNotRun } from '../verify/refusals';

/** The result of a step. `value` is undefined if the step stopped early. A failed check does not stop a step. */
export interface Done<T> {
  readonly title: string;
  readonly value?: { readonly of: T };
}

type Found<N extends readonly Done<unknown>[]> = { [K in keyof N]: N[K] extends Done<infer T> ? T : never };

/** A row of the table of steps. */
export interface Row {
  readonly title: string;
  shown: string;
  seconds: number;
  passed: number;
  failed: number;
  ran: boolean;
  /** Why the step cannot run in this place. */
  notHere?: string;
}

/** A running step. */
export class Step {
  constructor(private readonly terminal: Terminal, private readonly row: Row) {}

  note(text: string): void {
    this.terminal.line(indented(text, 3));
  }

  /** Prints text that another program wrote. */
  quote(text: string): void {
    this.terminal.line(indented(this.terminal.colour('cyan', text), 6));
  }

  during<T>(what: string, work: (progress: Progress) => Promise<T>): Promise<T> {
    return this.terminal.during(`   ${what}`, work);
  }

  /** Runs and counts a check. The step continues after a failed check. Any other error stops the step. */
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

  /** Sets the result in the summary. Called after the checks that prove it. */
  shows(what: string): void {
    this.row.shown = what;
  }
}

/** Runs numbered steps. A step that fails skips only the steps that depend on it. */
export class Steps {
  readonly rows = new Array<Row>();

  /** @param isAws whether the place is an account of AWS */
  constructor(private readonly terminal: Terminal, private readonly place: Place, private readonly isAws = false) {}

  async run<N extends readonly Done<unknown>[], T>(
    title: string, needs: readonly [...N], work: (step: Step, ...found: Found<N>) => Promise<T>, notOnAws?: string,
  ): Promise<Done<T>> {
    const row: Row = { title, shown: '', seconds: 0, passed: 0, failed: 0, ran: false };
    this.rows.push(row);
    this.terminal.line();
    this.terminal.line(this.terminal.colour('bold', `${this.rows.length}. ${title}`));
    const step = new Step(this.terminal, row);
    if (this.isAws && notOnAws !== undefined) {
      row.notHere = notOnAws;
      step.note(`not run: ${notOnAws}`);
      return { title };
    }
    const missing = needs.filter(need => need.value === undefined);
    if (missing.length > 0 && missing.every(need => this.rows.some(each => each.title === need.title && each.notHere !== undefined))) {
      row.notHere = `depends on "${missing.map(need => need.title).join('" and "')}"`;
      return { title };
    }
    if (missing.length > 0) {
      step.failed('not run', new Error(`depends on "${missing.map(need => need.title).join('" and "')}"`));
      return { title };
    }
    row.ran = true;
    const seconds = this.place.pace.timeoutSeconds;
    const started = Date.now();
    let timer: NodeJS.Timeout | undefined;
    try {
      const found = needs.map(need => need.value!.of) as unknown as Found<N>;
      const late = new Promise<never>((_, fail) => {
        timer = setTimeout(() => fail(new Error(`the step timed out after ${seconds} s`)), seconds * 1000);
      });
      return { title, value: { of: await Promise.race([work(step, ...found), late]) } };
    } catch (error) {
      row.notHere = this.isAws ? whyNotRun(error as Error) : undefined;
      if (row.notHere === undefined) step.failed('the step stopped here', error);
      return { title };
    } finally {
      clearTimeout(timer);
      row.seconds = (Date.now() - started) / 1000;
    }
  }

  /** Prints a table of the steps and the number of checks. @returns whether every check passed */
  summary(): boolean {
    const { terminal, rows } = this;
    const titleWidth = Math.max(...rows.map(row => row.title.length));
    const shownWidth = Math.max('result'.length, ...rows.map(row => row.shown.length));
    const table = (number: string, title: string, shown: string, seconds: string, checks: string, ok: string): void =>
      terminal.line([number.padStart(3), title.padEnd(titleWidth), shown.padEnd(shownWidth), seconds.padStart(5), checks.padStart(6), ok]
        .join('  ').trimEnd());
    terminal.line();
    table('', 'step', 'result', 's', 'checks', 'ok');
    rows.forEach((row, index) => {
      const shown = !row.ran ? 'not run' : row.failed > 0 ? `${row.failed} failed, see above` : row.shown;
      table(String(index + 1), row.title, shown, row.seconds.toFixed(1), `${row.passed}/${row.passed + row.failed}`,
        terminal.ok(row.failed === 0));
    });
    const sum = (of: 'passed' | 'failed' | 'seconds'): number => rows.reduce((total, row) => total + row[of], 0);
    table('', '', '', sum('seconds').toFixed(1), `${sum('passed')}/${sum('passed') + sum('failed')}`, '');
    terminal.line();
    terminal.line(`checks: ${sum('passed')} passed, ${sum('failed')} failed`);
    return sum('failed') === 0 && sum('passed') > 0;
  }
}
