import { CsvFile, Range } from './output/csv-file';
import type { ProgressFile } from './progress/progress-file';
import { Records } from './records';
import type { RepositoryRecord } from './repository-record';

/** Takes one finished repository after another: its images to the CSV file, then its record to the progress file. */
export class Journal {
  private readonly ranges = new Array<Range>();
  private last: Promise<void> = Promise.resolve();

  constructor(
    private readonly records: Records, private readonly progress: ProgressFile | undefined, private readonly csv: CsvFile | undefined,
    private readonly isUseIncomplete: boolean,
  ) {}

  /** Keeps what an interrupted report wrote about a repository. */
  keep(range: Range): void {
    this.ranges.push(range);
  }

  /** Repositories are read at the same time, but written one after another. */
  add(record: RepositoryRecord, rows: Iterable<string>): Promise<void> {
    const turn = this.last.then(() => this.write(record, rows));
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Writes the end of the CSV file. */
  async finish(): Promise<void> {
    await this.csv?.finish(this.ranges);
  }

  /** Closes the files of a report that is not finished. */
  async close(): Promise<void> {
    await this.last;
    await this.csv?.close();
    await this.progress?.close();
  }

  private async write(record: RepositoryRecord, rows: Iterable<string>): Promise<void> {
    const csv = await this.csv?.append(rows);
    const needed = this.records.add(record); // not an argument of the optional call, which is skipped without a progress file
    await this.progress?.append({
      record: needed, ...csv ? { csv } : {}, ...this.isUseIncomplete ? { isUseIncomplete: true } : {},
    });
    if (csv) this.ranges.push(csv);
  }
}
