import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Schema, violations } from './json-schema';
import { reportAccountForEachTest, REGION } from './report-account';
import { csvCell } from '../../cli/report/output/csv-rows';
import { policyFile } from '../../cli/report/output/policy-files';
import type { RegistryReport } from '../../cli/report/registry-report';
import { parseLifecyclePolicy } from '../../src/core/lifecycle/parse';

jest.mock('../../cli/report/page/render-registry-page', () => ({ renderRegistryPage: JSON.stringify }));

const account = reportAccountForEachTest();
const DAY = 86_400_000;
// In the middle of a day, so that two reports of the same second never have different days.
const ago = (days: number) => new Date(Date.now() - (days + 0.5) * DAY);

function schema(): Schema {
  const text = readFileSync(join(__dirname, '..', '..', 'docs', 'reference', 'report-json.md'), 'utf8');
  return JSON.parse(/```json\n(.*)```/s.exec(text)![1]) as Schema;
}

function lifecyclePolicyText(selection: object): string {
  return JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
}

/** Repositories with every kind of figures. */
function seed(): void {
  const ecr = account().ecr;
  ecr.seed({
    repositoryName: 'app',
    scanOnPush: true,
    lifecyclePolicyText: lifecyclePolicyText({ tagStatus: 'any', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 80 }),
  });
  ecr.addImage({ repositoryName: 'app', tags: ['v1', 'prod'], pushedAt: ago(200), lastRecordedPullTime: ago(1) });
  ecr.addImage({ repositoryName: 'app', tags: ['v2'], pushedAt: ago(60) });
  for (let nth = 0; nth < 40; nth++) {
    ecr.addImage({ repositoryName: 'app', pushedAt: ago(300 - nth), status: nth % 2 ? 'ARCHIVED' : 'ACTIVE' });
  }
  ecr.scanning('BASIC', 'SCAN_ON_PUSH');
  ecr.seed({
    repositoryName: 'counted',
    images: 30,
    kind: 'multiArch',
    lifecyclePolicyText: lifecyclePolicyText({ tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 2 }),
  });
  ecr.seed({ repositoryName: 'empty' });
  ecr.seed({ repositoryName: 'plain', images: 3, kind: 'referrers' });
  account().ecrPublic.seed({ repositoryName: 'gallery', images: 2, kind: 'flat' });
}

test('the JSON output follows the schema in docs/reference/report-json.md, and describes all of its members', async () => {
  seed();
  account().ecr.faults.add({ kind: 'accessDenied', operation: 'DescribeImages', times: 1 });
  const { status, stdout } = await account().run(['--public', '--region', REGION, 'eu-west-1', '--in-use', '--json', 'report.json']);
  expect([status, stdout.startsWith(`account 000000000000, ${REGION}, eu-west-1, public: 5 repositories`)]).toEqual([3, true]);
  const json = JSON.parse(account().read('report.json')) as { repositories: { policy?: { kind: string } }[] };
  expect(violations(json, schema())).toEqual([]);
  expect(new Set(json.repositories.map(({ policy }) => policy?.kind))).toEqual(new Set(['policy', 'none', 'unknown', undefined]));
});

test('the published schema is that of the page', () => {
  const published = readFileSync(join(__dirname, '..', '..', 'docs', 'public', 'schemas', 'report.json'), 'utf8');
  expect(JSON.parse(published)).toEqual(schema());
});

test('the CSV output says what the policy does next to each image', async () => {
  seed();
  await account().run(['--csv', 'images.csv']);
  const cells = account().read('images.csv').split('\r\n').slice(1, -1).map(line => line.split(',')).filter(line => line[1] === 'app');
  const [, v1, v2] = ['', 'v1 prod', 'v2'].map(tags => cells.find(line => line[3] === tags)!.slice(-3));
  expect([v1, v2]).toEqual([['true', 'expire', '0'], ['false', 'expire', '20']]);
});

test('the JSON of an empty registry follows the schema', async () => {
  const { stdout } = await account().run(['--json', '-']);
  expect(violations(JSON.parse(stdout), schema())).toEqual([]);
});

test('a check against the schema finds a missing, a wrong, and an undescribed member', () => {
  const root = schema();
  const share = root.$defs!.share;
  expect(violations({ count: 1 }, share, root)).toEqual(['$.bytes is missing']);
  expect(violations({ count: '1', bytes: 1 }, share, root)).toEqual(['$.count is string, not integer']);
  expect(violations({ count: 1, bytes: 1, size: 1 }, share, root)).toEqual(['$.size is not described']);
});

test('the CSV output has a line for each image', async () => {
  seed();
  const [image] = account().ecr.repository('app').images;
  account().lambda.function('app', { imageUri: `000000000000.dkr.ecr.${REGION}.amazonaws.com/app@${image.digest}` });
  const { status, stdout, stderr } = await account().run(['--csv', '-', '--in-use']);
  expect([status, stderr]).toEqual([0, '']);
  const lines = stdout.split('\r\n');
  expect(lines[0]).toBe('registry,repository,digest,tags,pushedAt,lastPulledAt,sizeInBytes,storageClass,mediaType,subject,inUse,scanned,'
    + 'critical,high,medium,low,endangered,nextAction,nextActionDay');
  expect(lines).toHaveLength(1 + 42 + 30 + 3 + 1);
  const line = lines.find(each => each.includes(image.digest))!.replace(/20[\dT:.-]+Z/g, 'TIME');
  expect(line).toMatch(new RegExp(`^${REGION},app,${image.digest},v1 prod,TIME,TIME,100000\\d\\d,standard,`
    + 'application/vnd\\.oci\\.image\\.manifest\\.v1\\+json,,true,true,0,0,0,0,true,expire,0$'));
  expect(lines.filter(each => /^us-east-1,plain,sha256:\w+,,[^,]+,,\d+,standard,[^,]+,sha256:\w+,false,false,,,,,,,$/.test(each))).toHaveLength(2);
});

test('--policies writes each recommended policy in the format of Amazon ECR, by registry and repository', async () => {
  account().ecr.seed({ repositoryName: 'team/app', images: 2, kind: 'flat' });
  for (let nth = 0; nth < 30; nth++) {
    const [pushedAt, lastRecordedPullTime] = [ago(400 - nth * 10), ago(390 - nth * 10)];
    account().ecr.addImage({ repositoryName: 'team/app', tags: [`pr-${nth}`], pushedAt, lastRecordedPullTime });
  }
  account().ecr.seed({ repositoryName: 'empty' });
  const { status, stderr } = await account().run(['--json', 'report.json', '--policies', 'policies']);
  expect([status, stderr]).toEqual([0, 'note: report written to report.json\nnote: 1 recommended policy written to policies\n']);
  expect(readdirSync(account().file('policies'), { recursive: true }).sort())
    .toEqual([REGION, `${REGION}/team`, `${REGION}/team/app.json`]);
  const { repositories } = JSON.parse(account().read('report.json')) as RegistryReport;
  const { recommendation } = repositories.find(({ name }) => name === 'team/app')!;
  const text = account().read(`policies/${REGION}/team/app.json`);
  expect(JSON.parse(text)).toEqual({ rules: recommendation?.kind === 'policy' && recommendation.rules });
  expect(parseLifecyclePolicy(text).problems).toEqual([]);
});

test.each(['../app', '../../app', 'a/../../app', '..', 'a\\..\\app'])('the policy of a repository named %s is not written', name => {
  expect(() => policyFile('policies', REGION, name)).toThrow('its file would be outside policies');
});

test.each([
  ['v1', 'v1'],
  [undefined, ''],
  [0, '0'],
  ['a,b', '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', '\'=1+1'],
  ['+1', '\'+1'],
  ['-1', '\'-1'],
  ['@SUM(A1)', '\'@SUM(A1)'],
  ['\t=1', '\'\t=1'],
  ['=HYPERLINK("a","b")', '"\'=HYPERLINK(""a"",""b"")"'],
])('the CSV cell of %j is %s', (value, cell) => {
  expect(csvCell(value)).toBe(cell);
});

test.each(['--html', '--csv', '--json'])('%s - writes only that output to standard output', async option => {
  account().ecr.seed({ repositoryName: 'app', images: 1, kind: 'flat' });
  const { status, stdout, stderr } = await account().run([option, '-']);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(option === '--csv' ? /^registry,.*\r\nus-east-1,app,.*\r\n$/ : /^\{[^]*\}\n?$/);
});

test.each(['--html', '--json'])('%s - writes the same to standard output as to a file', async option => {
  seed();
  const content = (text: string) => JSON.parse(text, (key, value: unknown) => key === 'at' || key === 'readAt' ? 0 : value) as unknown;
  const { stdout } = await account().run([option, '-', '--public', '--region', REGION, '--in-use']);
  await account().run([option, 'file', '--public', '--region', REGION, '--in-use']);
  expect((content(stdout) as RegistryReport).repositories.map(({ name }) => name)).toEqual(['app', 'counted', 'empty', 'plain', 'gallery']);
  expect(content(stdout)).toEqual(content(account().read('file')));
});

test('several outputs are written together', async () => {
  seed();
  const { status, stderr } = await account().run(['--html', 'a.html', '--csv', 'b.csv', '--json', 'c.json']);
  expect([status, stderr]).toEqual([0, ['a.html', 'b.csv', 'c.json'].map(file => `note: report written to ${file}\n`).join('')]);
  const images = (JSON.parse(account().read('c.json')) as { totals: { images: { count: number } } }).totals.images.count;
  expect(account().read('b.csv').trimEnd().split('\r\n')).toHaveLength(1 + images);
});

test('an output that is a link or a pipe stays one', async () => {
  writeFileSync(account().file('target.html'), '');
  symlinkSync(account().file('target.html'), account().file('link.html'));
  execFileSync('mkfifo', [account().file('pipe.json')]);
  const [{ status }, json] = await Promise.all([
    account().run(['--html', 'link.html', '--json', 'pipe.json']), readFile(account().file('pipe.json'), 'utf8'),
  ]);
  expect([status, lstatSync(account().file('link.html')).isSymbolicLink(), lstatSync(account().file('pipe.json')).isFIFO()])
    .toEqual([0, true, true]);
  expect([account().read('target.html').slice(0, 1), json.slice(0, 1)]).toEqual(['{', '{']);
});

test('a CSV file that cannot be created leaves no progress', async () => {
  const file = 'x'.repeat(256);
  const { status, stderr } = await account().run(['--html', 'report.html', '--csv', file]);
  expect([status, stderr]).toEqual([1, expect.stringMatching(/^error: cannot write x{256}: /)]);
  expect(existsSync(account().file('report.html.progress'))).toBe(false);
});
