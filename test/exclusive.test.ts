import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exclusively } from './exclusive';

let directory: string;
let lock: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ecr-keeper-lock-'));
  lock = join(directory, 'lock');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('work that two callers begin at the same time is done one after the other, and the lock is removed', async () => {
  const steps = new Array<string>();
  const work = (name: string) => async () => {
    steps.push(`${name} begins`);
    await new Promise(resolve => setTimeout(resolve, 20));
    steps.push(`${name} ends`);
  };
  await Promise.all([exclusively(lock, work('one')), exclusively(lock, work('two'))]);
  expect(steps).toEqual(['one begins', 'one ends', 'two begins', 'two ends']);
  expect(existsSync(lock)).toBe(false);
});

test('work that fails removes the lock', async () => {
  await expect(exclusively(lock, async () => { throw new Error('broken'); })).rejects.toThrow('broken');
  expect(existsSync(lock)).toBe(false);
});

test('the lock of a process that was killed does not block', async () => {
  writeFileSync(lock, String(spawnSync(process.execPath, ['--version']).pid));
  expect(await exclusively(lock, async () => 'done')).toBe('done');
});
