import { constants } from 'node:fs';
import { FileHandle, open, rm } from 'node:fs/promises';
import { parseHeader, ProgressHeader } from './header';
import { isJsonObject, parseJson } from '../../../src/core/json';
import { Failure } from '../../failure';
import { STANDARD_STREAM, writeFailureReason, writing } from '../../files';
import type { ReportOutputs } from '../order';
import type { RepositoryRecord } from '../repository-record';

/** A repository that is finished. */
export interface ProgressLine {
  readonly record: RepositoryRecord;
  /** Its first byte in the CSV file, and the one after its last. */
  readonly csv?: readonly [number, number];
  /** Whether the search for images in use had failed in part, so that the record is more careful than necessary. */
  readonly isUseIncomplete?: true;
}

export interface Progress {
  readonly header: ProgressHeader;
  readonly lines: readonly ProgressLine[];
}

/** Bytes of a line. A record with the largest sample has fewer. */
const MAX_LINE = 64 * 1024 * 1024;
const NEWLINE = 0x0a;
const OWNER_ONLY = 0o600;

/** Returns the name of the progress file; undefined if every output is standard output, so that nothing can go on. */
export function progressFileOf({ html, csv, json }: ReportOutputs): string | undefined {
  const file = [html, csv, json].find(each => each !== undefined && each !== STANDARD_STREAM);
  return file === undefined ? undefined : `${file}.progress`;
}

/** What a report has read so far, in a file with a JSON object in each line, so that an interrupted report can go on. */
export class ProgressFile {
  /**
   * Creates the file.
   *
   * @throws Failure if it exists
   */
  static async create(file: string, header: ProgressHeader): Promise<ProgressFile> {
    const progress = await writing(file, async () => new ProgressFile(file, await open(file, 'wx', OWNER_ONLY).catch((error: unknown) => {
      throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? new Failure([existsMessage(file)]) : error;
    })));
    await progress.write(header);
    return progress;
  }

  /**
   * Opens the file of an interrupted report. Ignores a line that was not completed, and what follows it.
   *
   * @param use receives each line that is complete
   * @throws Failure if there is no such file, or if it is no progress of a report
   */
  static async open(
    file: string, useHeader: (header: ProgressHeader) => void, use: (line: ProgressLine) => void,
  ): Promise<ProgressFile> {
    let handle: FileHandle;
    try {
      handle = await open(file, constants.O_RDWR);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new Failure([missingMessage(file)]);
      }
      throw new Failure([`cannot read ${file}: ${writeFailureReason(error)}`]);
    }
    try {
      let end = 0;
      let header: ProgressHeader | undefined;
      for await (const { text, after } of linesOf(handle)) {
        const value = parseJson(text);
        if (!header) {
          header = parseHeader(value);
          if (!header) break;
          useHeader(header);
        } else {
          const line = parseLine(value);
          if (!line) break;
          use(line);
        }
        end = after;
      }
      if (!header) throw new Failure([`${file} is not the progress of a report. Remove it, and leave out --resume`]);
      await handle.truncate(end);
      return new ProgressFile(file, handle, end);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  private constructor(readonly file: string, private readonly handle: FileHandle, private end = 0) {}

  append(line: ProgressLine): Promise<void> {
    return this.write(line);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** Removes the file of a finished report. */
  async remove(): Promise<void> {
    await this.close();
    await rm(this.file, { force: true });
  }

  private async write(value: object): Promise<void> {
    const bytes = Buffer.from(`${JSON.stringify(value)}\n`);
    await writing(this.file, async () => {
      for (let at = 0; at < bytes.length;) at += (await this.handle.write(bytes, at, bytes.length - at, this.end + at)).bytesWritten;
    });
    this.end += bytes.length;
  }
}

export function existsMessage(file: string): string {
  return `${file} has the progress of an interrupted report. To continue it, add --resume. To begin again, remove the file`;
}

export function missingMessage(file: string): string {
  return `there is no report to continue, because ${file} does not exist. To begin a report, leave out --resume`;
}

function parseLine(value: unknown): ProgressLine | undefined {
  return isJsonObject(value) && isJsonObject(value.record) && typeof value.record.arn === 'string' ? value as unknown as ProgressLine
    : undefined;
}

/** Returns the complete lines of a file, each with the position after it. */
async function* linesOf(handle: FileHandle): AsyncGenerator<{ readonly text: string; readonly after: number }> {
  let rest = Buffer.alloc(0);
  let position = 0;
  const chunk = Buffer.alloc(1024 * 1024);
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position + rest.length);
    if (bytesRead === 0) return;
    rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let from = 0;
    for (let newline = rest.indexOf(NEWLINE); newline >= 0; newline = rest.indexOf(NEWLINE, from)) {
      yield { text: rest.toString('utf8', from, newline), after: position + newline + 1 };
      from = newline + 1;
    }
    position += from;
    rest = rest.subarray(from);
    if (rest.length > MAX_LINE) return;
  }
}
