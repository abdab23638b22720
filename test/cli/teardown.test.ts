import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accountForEachTest } from './teardown-account';

const account = accountForEachTest();
const row = { action: 'DELETE', kept: 0, refusals: [] };
const sizes = (images: number) => Array.from({ length: images }, (_, index) => 10_000_001 + index).reduce((sum, size) => sum + size, 0);

test('teardown deletes a repository with all images, and reports it as absent in the next run', async () => {
  account().ecr.seed({ repositoryName: 'team/app', images: 40, kind: 'nested', archived: 8 });
  const { status, rows, stderr } = await account().rows(['team/app', '--yes']);
  expect([status, stderr]).toEqual([0, 'note: deleted \'team/app\' in us-east-1 with 40 images\n']);
  expect(rows)
    .toEqual([{ ...row, repository: 'team/app', region: 'us-east-1', outcome: 'DONE', images: 40, bytes: expect.any(Number) as number }]);
  expect(rows[0].bytes).toBeGreaterThan(400_000_000);
  expect(account().ecr.repository('team/app').exists).toBe(false);
  expect(account().operations).toEqual([
    'DescribeRepositories', 'ListTagsForResource', 'DescribeImages', 'ListTagsForResource', 'DeleteRepository', 'DescribeRepositories',
  ]);

  const again = await account().rows(['team/app', '--yes']);
  expect([again.status, again.rows])
    .toEqual([0, [{ ...row, repository: 'team/app', region: 'us-east-1', outcome: 'ABSENT', images: 0, bytes: 0 }]]);
  expect(again.stderr).toBe('warning: repository \'team/app\' not found in us-east-1. If it exists, check its name,'
    + ' --region, and your AWS profile\n');
});

test('a dry run makes only calls that read, and lists the repositories in the order of the command line', async () => {
  for (const [repositoryName, images] of [['b', 3], ['a', 0], ['c', 2]] as const) {
    account().ecr.seed({ repositoryName: `${repositoryName}-app`, images, kind: 'flat' });
  }
  const { status, rows, stderr } = await account().rows(['b-app', 'a-app', 'c-app', 'b-app', '--dry-run', '--audit', 'removed.jsonl']);
  expect([status, stderr]).toEqual([0, '']);
  expect(rows).toEqual(([['b-app', 3], ['a-app', 0], ['c-app', 2]] as const).map(([repository, images]) =>
    ({ ...row, repository, region: 'us-east-1', outcome: 'WOULD', images, bytes: sizes(images) })));
  expect(account().writes).toEqual([]);
  expect(() => readFileSync(join(account().line.folder, 'removed.jsonl'))).toThrow('ENOENT');
});

test('teardown prints a table with a summary', async () => {
  account().ecr.seed({ repositoryName: 'team/app', images: 1200, kind: 'flat' });
  account().ecr.seed({ repositoryName: 'base', images: 1, kind: 'flat' });
  const { status, stdout } = await account().teardown(['team/app', 'base', 'absent', '--max-images', '1000', '--dry-run']);
  expect(status).toBe(1);
  expect(stdout).toBe([
    'to delete: 1 repository with 1 image (10.0 MB)',
    'refused: 1 repository',
    'absent: 1 repository',
    '',
    '  OUTCOME    IMAGES  SIZE     NEWEST PUSH       REGION     REPOSITORY  REASON',
    '  refused    1200    12.0 GB  2026-01-01 00:20  us-east-1  team/app    it holds 1200 images, more than its maxImages of 1000',
    '  to delete  1       10.0 MB  2026-01-01 00:00  us-east-1  base',
    '  absent     -       -        -                 us-east-1  absent',
    '',
  ].join('\n'));
  const done = await account().teardown(['base', '--yes']);
  expect(done).toEqual({
    status: 0,
    stderr: 'note: deleted \'base\' in us-east-1 with 1 image\n',
    stdout: 'deleted: 1 repository with 1 image (10.0 MB)\n\n  OUTCOME  IMAGES  SIZE     NEWEST PUSH       REGION     REPOSITORY\n'
      + '  deleted  1       10.0 MB  2026-01-01 00:00  us-east-1  base\n',
  });
});

describe('with several Regions,', () => {
  const regions = ['us-east-1', 'eu-west-1'];
  const named = regions.flatMap(region => ['--region', region]);

  test('teardown tries each Region for each name, and warns only about a name that no Region has', async () => {
    for (const region of regions) account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat', region });
    account().ecr.seed({ repositoryName: 'worker', images: 1, kind: 'flat', region: 'eu-west-1' });
    account().ecr.seed({ repositoryName: 'app', images: 9, kind: 'flat', region: 'ap-south-1' });
    const { status, rows, stderr } = await account().rows(['app', 'worker', 'typo', ...named, '--yes']);
    expect(status).toBe(0);
    expect(rows.map(({ repository, region, outcome, images }) => [repository, region, outcome, images])).toEqual([
      ['app', 'us-east-1', 'DONE', 2], ['app', 'eu-west-1', 'DONE', 2],
      ['worker', 'us-east-1', 'ABSENT', 0], ['worker', 'eu-west-1', 'DONE', 1],
      ['typo', 'us-east-1', 'ABSENT', 0], ['typo', 'eu-west-1', 'ABSENT', 0],
    ]);
    expect(stderr.match(/^warning: .*/gm)).toEqual([
      'warning: repository \'typo\' not found in us-east-1, eu-west-1. If it exists, check its name,'
        + ' --region, and your AWS profile',
    ]);
    expect(account().ecr.images('app', { region: 'ap-south-1' })).toBe(9);
  });

  test.each([['--yes', 'DONE'], ['--dry-run', 'WOULD']])('teardown --fail-on-absent %s exits with 1 if no Region has a name',
    async (option, outcome) => {
      account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
      const absent = await account().rows(['app', 'typo', ...named, '--fail-on-absent', option]);
      expect([absent.status, absent.rows.map(row_ => row_.outcome)]).toEqual([1, [outcome, 'ABSENT', 'ABSENT', 'ABSENT']]);
      expect(absent.stderr).toMatch(/\nerror: repository 'typo' not found \(--fail-on-absent\)\n$/);
    });

  test('teardown --fail-on-absent exits with 0 if one Region has the name', async () => {
    account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
    const { status, rows } = await account().rows(['app', ...named, '--fail-on-absent', '--yes']);
    expect([status, rows.map(row_ => row_.outcome)]).toEqual([0, ['DONE', 'ABSENT']]);
  });

  test('a Region that denies access does not stop the other Region', async () => {
    for (const region of regions) account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat', region });
    account().ecr.faults.add({ kind: 'accessDenied', region: 'us-east-1', times: Infinity });
    const { status, rows, stderr } = await account().rows(['app', ...named, '--yes']);
    expect(status).toBe(1);
    expect(rows).toEqual([
      {
        ...row,
        repository: 'app',
        region: 'us-east-1',
        outcome: 'FAILED',
        images: 0,
        bytes: 0,
        error: expect.stringMatching(/^access denied to ecr:DescribeRepositories on repository 'app': User: /) as string,
      },
      { ...row, repository: 'app', region: 'eu-west-1', outcome: 'DONE', images: 2, bytes: sizes(2) },
    ]);
    expect(stderr).toContain('\nerror: 1 of 2 repositories failed: \'app\' in us-east-1\n');
  });

  test('teardown tries a Region that does not respond only for the first name', async () => {
    for (const region of regions) {
      for (const repositoryName of ['app', 'worker']) account().ecr.seed({ repositoryName, images: 2, kind: 'flat', region });
    }
    account().ecr.faults.add({ kind: 'reset', region: 'us-east-1', times: Infinity });
    const { status, rows } = await account().rows(['app', 'worker', ...named, '--yes']);
    expect([status, rows.map(({ outcome }) => outcome)]).toEqual([1, ['FAILED', 'DONE', 'FAILED', 'DONE']]);
    expect(rows[2].error).toMatch(/^repository 'worker': ecr:DescribeRepositories failed: /);
    expect(account().ecr.calls.filter(({ region }) => region === 'us-east-1')).toHaveLength(10);
  });
});

test('a repository that cannot be deleted does not stop the next repository', async () => {
  for (const repositoryName of ['app', 'worker']) account().ecr.seed({ repositoryName, images: 2, kind: 'flat' });
  account().ecr.faults.add({ kind: 'accessDenied', operation: 'DeleteRepository' });
  const { status, rows, stderr } = await account().rows(['app', 'worker', '--yes']);
  expect([status, rows.map(({ outcome, images }) => [outcome, images])]).toEqual([1, [['FAILED', 0], ['DONE', 2]]]);
  expect(rows[0].error).toMatch(/^access denied to ecr:DeleteRepository on repository 'app': /);
  expect(stderr).toContain('error: 1 of 2 repositories failed: \'app\' in us-east-1\n');
});

test('teardown retries after throttling and temporary failures', async () => {
  account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
  account().ecr.faults.add({ kind: 'throttle', operation: 'DeleteRepository' }, { kind: 'serverError', operation: 'DescribeImages' });
  expect((await account().rows(['app', '--yes'])).rows[0].outcome).toBe('DONE');
});

test('missing credentials or a missing Region are reported once', async () => {
  const without = (env: Record<string, string>) => account().teardown(['app', 'worker', '--yes'], { env });
  const { status, stdout, stderr } = await without({ AWS_ACCESS_KEY_ID: '' });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^error: no AWS credentials: .*\n$/);
  expect(await without({ AWS_REGION: '' }))
    .toEqual({ status: 1, stdout: '', stderr: 'error: no Region. Specify one with --region, AWS_REGION, or your AWS profile\n' });
});

test('teardown needs exactly the permissions in --help', async () => {
  const arn = 'arn:aws:ecr:us-east-1:000000000000:repository/app';
  const actions = ['ecr:DescribeRepositories', 'ecr:ListTagsForResource', 'ecr:DescribeImages', 'ecr:DeleteRepository', 'ecr:ListImages'];
  account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
  account().ecr.principal('person', { policy: [{ Effect: 'Allow', Action: actions, Resource: arn }] });
  const { status } = await account().teardown(['app', '--max-images', '2', '--yes'], { env: { AWS_ACCESS_KEY_ID: 'person' } });
  expect(status).toBe(0);
  expect([...new Set(account().ecr.granted('person').map(({ action }) => action))].sort()).toEqual([...actions].sort());
});

test('a named repository that a stack has marked is deleted with a warning', async () => {
  account().ecr.seed({ repositoryName: 'app', tags: { 'cdk-ecr-keeper:teardown-by': 'uuid:Id' } });
  const { status, stderr } = await account().teardown(['app', '--yes']);
  expect(status).toBe(0);
  expect(stderr).toContain('warning: \'app\' in us-east-1: it belongs to a stack (its tag cdk-ecr-keeper:teardown-by is uuid:Id)\n');
});

describe('the audit', () => {
  const lines = (file = 'removed.jsonl') => readFileSync(join(account().line.folder, file), 'utf8').split('\n').filter(Boolean)
    .map(text => JSON.parse(text) as Record<string, unknown>);

  test.each([
    ['DeleteRepository', []], ['BatchDeleteImage', ['--empty']],
  ])('is appended to the file completely before %s', async (operation, args) => {
    account().ecr.seed({ repositoryName: 'app', images: 1100, kind: 'flat' });
    account().line.write('removed.jsonl', '{"earlier":true}\n');
    let before = 0;
    account().ecr.onCall = call => { if (call.operation === operation) before ||= lines().length; };
    expect((await account().teardown(['app', '--yes', '--audit', 'removed.jsonl', ...args])).status).toBe(0);
    expect(before).toBe(1101);
    expect(lines()).toHaveLength(1101);
    expect(lines()[1]).toEqual({
      action: 'REMOVE_IMAGE',
      repositoryArn: 'arn:aws:ecr:us-east-1:000000000000:repository/app',
      imageDigest: expect.stringMatching(/^sha256:/) as string,
      imageTags: ['v1'],
      imageSizeInBytes: 10_000_001,
      imagePushedAt: '2026-01-01T00:00:01.000Z',
    });
  });

  test('prevents every removal if its file cannot be opened', async () => {
    account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
    expect(await account().teardown(['app', '--yes', '--audit', 'no/such/folder.jsonl']))
      .toEqual({ status: 1, stdout: '', stderr: 'error: cannot write no/such/folder.jsonl: no such folder. Create it first\n' });
    expect(account().ecr.calls).toEqual([]);
  });

  test('stops the deletion if the disk is full', async () => {
    account().ecr.seed({ repositoryName: 'app', images: 2, kind: 'flat' });
    const { status, rows } = await account().rows(['app', '--yes', '--audit', '/dev/full']);
    expect([status, rows[0].outcome]).toEqual([1, 'FAILED']);
    expect(rows[0].error).toMatch(/^cannot write the audit to \/dev\/full, so no more images were removed: ENOSPC/);
    expect(account().ecr.images('app')).toBe(2);
  });
});
