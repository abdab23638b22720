import { Readable } from 'node:stream';
import { Duration, Stack } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { checkUses, digests, ROLE, startWithImages, tagOf, uri } from './use-scene';
import { ImageUse, ListedImageUseOptions } from '../../../src';
import { account } from '../handler-scene';

const Bucket = 'uses';
const HOURS = 3_600_000;

startWithImages();
beforeEach(() => { account.s3.bucket(Bucket); });

const write = (key: string, ...lines: Array<object | string>) =>
  account.s3.seed(Bucket, key, lines.map(line => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''));
const listed = (keyPattern = 'in-use/*.jsonl', options: ListedImageUseOptions = {}) => (scope: Stack) =>
  ImageUse.listed(s3.Bucket.fromBucketName(scope, 'Uses', Bucket), keyPattern, options);
const check = (...options: Parameters<typeof listed>) => checkUses(listed(...options));
const operations = (name: string) => account.s3.calls.filter(({ operation }) => operation === name);
const refusal = (problem: string, advice: string, pattern = 'in-use/*.jsonl') =>
  'Repository \'team/app\': its images may be in use, because workloads cannot be read from'
  + ` s3://uses/${pattern}. Nothing was changed. To fix this, ${advice}, or leave out this ImageUse, then deploy again.\n${problem}`;

describe('an image is in use', () => {
  test('if a file lists its digest, by the workload that the file names', async () => {
    write('in-use/a.jsonl', { image: 'nginx' }, '', { image: uri(`:moved@${digests[0]}`), usedBy: 'prod/shop/web-1', node: 'n' });
    expect(await check()).toMatch(/images in use: 1 image \(\S+ in use by prod\/shop\/web-1 by rule 1\)/);
  });

  test('if a file lists its tag, by the file if that names no workload', async () => {
    write('in-use/a.jsonl', { image: 'nginx' });
    write('in-use/eu/b.jsonl', { image: `docker-pullable://${uri(`:${tagOf(0)}`)}` });
    expect(await check()).toMatch(/\(\S+ in use by s3:\/\/uses\/in-use\/eu\/b\.jsonl by rule 1\)/);
  });

  test('if the last line of a file has no line end', async () => {
    account.s3.seed(Bucket, 'in-use/a.jsonl', JSON.stringify({ image: uri(`@${digests[0]}`) }));
    expect(await check()).toMatch(/1 image/);
  });

  test('not if the files list other images, or nothing', async () => {
    write('in-use/a.jsonl', { image: uri(`@${digests[8]}`) }, { image: `registry.example.com/team/app@${digests[0]}` });
    write('in-use/empty.jsonl');
    write('other/b.jsonl', { image: uri(`@${digests[0]}`) });
    write('in-use/b.json', { image: uri(`@${digests[0]}`) });
    expect(await check()).toBe('passes');
  });

  test('on any page of the list and any chunk of a file', async () => {
    for (let nth = 0; nth < 1_001; nth++) write(`in-use/${nth}.json`, 'not read');
    const others = Array.from({ length: 5_000 }, (_, nth) => ({ image: `registry.example.com/app-${nth}`, usedBy: 'größe' }));
    write('in-use/z.jsonl', ...others, { image: uri(`@${digests[0]}`) });
    expect(await check()).toMatch(/1 image/);
    expect(operations('ListObjectsV2')).toHaveLength(2);
  });
});

describe('the guard refuses', () => {
  const PROGRAM = 'check the program that writes the files, and delete the files of what no longer exists';
  const FORMAT = 'correct the program that writes the files';

  test('if no file matches', async () => {
    write('in-use/a.json', { image: 'nginx' });
    expect(await check()).toBe(refusal('no file matches s3://uses/in-use/*.jsonl', PROGRAM));
  });

  test('the folder that the console creates is not a file', async () => {
    account.s3.seed(Bucket, 'in-use/', '');
    expect(await check('in-use/*')).toBe(refusal('no file matches s3://uses/in-use/*', PROGRAM, 'in-use/*'));
  });

  test('if a file is older than a day, or than maxAge', async () => {
    write('in-use/a.jsonl', { image: 'nginx' });
    account.s3.now = () => new Date(-25 * HOURS);
    write('in-use/old.jsonl', { image: 'nginx' });
    expect(await check())
      .toBe(refusal('s3://uses/in-use/old.jsonl was written 1969-12-30T23:00:00.000Z, more than 86400 seconds ago (maxAge)', PROGRAM));
    expect(await check('in-use/*.jsonl', { maxAge: Duration.hours(26) })).toBe('passes');
    expect(await check('in-use/*.jsonl', { maxAge: Duration.hours(24) })).toContain('more than 86400 seconds ago');
  });

  test('if lines are invalid, and names the first five by file, line, and field', async () => {
    write('in-use/a.jsonl', { image: 'nginx' }, { images: 'nginx' }, 'x'.repeat(4_097), ...Array.from({ length: 2_000 }, () => '{'));
    const reason = await check();
    expect(reason).toContain(refusal('s3://uses/in-use/a.jsonl, line 2: \'image\' must be an image such as', FORMAT));
    expect(reason).toContain('; s3://uses/in-use/a.jsonl, line 3: the line must have at most 4096 bytes; ');
    expect(reason.match(/line \d+:/g)).toEqual(['line 2:', 'line 3:', 'line 4:', 'line 5:', 'line 6:']);
    expect(reason).toMatch(/; and more$/);
  });

  test('if a file has the wrong format from its first byte to its last', async () => {
    account.s3.seed(Bucket, 'in-use/a.jsonl', 'x'.repeat(300_000));
    expect(await check()).toBe(refusal('s3://uses/in-use/a.jsonl, line 1: the line must have at most 4096 bytes', FORMAT));
  });

  test('if more than 1,000 files match', async () => {
    for (let nth = 0; nth < 1_001; nth++) write(`in-use/${nth}.jsonl`, { image: 'nginx' });
    expect(await check()).toBe(refusal('more than 1000 files match s3://uses/in-use/*.jsonl',
      'delete old files, or use a key pattern that matches fewer keys'));
    expect(operations('GetObject')).toEqual([]);
  });

  test.each(['ListObjectsV2', 'GetObject'])('if %s is denied, and says which permissions are missing', async operation => {
    write('in-use/a.jsonl', { image: 'nginx' });
    account.s3.faults.add({ kind: 'accessDenied', operation, times: Infinity });
    expect(await check()).toContain(refusal('User: ', 'let the policy of the bucket, and of its key if it has one, allow s3:ListBucket,'
      + ' s3:GetObject and kms:Decrypt to the role of this function'));
  });

  test('if the bucket does not exist', async () => {
    account.s3.deleteBucket(Bucket);
    expect(await check()).toBe(refusal('The specified bucket does not exist', 'correct the options of the ImageUse'));
  });
});

describe('a file that changes while it is read', () => {
  /** Acts when the files have been listed, the given number of times. */
  const afterList = (times: number, act: (time: number) => void) => {
    let done = 0;
    account.s3.onCall = ({ operation }) => {
      if (operation === 'ListObjectsV2' && done < times) act(++done);
    };
  };

  test('is read again as it is then', async () => {
    write('in-use/a.jsonl', { image: 'nginx' });
    afterList(1, () => write('in-use/a.jsonl', { image: uri(`@${digests[0]}`) }));
    expect(await check()).toMatch(/1 image/);
    expect(operations('GetObject').map(({ outcome }) => outcome)).toEqual(['PreconditionFailed', 'ok']);
  });

  test('is an error if it changes every time', async () => {
    write('in-use/a.jsonl', { image: 'nginx:0' });
    afterList(Infinity, time => write('in-use/a.jsonl', { image: `nginx:${time}` }));
    expect(await check()).toBe(refusal('s3://uses/in-use/a.jsonl was replaced or deleted while it was read, 5 times',
      'write the file less often, then try again'));
  });

  test('is no longer needed if it was deleted, although S3 then denies it', async () => {
    write('in-use/a.jsonl', { image: uri(`@${digests[0]}`) });
    write('in-use/b.jsonl', { image: 'nginx' });
    afterList(1, () => account.s3.remove(Bucket, 'in-use/a.jsonl'));
    expect(await check()).toBe('passes');
    expect(operations('GetObject').map(({ outcome }) => outcome)).toContain('AccessDenied');
  });
});

test.each([['throttle', 5], ['reset', 2]] as const)('calls are repeated after the fault %s', async (kind, times) => {
  write('in-use/a.jsonl', { image: uri(`@${digests[0]}`) });
  for (const operation of ['ListObjectsV2', 'GetObject']) account.s3.faults.add({ kind, operation, times });
  expect(await check()).toMatch(/1 image/);
});

describe('a connection that breaks in the middle of a file', () => {
  /** Lets the first bodies end too early. */
  const cut = (times: number, endOf: (text: string) => Readable) => {
    const client = account.clients(ROLE).s3();
    let done = 0;
    client.middlewareStack.add(next => async args => {
      const result = await next(args);
      const { Body } = result.output as { Body?: { transformToString(): Promise<string> } };
      if (Body && done++ < times) Object.assign(result.output, { Body: endOf(await Body.transformToString()) });
      return result;
    }, { step: 'initialize', name: 'cut' });
  };
  const withoutEnd = (text: string) => Readable.from([Buffer.from(text.slice(0, 20))]);
  const broken = (text: string) => Readable.from((function* () {
    yield Buffer.from(text.slice(0, 20));
    throw new Error('aborted');
  })());

  beforeEach(() => write('in-use/a.jsonl', { image: 'registry.example.com/nginx' }, { image: uri(`@${digests[0]}`) }));

  test.each([
    ['ends early', withoutEnd], ['fails', broken],
  ])('is noticed if the body %s, and the files are read again', async (_how, end) => {
    cut(1, end);
    expect(await check()).toMatch(/1 image/);
    expect(operations('ListObjectsV2')).toHaveLength(2);
  });

  test('is an error if every connection breaks', async () => {
    cut(Infinity, broken);
    expect(await check()).toContain('s3://uses/in-use/a.jsonl could not be read to its end, 5 times');
  });
});

describe('the function may', () => {
  test('read the files, and nothing else in the bucket', async () => {
    write('in-use/a.jsonl', { image: uri(`@${digests[0]}`) });
    await check();
    expect(operations('ListObjectsV2')).toMatchObject([{ input: { prefix: 'in-use/' }, outcome: 'ok' }]);
    expect(account.s3.granted(ROLE)).toEqual(expect.arrayContaining([
      expect.objectContaining({
        action: 's3:ListBucket', resource: 'arn:aws:s3:::uses', condition: { StringLike: { 's3:prefix': 'in-use/*' } },
      }),
      expect.objectContaining({ action: 's3:GetObject', resource: 'arn:aws:s3:::uses/in-use/*' }),
    ]));
  });

  test('list the whole bucket if the pattern begins with a wildcard', async () => {
    write('in-use/a.jsonl', { image: uri(`@${digests[0]}`) });
    expect(await check('*.jsonl')).toMatch(/1 image/);
  });
});
