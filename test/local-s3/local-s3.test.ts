import { Readable } from 'node:stream';
import {
  DeleteObjectCommand, DeleteObjectCommandInput, DeleteObjectsCommand, GetObjectCommand, ListObjectsV2Command, paginateListObjectsV2,
  PutObjectCommand, PutObjectCommandInput, S3Client, S3ClientConfig,
} from '@aws-sdk/client-s3';
import { LocalS3 } from './local-s3';
import type { IamStatement } from '../local-ecr/iam';
import { Principals } from '../local-ecr/principals';
import { errorOf } from '../local-ecr/test-client';

const Bucket = 'reports';
let s3: LocalS3;
let client: S3Client;

const clientOf = (accessKeyId = 'test', config: S3ClientConfig = {}) => new S3Client({
  endpoint: s3.endpoint,
  region: 'us-east-1',
  forcePathStyle: true,
  maxAttempts: 1,
  credentials: { accessKeyId, secretAccessKey: 'test' },
  ...config,
});

beforeEach(async () => {
  s3 = await LocalS3.start();
  s3.bucket(Bucket);
  client = clientOf();
});

afterEach(async () => {
  client.destroy();
  await s3.stop();
});

const put = (Key: string, Body: PutObjectCommandInput['Body'], more: Partial<PutObjectCommandInput> = {}, from = client) =>
  from.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = (Key: string, from = client) => from.send(new GetObjectCommand({ Bucket, Key }));

describe('PutObject', () => {
  test.each(['WHEN_SUPPORTED', 'WHEN_REQUIRED'] as const)('a text is kept as it was sent,'
    + ' with checksums %s', async requestChecksumCalculation => {
    const text = '{"größe": "<1>"}\r\n0\r\n';
    const sender = clientOf('test', { requestChecksumCalculation });
    const { ETag } = await put('a/ü b+c.json', text, { ContentType: 'application/json' }, sender);
    expect(s3.objects(Bucket)).toEqual(new Map([['a/ü b+c.json', text]]));
    const object = await get('a/ü b+c.json');
    expect(object).toMatchObject({ ETag, ContentType: 'application/json' });
    expect(await object.Body!.transformToString()).toBe(text);
    sender.destroy();
  });

  test('decodes a stream of chunks', async () => {
    await put('streamed', Readable.from([Buffer.from('über '), Buffer.from('x'.repeat(100_000))]), { ContentLength: 100_006 });
    expect(s3.objects(Bucket).get('streamed')).toBe(`über ${'x'.repeat(100_000)}`);
  });

  test('replaces an object unless it must not exist', async () => {
    await put('key', 'one');
    await put('key', 'two');
    const error = await errorOf(put('key', 'three', { IfNoneMatch: '*' }));
    expect(error).toMatchObject({ name: 'PreconditionFailed', Condition: 'If-None-Match', $metadata: { httpStatusCode: 412 } });
    expect(s3.objects(Bucket).get('key')).toBe('two');
    await put('new', 'one', { IfNoneMatch: '*' });
    await expect(put('new', 'two', { IfNoneMatch: '"etag"' }))
      .rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  });

  test('replaces an object only if it still has the ETag that the caller read', async () => {
    const { ETag: IfMatch } = await put('key', 'one');
    const { ETag } = await put('key', 'two', { IfMatch });
    expect(await errorOf(put('key', 'three', { IfMatch })))
      .toMatchObject({ name: 'PreconditionFailed', Condition: 'If-Match', $metadata: { httpStatusCode: 412 } });
    expect(s3.objects(Bucket).get('key')).toBe('two');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'key' }));
    expect(await errorOf(put('key', 'three', { IfMatch: ETag }))).toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
    expect(s3.objects(Bucket)).toEqual(new Map());
  });

  test('fails for a missing bucket', async () => {
    s3.deleteBucket(Bucket);
    expect(await errorOf(put('key', 'text')))
      .toMatchObject({ name: 'NoSuchBucket', BucketName: Bucket, $metadata: { httpStatusCode: 404 } });
    expect(s3.objects(Bucket)).toEqual(new Map());
  });

  test('refuses input that AWS would store differently', async () => {
    await expect(put('key', 'text', { ACL: 'public-read' }))
      .rejects.toMatchObject({ message: expect.stringContaining('x-amz-acl is not modelled') });
    await expect(put('k'.repeat(1025), 'text')).rejects.toMatchObject({ name: 'KeyTooLongError' });
    await expect(client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'key' }] } })))
      .rejects.toMatchObject({ name: 'NotImplemented' });
  });
});

describe('DeleteObject', () => {
  const remove = (Key: string, more: Partial<DeleteObjectCommandInput> = {}) =>
    client.send(new DeleteObjectCommand({ Bucket, Key, ...more }));

  test('deletes an object, and succeeds for a missing key', async () => {
    await put('a', 'text');
    await put('b', 'text');
    for (let time = 0; time < 2; time++) expect((await remove('a')).$metadata.httpStatusCode).toBe(204);
    expect([...s3.objects(Bucket).keys()]).toEqual(['b']);
    await expect(remove('b', { IfMatch: '"etag"' })).rejects.toMatchObject({ name: 'LocalServiceDefect' });
    s3.deleteBucket(Bucket);
    await expect(remove('b')).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('reading', () => {
  test('fails for a missing key', async () => {
    expect(await errorOf(get('none'))).toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
  });

  test('returns only the version of an object that the caller listed', async () => {
    const { ETag: IfMatch } = await put('key', 'one');
    const read = (etag: string) => client.send(new GetObjectCommand({ Bucket, Key: 'key', IfMatch: etag }));
    expect(await (await read(IfMatch!)).Body!.transformToString()).toBe('one');
    await put('key', 'two');
    await expect(read(IfMatch!)).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'key', IfNoneMatch: IfMatch })))
      .rejects.toMatchObject({ name: 'LocalServiceDefect' });
  });

  test('lists keys in order, by prefix, and in pages', async () => {
    for (const key of ['b/2', 'b/10', 'a/1', 'b/3']) await put(key, 'text');
    const pages = new Array<(string | undefined)[]>();
    for await (const { Contents } of paginateListObjectsV2({ client, pageSize: 2 }, { Bucket, Prefix: 'b/' })) {
      pages.push(Contents!.map(each => each.Key));
    }
    expect(pages).toEqual([['b/10', 'b/2'], ['b/3']]);
    expect(await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'c/' }))).toMatchObject({ KeyCount: 0, IsTruncated: false });
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, StartAfter: 'b/2' }));
    expect(Contents).toMatchObject([{ Key: 'b/3', Size: 4, LastModified: expect.any(Date) }]);
    await expect(client.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' })))
      .rejects.toMatchObject({ name: 'LocalServiceDefect' });
  });

  test('lists the folders below a prefix, each once, in pages', async () => {
    for (const key of ['a/1', 'b', 'a/2', 'c/1/x', 'c/2', 'top/a/1']) await put(key, 'text');
    const pages = new Array<Array<string | undefined>>();
    const pagesOf = paginateListObjectsV2({ client, pageSize: 2 }, { Bucket, Delimiter: '/' });
    for await (const { Contents = [], CommonPrefixes = [] } of pagesOf) {
      pages.push([...CommonPrefixes.map(({ Prefix }) => Prefix), ...Contents.map(({ Key }) => Key)]);
    }
    expect(pages).toEqual([['a/', 'b'], ['c/', 'top/']]);
    expect((await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'c/', Delimiter: '/' }))))
      .toMatchObject({ CommonPrefixes: [{ Prefix: 'c/1/' }], Contents: [{ Key: 'c/2' }], KeyCount: 2 });
  });
});

describe('IAM', () => {
  const may = (Action: string, Resource: string): IamStatement => ({ Effect: 'Allow', Action, Resource });
  const denied = { name: 'AccessDenied', $metadata: expect.objectContaining({ httpStatusCode: 403 }) };

  test('checks s3:PutObject on the object', async () => {
    s3.principal('test', { policy: [may('s3:PutObject', `arn:aws:s3:::${Bucket}/runs/*`)] });
    await put('runs/1.json', 'text');
    await expect(put('other.json', 'text')).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining(`not authorized to perform: s3:PutObject on resource: arn:aws:s3:::${Bucket}/other.json because`),
    });
    await expect(get('runs/1.json')).rejects.toMatchObject(denied);
    await expect(client.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(denied);
    expect(s3.granted('test')).toMatchObject([{ action: 's3:PutObject' }]);
  });

  test('checks s3:GetObject too when a write depends on the ETag, and s3:DeleteObject', async () => {
    const { ETag: IfMatch } = await put('key', 'one');
    const write = may('s3:PutObject', `arn:aws:s3:::${Bucket}/*`);
    s3.principal('test', { policy: [write] });
    await expect(put('key', 'two', { IfMatch })).rejects.toMatchObject({ ...denied, message: expect.stringContaining('s3:GetObject') });
    s3.principal('test', { policy: [write, may('s3:GetObject', `arn:aws:s3:::${Bucket}/*`)] });
    await put('key', 'two', { IfMatch });
    const removal = () => client.send(new DeleteObjectCommand({ Bucket, Key: 'key' }));
    await expect(removal()).rejects.toMatchObject(denied);
    s3.principal('test', { policy: [may('s3:DeleteObject', `arn:aws:s3:::${Bucket}/key`)] });
    await removal();
  });

  test('checks s3:ListBucket with the prefix', async () => {
    s3.principal('test', {
      policy: [{ ...may('s3:ListBucket', `arn:aws:s3:::${Bucket}`), Condition: { StringEquals: { 's3:prefix': 'runs/' } } }],
    });
    await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'runs/' }));
    for (const Prefix of [undefined, 'runs', 'runs/1']) {
      await expect(client.send(new ListObjectsV2Command({ Bucket, Prefix }))).rejects.toMatchObject(denied);
    }
  });

  test('hides a missing key from a caller without permission to list', async () => {
    s3.principal('test', { policy: [may('s3:GetObject', `arn:aws:s3:::${Bucket}/*`)] });
    await expect(get('none')).rejects.toMatchObject(denied);
    s3.principal('test', { policy: [may('s3:GetObject', `arn:aws:s3:::${Bucket}/*`), may('s3:ListBucket', `arn:aws:s3:::${Bucket}`)] });
    await expect(get('none')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('accepts the principals of another fake', async () => {
    const principals = new Principals();
    const shared = await LocalS3.start({ principals });
    shared.bucket(Bucket);
    principals.define('test', { policy: [may('s3:GetObject', '*')] });
    const caller = clientOf('test', { endpoint: shared.endpoint });
    await expect(put('key', 'text', {}, caller)).rejects.toMatchObject(denied);
    caller.destroy();
    await shared.stop();
  });
});

describe('control', () => {
  test.each([
    ['throttle', 'SlowDown', 503],
    ['serverError', 'InternalError', 500],
    ['accessDenied', 'AccessDenied', 403],
  ] as const)('the fault %s results in %s without an effect', async (kind, name, httpStatusCode) => {
    s3.faults.add({ kind, operation: 'PutObject' });
    expect(await errorOf(put('key', 'text'))).toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(s3.objects(Bucket).size).toBe(0);
  });

  test('the SDK retries, and the log contains the bucket, the key, and the text', async () => {
    s3.faults.add({ kind: 'throttle' });
    await put('key', 'text', {}, clientOf('test', { maxAttempts: 2 }));
    expect(s3.calls).toMatchObject([
      { operation: 'PutObject', outcome: 'ThrottlingException' },
      { operation: 'PutObject', input: { Bucket, Key: 'key', Body: 'text' }, outcome: 'ok' },
    ]);
  });
});
