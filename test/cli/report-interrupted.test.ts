import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { reportAccountForEachTest, stackArn } from './report-account';
import type { RegistryReport } from '../../cli/report/registry-report';
import type { IamStatement } from '../local-ecr/iam';

jest.mock('../../cli/report/page/render-registry-page', () => ({ renderRegistryPage: JSON.stringify }));

const account = reportAccountForEachTest();
const NAMES = Array.from({ length: 20 }, (_, nth) => `app-${String(nth).padStart(2, '0')}`);
const OUTPUTS = ['--html', 'report.html', '--csv', 'images.csv', '--json', 'report.json'];
const PROGRESS = 'report.html.progress';

function seed(): void {
  NAMES.forEach((repositoryName, nth) => account().ecr.seed({ repositoryName, images: nth % 3, kind: 'flat' }));
}

/** Rows without their order, because repositories are read at the same time. */
function csvRows(): string[] {
  const [heading, ...rows] = account().read('images.csv').split('\r\n');
  expect([heading.split(',')[0], rows.pop()]).toEqual(['registry', '']);
  return rows.sort();
}

/** What a report says, without the time of its readings. */
function report(): RegistryReport {
  const { notes: _, at: _at, ...rest } = JSON.parse(account().read('report.html')) as RegistryReport;
  return JSON.parse(JSON.stringify(rest, (key, value: unknown) => key === 'readAt' ? 0 : value)) as RegistryReport;
}

function notes(): string {
  return (JSON.parse(account().read('report.html')) as RegistryReport).notes.join('\n');
}

async function interrupt(operation = 'DescribeImages', nth = 8): Promise<void> {
  account().interruptAt(operation, nth);
  const { status } = await account().run(OUTPUTS);
  expect(status).toBe(130);
  account().services.forEach(service => { service.onCall = undefined; service.clearCalls(); });
}

test.each([
  ['DescribeImages', 1], ['DescribeImages', 7], ['GetLifecyclePolicy', 8], ['DescribeImages', 13], ['GetLifecyclePolicy', 13],
// Six repositories are read at the same time, so a later call may be the last.
])('a report that is interrupted at %s number %i goes on, and says the same as one that was not interrupted', async (operation, nth) => {
  seed();
  expect((await account().run(OUTPUTS)).status).toBe(0);
  const [expected, expectedRows] = [report(), csvRows()];
  account().interruptAt(operation, nth);
  const { status, stdout, stderr } = await account().run(OUTPUTS);
  expect([status, stdout]).toEqual([130, '']);
  expect(stderr).toBe('note: stopping after the calls in progress. Press Ctrl-C again to stop immediately\n'
    + 'note: interrupted. To continue the report, run the same command with --resume\n');
  expect((statSync(account().file(PROGRESS)).mode % 0o1000).toString(8)).toBe('600');
  const finished = account().read(PROGRESS).trimEnd().split('\n').length - 1;
  account().services.forEach(service => { service.onCall = undefined; service.clearCalls(); });

  expect((await account().run([...OUTPUTS, '--resume'])).status).toBe(0);
  expect([report(), csvRows()]).toEqual([expected, expectedRows]);
  expect(account().calls.DescribeImages ?? 0).toBe(NAMES.length - finished);
  expect(notes()).toMatch(/^The report was interrupted and continued, .* \d{4}-\d\d-\d\d \d\d:\d\d UTC\. The list of repositories is the same\.$/m);
  expect(existsSync(account().file(PROGRESS))).toBe(false);
});

test('SIGTERM interrupts a report with its own exit code', async () => {
  seed();
  account().interruptAt('DescribeImages', 5, 'SIGTERM');
  expect((await account().run(OUTPUTS)).status).toBe(143);
});

test.each([
  'DescribeRepositories', 'GetResources', 'DescribeStacks', 'ListStackResources', 'ListClusters', 'ListFunctions',
])('a report that is interrupted at %s, before the first repository is read, leaves no progress', async operation => {
  seed();
  account().cloudFormation.stack(stackArn('Shop', 1)).status('CREATE_COMPLETE');
  account().ecr.retag('app-00', { 'aws:cloudformation:stack-id': stackArn('Shop', 1) });
  account().interruptAt(operation, 1);
  const { status, stderr } = await account().run([...OUTPUTS, '--in-use']);
  expect([status, existsSync(account().file(PROGRESS))]).toEqual([130, false]);
  expect(stderr).toMatch(/note: interrupted before any change\n$/);
});

test('a report without an output in a file cannot be continued, and says so', async () => {
  seed();
  account().interruptAt('DescribeImages', 5);
  const { status, stderr } = await account().run(['--json', '-']);
  expect(status).toBe(130);
  expect(stderr).toMatch(/note: interrupted\. There is no output in a file, so the report cannot be continued\n$/);
});

test('repositories that were deleted, created again, or added since an interruption are noticed', async () => {
  seed();
  await interrupt('DescribeImages', 13);
  const lines = account().read(PROGRESS).trimEnd().split('\n').slice(1);
  const finished = lines.map(line => (JSON.parse(line) as { record: { name: string; images: { all: { count: number } } } }).record)
    .filter(({ images }) => images.all.count > 0).map(({ name }) => name);
  const [deleted, recreated] = finished;
  for (const name of [deleted, recreated]) account().ecr.vanish(name);
  account().ecr.seed({ repositoryName: recreated, createdAt: new Date(Date.UTC(2026, 5, 1)), images: 1, kind: 'flat', untagged: 1 });
  account().ecr.seed({ repositoryName: 'new', createdAt: new Date(Date.now() + 1_000), images: 1, kind: 'flat' });

  expect((await account().run([...OUTPUTS, '--resume'])).status).toBe(0);
  expect(report().repositories.map(({ name }) => name)).toEqual([...NAMES.filter(name => name !== deleted), 'new']);
  expect(notes()).toContain('Since then, repositories have changed: 1 added, 1 deleted, 1 created again.');
  const images = account().ecr.names().flatMap(name => account().ecr.repository(name).images.map(({ digest }) => `${name},${digest}`));
  expect(csvRows().map(row => row.split(',').slice(1, 3).join())).toEqual(images.sort());
});

test('a report that was interrupted in the middle of a line goes on before it', async () => {
  seed();
  await interrupt();
  const finished = account().read(PROGRESS).trimEnd().split('\n').length - 1;
  writeFileSync(account().file(PROGRESS), account().read(PROGRESS).slice(0, -40));
  writeFileSync(account().file('images.csv'), `${account().read('images.csv')}us-east-1,${'half'.repeat(10_000)}`);
  expect((await account().run([...OUTPUTS, '--resume'])).status).toBe(0);
  expect(account().calls.DescribeImages).toBe(NAMES.length - finished + 1);
  expect(csvRows()).toHaveLength(NAMES.map((_, nth) => nth % 3).reduce((sum, images) => sum + images, 0));
});

test('a repository that could not be read completely is read again', async () => {
  seed();
  account().ecr.faults.add({ kind: 'accessDenied', operation: 'GetLifecyclePolicy', times: 2 });
  await interrupt('DescribeImages', 13);
  expect((await account().run([...OUTPUTS, '--resume'])).status).toBe(0);
  expect(report().repositories.flatMap(({ problems }) => problems)).toEqual([]);
  expect(csvRows()).toHaveLength(NAMES.map((_, nth) => nth % 3).reduce((sum, images) => sum + images, 0));
});

test('after a search for images in use that failed, a report that goes on reads its repositories again, once', async () => {
  seed();
  const policy: IamStatement[] = [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: 'ecs:ListClusters', Resource: '*' },
  ];
  account().principals.define('limited', { policy });
  const order = [...OUTPUTS, '--in-use'];
  account().interruptAt('DescribeImages', 13);
  expect((await account().run(order, { AWS_ACCESS_KEY_ID: 'limited' })).status).toBe(130);
  const finished = account().read(PROGRESS).trimEnd().split('\n').length - 1;
  const readAgain = async (run: () => Promise<{ status: number | null }>, expected: number | null) => {
    account().services.forEach(service => { service.onCall = undefined; service.clearCalls(); });
    expect((await run()).status).toBe(expected);
    return account().calls.DescribeImages ?? 0;
  };

  const stillFails = async () => {
    account().interruptAt('DescribeImages', 1);
    return account().run([...order, '--resume'], { AWS_ACCESS_KEY_ID: 'limited' });
  };
  expect(await readAgain(stillFails, 130)).toBeLessThanOrEqual(NAMES.length - finished);
  expect(await readAgain(() => account().run([...order, '--resume']), 0)).toBe(NAMES.length);
  expect(report().repositories.map(({ images }) => images?.inUse)).toEqual(NAMES.map(() => 0));
  expect(csvRows()).toHaveLength(NAMES.map((_, nth) => nth % 3).reduce((sum, images) => sum + images, 0));
});

test('credentials that expire while the report reads stop it, and it goes on with other credentials', async () => {
  seed();
  account().ecr.throttling = { code: 'ExpiredTokenException', status: 400 };
  account().ecr.faults.add({ kind: 'throttle', operation: 'DescribeImages', skip: 8, times: Infinity });
  const { status, stdout, stderr } = await account().run(OUTPUTS);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^note: to continue the report after this error, run the same command with --resume\nerror: AWS rejected the /);
  account().ecr.faults.clear();
  expect((await account().run([...OUTPUTS, '--resume'])).status).toBe(0);
  expect(report().repositories.flatMap(({ problems }) => problems)).toEqual([]);
});

test('a report that another process writes is neither begun nor continued, and one of a process that has ended is', async () => {
  seed();
  await interrupt();
  const lock = account().file(`${PROGRESS}.lock`);
  writeFileSync(lock, JSON.stringify({ host: hostname(), pid: process.ppid }));
  for (const options of [OUTPUTS, [...OUTPUTS, '--resume']]) {
    expect(await account().run(options)).toMatchObject({
      status: 1, stdout: '', stderr: `error: process ${process.ppid} is writing this report. Wait until it ends, or stop it\n`,
    });
  }
  expect(existsSync(lock)).toBe(true);
  const ended = spawnSync(process.execPath, ['--version']).pid;
  for (const holder of [{ host: hostname(), pid: ended }, { host: 'another', pid: process.ppid }, 'no holder']) {
    writeFileSync(lock, JSON.stringify(holder));
    account().interruptAt('DescribeRepositories', 1);
    expect((await account().run([...OUTPUTS, '--resume'])).status).toBe(130);
    expect(existsSync(lock)).toBe(false);
  }
});

test('without --resume, the progress of an interrupted report is not overwritten', async () => {
  seed();
  await interrupt();
  const before = account().read(PROGRESS);
  const { status, stderr } = await account().run(OUTPUTS);
  expect([status, stderr]).toEqual([1, 'error: report.html.progress has the progress of an interrupted report. To continue it, add'
    + ' --resume. To begin again, remove the file\n']);
  expect([account().read(PROGRESS), account().calls]).toEqual([before, {}]);
});

test('--resume without an interrupted report is refused before the first call', async () => {
  const { status, stderr } = await account().run([...OUTPUTS, '--resume']);
  expect([status, stderr]).toEqual([1, 'error: there is no report to continue, because report.html.progress does not exist. To begin a'
    + ' report, leave out --resume\n']);
  expect(account().calls).toEqual({});
});

test.each([
  [['--in-use', ...OUTPUTS], {}, '--in-use was false and is now true'],
  [['--not-pulled', '30', ...OUTPUTS], {}, '--not-pulled was 90 and is now 30'],
  [['--region', 'eu-west-1', ...OUTPUTS], {}, 'the registry was us-east-1 and is now eu-west-1'],
  [OUTPUTS.slice(0, 2), {}, '--csv was images.csv and is now nothing, and --json was report.json and is now nothing'],
  [OUTPUTS, { AWS_ACCESS_KEY_ID: 'other' }, 'the account was 000000000000 and is now 111122223333'],
])('a report does not go on with %j', async (args, env, difference) => {
  account().principals.define('other', { account: '111122223333' });
  seed();
  await interrupt();
  const before = account().read(PROGRESS);
  const { status, stderr } = await account().run([...args, '--resume'], env);
  expect([status, stderr]).toEqual([1, `error: the report cannot be continued, because ${difference}. Run the same command as before, or`
    + ' remove report.html.progress and leave out --resume\n']);
  expect(account().read(PROGRESS)).toBe(before);
});

test('a report does not go on after a day, because its recommended policies would no longer be true', async () => {
  seed();
  await interrupt();
  const [header, ...lines] = account().read(PROGRESS).split('\n');
  const earlier = { ...JSON.parse(header) as object, at: Date.now() - 25 * 3_600_000 };
  writeFileSync(account().file(PROGRESS), [JSON.stringify(earlier), ...lines].join('\n'));
  const { status, stderr } = await account().run([...OUTPUTS, '--resume']);
  expect([status, stderr]).toEqual([1, 'error: the report in report.html.progress began more than 24 hours ago, so its ages are no longer'
    + ' true. Remove the file, and leave out --resume\n']);
});

test('a report does not go on with a CSV file of the same size that has other lines', async () => {
  seed();
  await interrupt();
  const [heading, ...rows] = account().read('images.csv').split('\r\n');
  writeFileSync(account().file('images.csv'), `${heading}\r\n${rows.join('\n')}${'\n'.repeat(rows.length)}`);
  expect((await account().run([...OUTPUTS, '--resume'])).stderr).toContain('images.csv was changed after the report was interrupted');
});

test('a report does not go on with a file that is no progress, or with a CSV file that is shorter than its lines', async () => {
  seed();
  writeFileSync(account().file(PROGRESS), '{"format":2}\n');
  expect((await account().run([...OUTPUTS, '--resume'])).stderr)
    .toBe('error: report.html.progress is not the progress of a report. Remove it, and leave out --resume\n');
  writeFileSync(account().file(PROGRESS), '');
  expect((await account().run([...OUTPUTS, '--resume'])).status).toBe(1);
  account().interruptAt('DescribeImages', 13);
  rmSync(account().file(PROGRESS));
  await account().run(OUTPUTS);
  account().services.forEach(service => { service.onCall = undefined; });
  writeFileSync(account().file('images.csv'), account().read('images.csv').slice(0, -10));
  expect((await account().run([...OUTPUTS, '--resume'])).stderr).toContain('images.csv was changed after the report was interrupted');
});
