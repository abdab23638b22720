/** A local Amazon S3 that stores the objects of handlers. Behavior and sources: README.md. */
import { createHash } from 'node:crypto';
import { ObjectReply, s3Wire } from './s3-wire';
import { AwsError } from '../local-ecr/aws-error';
import { Input, LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';

interface StoredObject {
  readonly text: string;
  readonly contentType: string;
  readonly modified: Date;
}

interface ObjectInput {
  readonly Bucket: string;
  readonly Key: string;
}

export class LocalS3 extends LocalService {
  static async start(options: LocalServiceOptions = {}): Promise<LocalS3> {
    const s3 = new LocalS3(options);
    await s3.listen();
    return s3;
  }

  /** Maximum number of keys in a page of a list. */
  pageSize = 1000;
  private readonly buckets = new Map<string, Map<string, StoredObject>>();

  private constructor(options: LocalServiceOptions) {
    super(s3Wire, options);
  }

  /** Creates the bucket if it does not exist. */
  bucket(name: string): void {
    if (!this.buckets.has(name)) this.buckets.set(name, new Map());
  }

  /** Deletes the bucket with all objects. */
  deleteBucket(name: string): void {
    if (!this.buckets.delete(name)) throw new Error(`no bucket ${name}`);
  }

  /** Writes an object without a call; undefined deletes it. */
  edit(bucket: string, key: string, text: string | undefined): void {
    if (text === undefined) this.existing(bucket).delete(key);
    else this.existing(bucket).set(key, { text, contentType: 'application/json', modified: this.now() });
  }

  /** The texts of a bucket by key, in the order they were first written; empty when it does not exist. */
  objects(bucket: string): Map<string, string> {
    return new Map([...this.buckets.get(bucket) ?? []].map(([key, { text }]) => [key, text]));
  }

  /** Creates or replaces an object. */
  seed(bucket: string, key: string, text: string): void {
    this.existing(bucket).set(key, { text, contentType: 'application/octet-stream', modified: this.now() });
  }

  /** Deletes an object. */
  remove(bucket: string, key: string): void {
    if (!this.existing(bucket).delete(key)) throw new Error(`no object ${key} in ${bucket}`);
  }

  protected perform(request: ServiceRequest): object {
    const { operation, input, fault } = request;
    if (fault?.kind === 'kms' || fault?.kind === 'imageFailure') throw new Error(`${operation} cannot act out the fault "${fault.kind}"`);
    if (operation === 'ListObjectsV2') return this.listObjects(request);
    const { Bucket: bucket, Key: key } = input as unknown as ObjectInput;
    if (this.readings.isOther('missing-bucket-denied')) this.existing(bucket);
    const actions = [`s3:${operation}`, ...operation === 'PutObject' && input.IfMatch !== undefined ? ['s3:GetObject'] : []];
    this.principals.authorise(request.accessKeyId, actions.map(action => ({ action, resource: `arn:aws:s3:::${bucket}/${key}` })));
    if (operation === 'DeleteObject') return this.deleteObject(bucket, key, input);
    return operation === 'PutObject' ? this.putObject(bucket, key, input) : this.getObject(bucket, key, request);
  }

  private putObject(bucket: string, key: string, { Body: text, ContentType, IfMatch, IfNoneMatch }: Input): ObjectReply {
    const objects = this.existing(bucket);
    if (Buffer.byteLength(key) > 1024) throw new AwsError('KeyTooLongError', 'Your key is too long');
    if (IfNoneMatch !== undefined && IfNoneMatch !== '*') {
      throw new AwsError(
        'NotImplemented', 'A header you provided implies functionality that is not implemented', 501, { Header: 'If-None-Match' },
      );
    }
    if (IfNoneMatch === '*' && objects.has(key)) throw preconditionFailed('If-None-Match');
    const current = objects.get(key);
    if (IfMatch !== undefined && !current) throw noSuchKey(key);
    if (current) throwUnlessMatched(current, IfMatch);
    const contentType = String(ContentType ?? 'application/octet-stream');
    objects.set(key, { text: String(text), contentType, modified: this.now() });
    return { etag: etagOf(String(text)) };
  }

  /** A key that does not exist is success. */
  private deleteObject(bucket: string, key: string, { IfMatch, IfNoneMatch }: Input): ObjectReply {
    if ((IfMatch ?? IfNoneMatch) !== undefined) throw new Error('conditions of DeleteObject are not modelled');
    this.existing(bucket).delete(key);
    return {};
  }

  private getObject(bucket: string, key: string, { accessKeyId, input }: ServiceRequest): ObjectReply {
    if (input.IfNoneMatch !== undefined) throw new Error('If-None-Match of GetObject is not modelled');
    const found = this.existing(bucket).get(key);
    if (found) {
      throwUnlessMatched(found, input.IfMatch);
      return { etag: etagOf(found.text), contentType: found.contentType, body: found.text };
    }
    if (!this.principals.permits(accessKeyId, { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}` })) {
      throw new AwsError('AccessDenied', 'Access Denied', 403);
    }
    throw noSuchKey(key);
  }

  private listObjects({ input, accessKeyId }: ServiceRequest): object {
    const { Bucket: bucket, ContentType: _type, 'list-type': _version, ...query } = input as Record<string, string>;
    const { prefix = '', delimiter, 'max-keys': maxKeys, 'start-after': startAfter, 'continuation-token': token, ...rest } = query;
    this.principals.authorise(accessKeyId, [
      { action: 's3:ListBucket', resource: `arn:aws:s3:::${bucket}`, context: 'prefix' in query ? { 's3:prefix': prefix } : {} },
    ]);
    if (Object.keys(rest).length > 0) throw new Error(`${Object.keys(rest).join(', ')} of ListObjectsV2 is not modelled`);
    const from = token ?? startAfter ?? '';
    const size = Math.min(this.pageSize, Number(maxKeys ?? 1000));
    const sorted = [...this.existing(bucket)].filter(([key]) => key.startsWith(prefix)).sort(([one], [other]) => inUtf8(one, other));
    const isAfter = (key: string) => inUtf8(key, from) > 0 && !(token?.endsWith(delimiter ?? '\0') && key.startsWith(token));
    const entries = new Map<string, StoredObject | undefined>();
    for (const [key, object] of sorted.filter(([name]) => isAfter(name))) {
      const end = delimiter === undefined ? -1 : key.indexOf(delimiter, prefix.length);
      if (end < 0) entries.set(key, object);
      else entries.set(key.slice(0, end + delimiter!.length), undefined);
    }
    const objects = [...entries];
    const page = objects.slice(0, size);
    return {
      Name: bucket,
      Prefix: prefix,
      MaxKeys: size,
      KeyCount: page.length,
      IsTruncated: page.length < objects.length,
      ...page.length < objects.length ? { NextContinuationToken: page.at(-1)?.[0] } : {},
      ...delimiter === undefined ? {} : { Delimiter: delimiter },
      Contents: page.flatMap(([Key, object]) => object === undefined ? [] : [{
        Key,
        LastModified: object.modified.toISOString(),
        ETag: etagOf(object.text),
        Size: Buffer.byteLength(object.text),
        StorageClass: 'STANDARD',
      }]),
      CommonPrefixes: page.flatMap(([Prefix, object]) => object === undefined ? [{ Prefix }] : []),
    };
  }

  private existing(bucket: string): Map<string, StoredObject> {
    const objects = this.buckets.get(bucket);
    if (!objects) throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', 404, { BucketName: bucket });
    return objects;
  }
}

/** The order of ListObjectsV2 (API reference), which is not that of UTF-16 code units. */
function inUtf8(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function throwUnlessMatched({ text }: StoredObject, etag: unknown): void {
  if (etag !== undefined && etag !== '*' && etag !== etagOf(text)) throw preconditionFailed('If-Match');
}

function preconditionFailed(Condition: string): AwsError {
  return new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412, { Condition });
}

function noSuchKey(Key: string): AwsError {
  return new AwsError('NoSuchKey', 'The specified key does not exist.', 404, { Key });
}

function etagOf(text: string): string {
  return `"${createHash('md5').update(text).digest('hex')}"`;
}
