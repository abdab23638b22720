import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImageGate } from '../../cli/report/reading/image-gate';
import { Pace } from '../../cli/report/reading/pace';
import type { ListedRepository } from '../../cli/report/reading/registry';
import { runReport } from '../../cli/report/run';
import { Clients } from '../../cli/session/clients';
import { Interruption } from '../../cli/session/interruption';
import type { Session } from '../../cli/session/session';
import { StatusLine } from '../../cli/status-line';

jest.mock('../../cli/report/page/render-registry-page', () => ({ renderRegistryPage: JSON.stringify }));
jest.mock('../../cli/report/reading/registries', () => ({
  connect: (own: object) => ({ session: own, regions: ['us-east-1'] }), accountOf: () => '000000000000', listRegistries: jest.fn(),
}));
jest.mock('../../cli/report/reading/owners', () => ({
  Owners: { read: () => ({ problems: new Map(), ownerOf: () => ({ kind: 'none' }) }) },
}));
const { listRegistries } = jest.requireMock<{ listRegistries: jest.Mock }>('../../cli/report/reading/registries');

let folder: string;
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'report-size-')); });
afterEach(() => {
  rmSync(folder, { recursive: true });
  jest.restoreAllMocks();
});

function session(states: string[]): Session {
  const interruption = new Interruption();
  return {
    interruption,
    clients: new Clients(interruption),
    complain: () => undefined,
    clear: () => undefined,
    task: {
      clock: { now: () => Date.now(), sleep: () => Promise.resolve() },
      signal: new AbortController().signal,
      patience: 0,
      deadline: 0,
      log: () => undefined,
      progress: state => { states.push(state); },
    },
  };
}

test('a registry of 10,000 empty repositories gives a report', async () => {
  const names = Array.from({ length: 10_000 }, (_, nth) => `team/app-${String(nth).padStart(5, '0')}`);
  const repositories = names.map((name): ListedRepository =>
    ({ registry: 'us-east-1', name, arn: `arn:aws:ecr:us-east-1:000000000000:repository/${name}`, createdAt: 0 }));
  const registry = {
    id: 'us-east-1',
    region: 'us-east-1',
    clockOffset: 0,
    images: async function* () { yield []; },
    policy: () => Promise.resolve(null),
    stackTags: () => Promise.resolve(new Map()),
  };
  listRegistries.mockResolvedValue([{ registry, repositories }]);
  let stdout = '';
  jest.spyOn(process.stdout, 'write').mockImplementation(text => { stdout += String(text); return true; });
  const states = new Array<string>();
  const status = await runReport(session(states), {
    isPublic: false, searchesUse: false, notPulledForDays: 90, isResumed: false, outputs: { html: join(folder, 'report.html') },
  });
  expect([status, stdout.split('\n')[0]]).toEqual([0, 'account 000000000000, us-east-1: 10,000 repositories with 0 images (0 B)']);
  expect(states[states.length - 2]).toMatch(/^10,000 of 10,000 repositories.* \(0 images\)$/);
});

test('readers hold no more images together than the gate allows, except one of them', async () => {
  const gate = new ImageGate(100);
  const held = new Map<object, number>();
  let most = 0;
  const read = async (pages: number) => {
    const reader = {};
    for (let page = 1; page <= pages; page++) {
      await gate.add(reader, 10);
      held.set(reader, page * 10);
      const all = [...held.values()];
      most = Math.max(most, all.reduce((sum, each) => sum + each, 0) - Math.max(...all));
      await new Promise(resolve => setImmediate(resolve));
    }
    held.delete(reader);
    gate.release(reader, pages * 10);
  };
  await Promise.all([30, 40, 50, 8, 2, 9, 60].map(read));
  expect(most).toBeGreaterThan(50);
  expect(most).toBeLessThanOrEqual(100);
});

test('seven readers that could hold everything together never wait for each other', async () => {
  const gate = new ImageGate(10);
  const read = async () => {
    const reader = {};
    for (let page = 0; page < 5; page++) await gate.add(reader, 4);
    gate.release(reader, 20);
    return 'done';
  };
  expect(await Promise.all(Array.from({ length: 7 }, read))).toEqual(Array(7).fill('done'));
});

test('the remaining time is estimated after 10 seconds and 20 repositories', () => {
  let now = 0;
  const pace = new Pace(10_000, 0, () => now);
  for (let nth = 0; nth < 20; nth++) pace.add(100);
  now = 9_000;
  expect(pace.toString()).toBe('20 of 10,000 repositories (2,000 images)');
  now = 20_000;
  expect(pace.toString()).toBe('20 of 10,000 repositories, about 3 hours left (2,000 images)');
  for (let nth = 0; nth < 9_940; nth++) pace.add(0);
  expect(pace.toString()).toBe('9,960 of 10,000 repositories, about 1 second left (2,000 images)');
});

test('the progress of 10,000 repositories with 1,000,000 images fits into a terminal of 80 columns', () => {
  let now = 0;
  let line = '';
  const pace = new Pace(10_000, 0, () => now);
  const status = new StatusLine({ isTTY: true, columns: 80, write: (text: string) => { line = text; return true; } }, () => now);
  for (let nth = 0; nth < 5_000; nth++) pace.add(200);
  now = 89 * 60_000;
  status.say(pace.toString());
  expect(line).toBe('\r\u001b[K5,000 of 10,000 repositories, about 89 minutes left (1,000,000 images) …');
});

test('repositories that an interrupted run has read do not make the estimate shorter', () => {
  let now = 0;
  const pace = new Pace(1_000, 800, () => now);
  for (let nth = 0; nth < 20; nth++) pace.add(0);
  now = 20_000;
  expect(pace.toString()).toBe('820 of 1,000 repositories, about 3 minutes left (0 images)');
});
