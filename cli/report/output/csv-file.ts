import { createReadStream, createWriteStream } from 'node:fs';
import { FileHandle, open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { CSV_HEADING, LINE_END } from './csv-rows';
import { Failure } from '../../failure';
import { STANDARD_STREAM, writing } from '../../files';

/** Bytes in the file from the first to the one before the last. */
export type Range = readonly [number, number];

/** Characters to collect before they are written. */
const CHUNK = 256 * 1024;
const HEADING: Range = [0, Buffer.byteLength(CSV_HEADING)];

/** The CSV file of a report. It grows while the report reads. */
export class CsvFile {
  /** @throws Failure if it cannot be written */
  static async create(file: string): Promise<CsvFile> {
    const csv = await writing(file, async () => new CsvFile(file, file === STANDARD_STREAM ? undefined : await open(file, 'w')));
    await csv.append([CSV_HEADING]);
    return csv;
  }

  /**
   * Opens the file of an interrupted report, and cuts what was not completed.
   *
   * @param end position after the last complete line
   * @param kept what the interrupted report wrote and the file must still have
   * @throws Failure if the file is not as the interrupted report left it
   */
  static async reopen(file: string, end: number, kept: readonly Range[]): Promise<CsvFile> {
    const changed = new Failure([`${file} was changed after the report was interrupted, so the report cannot be continued. Remove the`
      + ' progress file, and leave out --resume']);
    return writing(file, async () => {
      const handle = await open(file, 'r+').catch((error: NodeJS.ErrnoException) => { throw error.code === 'ENOENT' ? changed : error; });
      const heading = Buffer.alloc(HEADING[1]);
      await handle.read(heading, 0, heading.length, 0);
      const { size } = await handle.stat();
      let isChanged = heading.toString() !== CSV_HEADING || size < end;
      // A spreadsheet that saves the file moves its lines.
      const lineEnd = Buffer.alloc(LINE_END.length);
      for (const [, until] of kept) {
        await handle.read(lineEnd, 0, lineEnd.length, until - lineEnd.length);
        isChanged ||= lineEnd.toString() !== LINE_END;
      }
      if (isChanged) {
        await handle.close();
        throw changed;
      }
      await handle.truncate(end);
      return new CsvFile(file, handle, end);
    });
  }

  private constructor(private readonly file: string, private readonly handle: FileHandle | undefined, private end = 0) {}

  /** Appends lines, and returns where they are. */
  async append(lines: Iterable<string>): Promise<Range> {
    const from = this.end;
    let text = '';
    for (const line of lines) {
      text += line;
      if (text.length < CHUNK) continue;
      await this.write(text);
      text = '';
    }
    await this.write(text);
    return [from, this.end];
  }

  /** Removes all lines but the heading and these, and closes the file. */
  async finish(kept: readonly Range[]): Promise<void> {
    const { file, handle, end } = this;
    if (!handle) return;
    await handle.close();
    const ranges = joinRanges([HEADING, ...kept]);
    if (ranges.reduce((sum, [from, until]) => sum + until - from, 0) === end) return;
    const copy = `${file}.tmp`;
    await writing(file, async () => {
      await rm(copy, { force: true });
      const target = createWriteStream(copy, { flags: 'wx' });
      for (const [from, until] of ranges) {
        await pipeline(createReadStream(file, { start: from, end: until - 1 }), target, { end: false });
      }
      await new Promise<void>((resolve, reject) => target.end((error?: Error | null) => error ? reject(error) : resolve()));
      await rename(copy, file);
    });
  }

  async close(): Promise<void> {
    await this.handle?.close();
  }

  private async write(text: string): Promise<void> {
    if (text === '') return;
    const bytes = Buffer.from(text);
    if (this.handle) {
      const { handle, end } = this;
      await writing(this.file, async () => {
        for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at, end + at)).bytesWritten;
      });
    } else if (!process.stdout.write(bytes)) {
      await new Promise(resolve => process.stdout.once('drain', resolve));
    }
    this.end += bytes.length;
  }
}

/** Returns the ranges in their order, those that meet as one. */
function joinRanges(ranges: readonly Range[]): Range[] {
  const joined = new Array<Range>();
  for (const [from, until] of [...ranges].sort(([one], [other]) => one - other)) {
    const [last] = joined.slice(-1);
    if (last?.[1] === from) joined[joined.length - 1] = [last[0], until];
    else if (until > from) joined.push([from, until]);
  }
  return joined;
}
