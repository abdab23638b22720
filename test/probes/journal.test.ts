import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FOLDERS, Journal } from './journal';

const ACCOUNT = '111122223333';
/** The highest process id of Linux is lower: https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html */
const ENDED = 2 ** 22 + 1;

let directory: string;
const leftovers = () => Journal.leftovers(ACCOUNT, basename(directory));
const left = (name: string, account = ACCOUNT) => writeFileSync(join(directory, name), [
  { process: ENDED, account }, { kind: 'role', name: 'first', region: 'us-east-1' }, { kind: 'stack', name: 'second', region: 'us-east-1' },
].map(line => `${JSON.stringify(line)}\n`).join(''));

beforeEach(() => {
  mkdirSync(FOLDERS, { recursive: true });
  directory = mkdtempSync(join(FOLDERS, 'journal-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('what an ended run noted is found newest first, until it is removed', () => {
  left('one.jsonl');
  left('other-account.jsonl', '444455556666');
  const [found, ...others] = leftovers();
  expect(others).toEqual([]);
  expect(found.created.map(({ name }) => name)).toEqual(['second', 'first']);
  found.end();
  expect(leftovers()).toEqual([]);
  expect(readdirSync(directory)).toEqual(['other-account.jsonl']);
});

test('the journal of a running process is not left over', () => {
  Journal.begin('run', ACCOUNT, basename(directory)).note({ kind: 'role', name: 'r', region: 'us-east-1' });
  expect(leftovers()).toEqual([]);
});

// Two runs at the same time share the folder.
test('a journal that another run ends after the folder was listed is not left over', () => {
  symlinkSync(join(directory, 'removed meanwhile'), join(directory, 'ended.jsonl'));
  left('one.jsonl');
  expect(leftovers()).toHaveLength(1);
});

test('a journal whose first line another run is about to write is not left over', () => {
  writeFileSync(join(directory, 'begun.jsonl'), '');
  left('one.jsonl');
  expect(leftovers()).toHaveLength(1);
});

test('what was found can be removed twice at the same time', () => {
  left('one.jsonl');
  const [[first], [second]] = [leftovers(), leftovers()];
  first.end();
  expect(second.created).toHaveLength(2);
  second.end();
});
