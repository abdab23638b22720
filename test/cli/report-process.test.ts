import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandLine } from './command-line';
import { reportAccountForEachTest } from './report-account';

jest.mock('../../cli/report/page/render-registry-page', () => ({}));

const account = reportAccountForEachTest();

/** Shortens the waits of the SDK between two attempts, but not the timeouts of requests. */
const IMPATIENT = `
const wait = globalThis.setTimeout;
const shorten = milliseconds => milliseconds < 4_500 ? Math.min(milliseconds, 5) : milliseconds;
globalThis.setTimeout = (work, milliseconds, ...rest) => wait(work, shorten(milliseconds), ...rest);
`;

let line: CommandLine;
beforeEach(() => { line = new CommandLine(); });
afterEach(() => line.remove());

test('without options, the program writes report.html with all repositories', async () => {
  account().ecr.seed({ repositoryName: 'team/app', images: 3, kind: 'flat' });
  const { status, stdout, stderr } = await line.run(['report'], { env: account().environment });
  expect([status, stderr]).toEqual([0, 'note: report written to report.html\n']);
  expect(stdout).toContain('1 repository with 3 images');
  const page = readFileSync(join(line.folder, 'report.html'), 'utf8');
  expect(page).toMatch(/^<!doctype html>/i);
  expect(page).toContain('team/app');
});

test('a throttled call is tried again, and Ctrl-C in a terminal stops the program, which then goes on with --resume', async () => {
  line.write('impatient.js', IMPATIENT);
  const env = { ...account().environment, NODE_OPTIONS: '--require ./impatient.js' };
  for (let nth = 0; nth < 20; nth++) account().ecr.seed({ repositoryName: `app-${nth}`, images: 1, kind: 'flat' });
  account().ecr.faults.add({ kind: 'throttle', operation: /Describe/, times: 3 });
  let send: (signal: NodeJS.Signals) => void;
  let images = 0;
  let arrival: Promise<void> | undefined;
  account().ecr.onCall = async ({ operation, outcome }) => {
    if (operation === 'DescribeImages' && outcome === 'ok' && ++images === 8) {
      send('SIGINT');
      arrival = new Promise(resolve => setTimeout(resolve, 300));
    }
    await arrival;
  };
  const interrupted = await line.run(['report'], { env, onStart: to => { send = to; } });
  expect([interrupted.status, interrupted.stdout]).toEqual([130, '']);
  expect(interrupted.stderr).toMatch(/run the same command with --resume\n$/);
  expect(existsSync(join(line.folder, 'report.html'))).toBe(false);
  account().ecr.onCall = undefined;
  const { status, stdout } = await line.run(['report', '--resume'], { env });
  expect([status, stdout.includes('20 repositories with 20 images')]).toEqual([0, true]);
  expect(existsSync(join(line.folder, 'report.html.progress'))).toBe(false);
});
