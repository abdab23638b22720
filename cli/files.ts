import { readFile, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Failure } from './failure';

/** File name that stands for standard input or standard output. */
export const STANDARD_STREAM = '-';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder, not a file',
  EACCES: 'permission denied',
};

export async function readText(file: string): Promise<string> {
  try {
    return decode(file === STANDARD_STREAM ? await buffer(process.stdin) : await readFile(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Failure([`${nameOf(file)}: ${REASONS[code ?? ''] ?? message}`]);
  }
}

export async function writeText(file: string, text: string): Promise<void> {
  await writing(file, () => writeFile(file, text));
}

/** @throws Failure with the name of the file if the work fails */
export async function writing<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Failure ? error : new Failure([`cannot write ${file}: ${writeFailureReason(error)}`]);
  }
}

export function writeFailureReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' ? 'no such folder. Create it first' : REASONS[code ?? ''] ?? message;
}

export function nameOf(file: string): string {
  return file === STANDARD_STREAM ? 'standard input' : file;
}

/** Decodes UTF-8, and UTF-16 with a byte order mark, which `>` of Windows PowerShell 5.1 writes. */
function decode(bytes: Buffer): string {
  return new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8').decode(bytes);
}
