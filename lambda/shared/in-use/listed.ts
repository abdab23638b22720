import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { S3Client } from '@aws-sdk/client-s3';
import { parseEcrImage, Use } from './reference';
import type { ListedUser } from '../../../src/core/images/image-user';
import {
  keyMatcher, keyPrefixOf, ListedImage, MAX_FILE_BYTES, MAX_FILES, MAX_LINE_BYTES, parseUseLine,
} from '../../../src/core/images/use-list';
import { sendCommand } from '../aws/send-command';
import { isNamed } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** How often all files are read, if one of them changes while they are read. */
const MAX_READS = 5;
/** Maximum number of keys with the prefix of the pattern. */
const MAX_KEYS = 100_000;
const SHOWN_PROBLEMS = 5;
const NEWLINE = 10;

/** Files that do not say what runs. */
export class UseListError extends Error {
  constructor(message: string, readonly advice: string) {
    super(message);
  }
}

/** A file that was replaced or deleted after it was listed. */
class ChangedFile extends Error {}

interface UseFile {
  readonly key: string;
  readonly eTag: string;
  readonly size: number;
  readonly modified: number;
}

/**
 * Returns the images of ECR that the files list. The files are read as they were listed, or all of them again.
 *
 * @throws UseListError if there is no file, or a file is too old or invalid
 */
export async function usedByLists(task: Task, s3: S3Client, user: ListedUser): Promise<Use[]> {
  for (let read = 1; ; read++) {
    try {
      return await readFiles(task, s3, user, await listFiles(task, s3, user));
    } catch (error) {
      if (!(error instanceof ChangedFile)) throw error;
      if (read === MAX_READS) {
        throw new UseListError(`${error.message}, ${MAX_READS} times`, 'write the file less often, then try again');
      }
    }
  }
}

async function listFiles(task: Task, s3: S3Client, user: ListedUser): Promise<UseFile[]> {
  const { bucket: Bucket, keyPattern } = user;
  const files = new Array<UseFile>();
  const isMatch = keyMatcher(keyPattern);
  const Prefix = keyPrefixOf(keyPattern) || undefined;
  let ContinuationToken: string | undefined;
  let listed = 0;
  do {
    task.progress(`listing ${place(user)}`);
    const page = await sendCommand(task, s3, ListObjectsV2Command, { Bucket, Prefix, ContinuationToken });
    for (const { Key = '', ETag = '', Size = 0, LastModified } of page?.Contents ?? []) {
      const isFolder = Key.endsWith('/') && Size === 0; // the console creates an object for a folder
      if (isMatch(Key) && !isFolder) files.push({ key: Key, eTag: ETag, size: Size, modified: LastModified?.getTime() ?? -Infinity });
    }
    listed += page?.Contents?.length ?? 0;
    ContinuationToken = page?.NextContinuationToken;
    if (files.length > MAX_FILES || (ContinuationToken && listed >= MAX_KEYS)) {
      const what = files.length > MAX_FILES ? `more than ${MAX_FILES} files match` : `more than ${MAX_KEYS} keys begin as`;
      throw new UseListError(`${what} ${place(user)}`, 'delete old files, or use a key pattern that matches fewer keys');
    }
  } while (ContinuationToken);
  const problems = files.length === 0 ? [`no file matches ${place(user)}`] : files.flatMap(file => fileProblems(task, user, file));
  if (problems.length > 0) {
    throw new UseListError(summaryOf(problems), 'check the program that writes the files, and delete the files of what no longer exists');
  }
  return files;
}

function fileProblems({ clock }: Task, { bucket, maxAge }: ListedUser, { key, size, modified }: UseFile): string[] {
  const age = clock.now() - modified;
  return [
    ...age <= maxAge * 1_000 ? []
      : [`s3://${bucket}/${key} was written ${Number.isFinite(age) ? new Date(modified).toISOString() : 'at an unknown time'}, more than`
        + ` ${maxAge} seconds ago (maxAge)`],
    ...size <= MAX_FILE_BYTES ? [] : [`s3://${bucket}/${key} has ${size} bytes, more than ${MAX_FILE_BYTES}`],
  ];
}

/** @throws ChangedFile if a file is not as it was listed */
async function readFiles(task: Task, s3: S3Client, user: ListedUser, files: readonly UseFile[]): Promise<Use[]> {
  const uses = new Map<string, Use>();
  const problems = new Array<string>();
  for (const file of files) {
    if (problems.length > SHOWN_PROBLEMS) break;
    const name = `s3://${user.bucket}/${file.key}`;
    task.progress(`reading ${name}`);
    let line = 0;
    for await (const text of linesOf(task, s3, user, file)) {
      const parsed = parseLine(text, `${name}, line ${++line}`);
      if (typeof parsed === 'string') problems.push(parsed);
      else if (parsed && parseEcrImage(parsed.image) && !uses.has(parsed.image)) uses.set(parsed.image, { usedBy: name, ...parsed });
      if (problems.length > SHOWN_PROBLEMS) break;
    }
  }
  if (problems.length > 0) throw new UseListError(summaryOf(problems), 'correct the program that writes the files');
  return [...uses.values()];
}

function parseLine(text: string | undefined, at: string): ListedImage | string | undefined {
  return text === undefined ? `${at}: the line must have at most ${MAX_LINE_BYTES} bytes` : parseUseLine(text, at);
}

/** Returns the lines of a file one by one, undefined for a line that is too long. Keeps no more than one line and one chunk. */
async function* linesOf(task: Task, s3: S3Client, { bucket: Bucket }: ListedUser, file: UseFile): AsyncGenerator<string | undefined> {
  let rest = new Uint8Array();
  let isTooLong = false;
  let size = 0;
  const take = (bytes: Uint8Array): string | undefined => {
    const isValid = !isTooLong && bytes.length <= MAX_LINE_BYTES;
    isTooLong = false;
    return isValid ? Buffer.from(bytes).toString('utf8') : undefined;
  };
  for await (const chunk of chunksOf(task, s3, Bucket, file)) {
    size += chunk.length;
    let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE)) {
      yield take(bytes.subarray(0, end));
      bytes = bytes.subarray(end + 1);
    }
    if (bytes.length > MAX_LINE_BYTES) isTooLong = true;
    rest = isTooLong ? new Uint8Array() : Uint8Array.from(bytes);
  }
  if (rest.length > 0 || isTooLong) yield take(rest);
  if (size !== file.size) throw new ChangedFile(`s3://${Bucket}/${file.key} was cut off`);
}

/** @throws ChangedFile if the file is not complete and as it was listed */
async function* chunksOf(task: Task, s3: S3Client, Bucket: string, { key: Key, eTag: IfMatch }: UseFile): AsyncGenerator<Uint8Array> {
  // a caller without permission to list the whole bucket is denied a key that does not exist
  const isGone = async () => {
    const page = await sendCommand(task, s3, ListObjectsV2Command, { Bucket, Prefix: Key, MaxKeys: 1 });
    return page?.Contents?.[0]?.Key !== Key;
  };
  const answer = await sendCommand(task, s3, GetObjectCommand, { Bucket, Key, IfMatch }, isGone).catch((error: unknown) => {
    if (!isNamed(error, 'PreconditionFailed', 'NoSuchKey')) throw error;
  });
  if (!answer?.Body) throw new ChangedFile(`s3://${Bucket}/${Key} was replaced or deleted while it was read`);
  try {
    yield* answer.Body as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (task.signal.aborted) throw error;
    throw new ChangedFile(`s3://${Bucket}/${Key} could not be read to its end`, { cause: error });
  }
}

function place({ bucket, keyPattern }: ListedUser): string {
  return `s3://${bucket}/${keyPattern}`;
}

function summaryOf(problems: readonly string[]): string {
  const rest = problems.length - SHOWN_PROBLEMS;
  return `${problems.slice(0, SHOWN_PROBLEMS).join('; ')}${rest > 0 ? '; and more' : ''}`;
}
