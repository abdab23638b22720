import { PassThrough } from 'node:stream';
import { Outcome, RunOptions } from './command-line';
import { accountForEachTest } from './teardown-account';
import { Interrupted } from '../../cli/session/interruption';
import { isConfirmed } from '../../cli/teardown/confirmation';

const account = accountForEachTest();

beforeEach(() => {
  account().line.write('terminal.js',
    'process.stdin.isTTY = true; process.stderr.isTTY = true; process.stderr.columns = 120; process.stderr.hasColors = () => false;');
  account().ecr.seed({ repositoryName: 'app', images: 12, kind: 'flat' });
  account().ecr.seed({ repositoryName: 'worker', images: 5, kind: 'flat' });
});

/** Runs the command as if standard input and standard error were a terminal. */
const attended = (args: readonly string[], input: string, options: RunOptions = {}): Promise<Outcome> =>
  account().teardown(args, { ...options, input, env: { NODE_OPTIONS: '--require ./terminal.js', ...options.env } });

test('without a terminal, teardown fails before any call', async () => {
  expect(await account().teardown(['app'], { input: '12\n' }))
    .toEqual({
      status: 2,
      stdout: '',
      stderr: 'error: the command cannot ask for confirmation without a terminal. Add --yes, or --dry-run to see what would be'
        + ' removed\n',
    });
  expect(account().ecr.calls).toEqual([]);
});

test('typing the number of images confirms the removal', async () => {
  const { status, stdout, stderr } = await attended(['app', 'worker', 'absent'], '17\n');
  expect(status).toBe(0);
  expect(stderr).toContain('to delete: 2 repositories with 17 images (170.0 MB)\n');
  expect(stderr).toContain('to delete  12      120.0 MB  2026-01-01 00:00  us-east-1  app');
  expect(stderr).toContain('To continue, type the number of images to delete (17): ');
  expect(stdout).toMatch(/^deleted: 2 repositories with 17 images \(170\.0 MB\)\nabsent: 1 repository\n/);
  expect([account().ecr.images('app'), account().ecr.images('worker')]).toEqual([0, 0]);
});

test.each([
  ['a different number', '12\n'], ['yes', 'yes\n'], ['an empty line', '\n'], ['the end of the input', ''],
])('%s does not confirm the removal', async (_name, input) => {
  const { status, stdout, stderr } = await attended(['app', 'worker', '--empty'], input);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('To continue, type the number of images to remove (17): ');
  expect(stderr).toMatch(/error: the confirmation did not match 17\. Nothing was changed\n$/);
  expect(account().writes).toEqual([]);
});

test('with --json, standard output contains only the array', async () => {
  const { stdout, stderr } = await attended(['worker', '--json'], '5\n');
  expect(JSON.parse(stdout)).toMatchObject([{ repository: 'worker', outcome: 'DONE', images: 5 }]);
  expect(stderr).toContain('OUTCOME');
});

test('teardown does not ask for confirmation if a guard refuses or the repository is absent', async () => {
  expect((await attended(['app', '--max-images', '3'], '')).stderr).not.toContain('type the number');
  const { status, stderr } = await attended(['absent'], '');
  expect([status, stderr.includes('type the number')]).toEqual([0, false]);
});

test('teardown refuses to remove more images than the user confirmed', async () => {
  let before = 0;
  // The second ListTagsForResource call follows the confirmation.
  account().ecr.onCall = ({ operation }) => {
    if (operation === 'ListTagsForResource' && ++before === 2) account().ecr.addImage({ repositoryName: 'app', tags: ['new'] });
  };
  const { status, stdout } = await attended(['app', '--max-images', '50'], '12\n');
  expect(status).toBe(1);
  expect(stdout).toContain('it now holds more images than the 12 that you confirmed');
  expect(account().ecr.images('app')).toBe(13);
});

test('the status line is cleared before other lines are printed', async () => {
  const { stderr } = await attended(['worker', '--yes'], '');
  expect(stderr).toContain('\r\u001b[Kreading the images of repository \'worker\' (0 so far) …\r\u001b[K');
  for (const line of stderr.split('\n')) expect(line).toMatch(/^[^\u001b]*$|\r\u001b\[K[^\r]*$/);
  expect(stderr).toMatch(/\r\u001b\[Knote: deleted 'worker' in us-east-1 with 5 images\n$/);
});

test('Ctrl-C at the confirmation interrupts the command', async () => {
  const stop = new AbortController();
  const answer = isConfirmed('? ', '5', stop.signal, new PassThrough(), new PassThrough());
  stop.abort(new Interrupted());
  await expect(answer).rejects.toThrow(Interrupted);
});
