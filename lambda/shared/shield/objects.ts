import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { sendCommand } from '../aws/send-command';
import { isNamed } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** Larger objects are not read, so that memory use has a bound. The state of 50,000 images has about 20 MB. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface ReadObject {
  readonly text: string;
  readonly etag: string;
}

export interface ReadLines {
  readonly lines: AsyncIterable<string>;
  readonly etag: string;
}

/** The objects of an image shield. */
export class ShieldObjects {
  constructor(private readonly task: Task, private readonly s3: S3Client, readonly bucket: string) {}

  /** Returns undefined if the object does not exist. */
  async read(key: string): Promise<ReadObject | undefined> {
    const answer = await this.get(key);
    return answer && { text: await answer.Body?.transformToString() ?? '', etag: answer.ETag ?? '' };
  }

  /** Returns the lines of an object, of which only a few are in memory at a time; undefined if it does not exist. */
  async readLines(key: string): Promise<ReadLines | undefined> {
    const answer = await this.get(key);
    return answer && { lines: linesOf(answer.Body as AsyncIterable<Uint8Array> | undefined), etag: answer.ETag ?? '' };
  }

  private async get(key: string): Promise<GetObjectCommandOutput | undefined> {
    this.task.progress(`reading ${this.nameOf(key)}`);
    try {
      const answer = await sendCommand(this.task, this.s3, GetObjectCommand, { Bucket: this.bucket, Key: key });
      if ((answer?.ContentLength ?? 0) > MAX_BYTES) throw new Error(`${this.nameOf(key)} has more than ${MAX_BYTES} bytes`);
      return answer;
    } catch (error) {
      if (isNamed(error, 'NoSuchKey')) return undefined;
      throw error;
    }
  }

  async write(key: string, text: string): Promise<void> {
    await this.put(key, text, {});
  }

  /**
   * Writes an object only if it is still the one that was read, or if it does not exist.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
   *
   * @param etag ETag of the object that was read; undefined if there was none
   * @returns whether it was written. A lost response can return false after a write, so the caller reads the object again
   */
  async writeIf(key: string, body: string | Uint8Array, etag: string | undefined): Promise<boolean> {
    try {
      await this.put(key, body, etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag });
      return true;
    } catch (error) {
      if (isNamed(error, 'PreconditionFailed', 'ConditionalRequestConflict', 'NoSuchKey')) return false;
      throw error;
    }
  }

  /** Returns the keys with a prefix, page by page. */
  async* keys(prefix: string): AsyncGenerator<string> {
    let ContinuationToken: string | undefined;
    do {
      this.task.progress(`listing ${this.nameOf(prefix)}`);
      const input = { Bucket: this.bucket, Prefix: prefix, ContinuationToken };
      const page = await sendCommand(this.task, this.s3, ListObjectsV2Command, input);
      for (const { Key } of page?.Contents ?? []) if (Key !== undefined) yield Key;
      ContinuationToken = page?.NextContinuationToken;
    } while (ContinuationToken);
  }

  /** Returns all keys with a prefix, for a number of objects that has a bound. */
  async allKeys(prefix: string): Promise<string[]> {
    const keys = new Array<string>();
    for await (const key of this.keys(prefix)) keys.push(key);
    return keys;
  }

  private async put(
    key: string, Body: string | Uint8Array, condition: { readonly IfMatch?: string; readonly IfNoneMatch?: string },
  ): Promise<void> {
    this.task.progress(`writing ${this.nameOf(key)}`);
    const input = { Bucket: this.bucket, Key: key, Body, ContentType: 'application/json', ...condition };
    await sendCommand(this.task, this.s3, PutObjectCommand, input);
  }

  private nameOf(key: string): string {
    return `s3://${this.bucket}/${key}`;
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array> | undefined): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let parts = new Array<string>();
  for await (const chunk of chunks ?? []) {
    const [first, ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    parts.push(first);
    if (others.length === 0) continue;
    yield parts.join('');
    parts = [others.pop()!];
    yield* others;
  }
  parts.push(decoder.decode());
  const last = parts.join('');
  if (last !== '') yield last;
}
