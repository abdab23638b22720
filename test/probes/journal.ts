import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from '../../cli/session/is-running';

/** Where runs note what they create, before they create it. Probes and `verify` have a folder each. */
export const FOLDERS = join(__dirname, '..', '..', '.cache');

/** Something that a run may have created on AWS. */
export interface Created {
  readonly kind: 'repository' | 'public-repository' | 'parameter' | 'role' | 'function' | 'stack' | 'prefix';
  readonly name: string;
  readonly region: string;
}

interface Header {
  readonly process: number;
  readonly account: string;
}

/** The notes of one run, from which another run removes what an interrupted run left. */
export class Journal {
  static begin(run: string, account: string, folder = 'probes'): Journal {
    mkdirSync(join(FOLDERS, folder), { recursive: true });
    const journal = new Journal(join(FOLDERS, folder, `${run}.jsonl`));
    journal.append({ process: process.pid, account } satisfies Header);
    return journal;
  }

  /** Returns what runs in the account left that ended without removing everything. */
  static leftovers(account: string, folder = 'probes'): Leftover[] {
    const directory = join(FOLDERS, folder);
    if (!existsSync(directory)) return [];
    return readdirSync(directory).filter(file => file.endsWith('.jsonl')).map(file => join(directory, file)).flatMap(file => {
      const [first, ...notes] = linesOf(file);
      // A run that has just begun has written nothing, and one that ended meanwhile has no file.
      if (first === undefined) return [];
      const header = JSON.parse(first) as Header;
      if (header.account !== account || isRunning(header.process)) return [];
      return [{ created: notes.map(line => JSON.parse(line) as Created).reverse(), end: () => remove(file) }];
    });
  }

  private constructor(private readonly file: string) {}

  note(created: Created): void {
    this.append(created);
  }

  /** Forgets the run, after everything was removed. */
  end(): void {
    remove(this.file);
  }

  private append(line: object): void {
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/** What an ended run may have left. */
export interface Leftover {
  /** Newest first. */
  readonly created: readonly Created[];
  /** Forgets the run, after everything was removed. */
  end(): void;
}

/** Returns the lines of a file, none if it does not exist. */
function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(line => line !== '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function remove(file: string): void {
  rmSync(file, { force: true });
}
