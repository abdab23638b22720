import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where runs note what they create, before they create it. Probes and `verify` have a folder each. */
const FOLDERS = join(__dirname, '..', '..', '.cache');

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

  /** Returns the journals of runs in the account that ended without removing everything. */
  static leftovers(account: string, folder = 'probes'): Journal[] {
    const directory = join(FOLDERS, folder);
    if (!existsSync(directory)) return [];
    return readdirSync(directory).filter(file => file.endsWith('.jsonl')).map(file => new Journal(join(directory, file)))
      .filter(journal => journal.header.account === account && !isRunning(journal.header.process));
  }

  private constructor(private readonly file: string) {}

  note(created: Created): void {
    this.append(created);
  }

  /** What the run may have created, newest first. */
  get created(): Created[] {
    return this.lines.slice(1).map(line => JSON.parse(line) as Created).reverse();
  }

  /** Forgets the run, after everything was removed. */
  end(): void {
    rmSync(this.file, { force: true });
  }

  private get header(): Header {
    return JSON.parse(this.lines[0]) as Header;
  }

  private get lines(): string[] {
    return readFileSync(this.file, 'utf8').split('\n').filter(line => line !== '');
  }

  private append(line: object): void {
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

function isRunning(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch {
    return false;
  }
}
