import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { GUARDS } from './guards';
import { IMAGES } from './images';
import type { Mutation } from './mutation';
import { POLICIES } from './policies';
import { TEARDOWN } from './teardown';

/** Each is made in a copy of the project: the tests must turn red. */
const MUTATIONS: readonly Mutation[] = [...TEARDOWN, ...POLICIES, ...GUARDS, ...IMAGES];

/** The tests of the handler that a file belongs to; what handlers share is tested through the teardown. */
function testsOf(file: string): string[] {
  if (/\/(repository-)?policy\//.test(file)) return ['test/lambda/repository-policy/repository-policy'];
  if (/lifecycle-guard|lifecycle\/guard|lifecycle-preview|in-use|shared\/images/.test(file)) return ['test/lambda/lifecycle-guard/lifecycle-guard'];
  if (file.includes('/lifecycle-policy/')) return ['test/lambda/lifecycle-policy/lifecycle-policy'];
  return ['test/lambda/teardown/tear-down', 'test/lambda/teardown/claim'];
}

const UNCHANGED = ['', 'lambda/repository-policy/', 'lambda/lifecycle-policy/', 'lambda/lifecycle-guard/'];

const project = resolve(__dirname, '..', '..');

/** A copy of the project that one mutation at a time is made in. */
class Copy {
  private readonly directory = mkdtempSync(join(tmpdir(), 'mutations-'));

  constructor() {
    for (const part of ['package.json', 'tsconfig.json', 'src', 'lambda', 'test', 'assets']) {
      cpSync(join(project, part), join(this.directory, part), { recursive: true });
    }
    symlinkSync(join(project, 'node_modules'), join(this.directory, 'node_modules'));
  }

  /** @returns undefined when the line to break is not there exactly once */
  async turnsRed({ file, find, replace, tests, only }: Mutation): Promise<boolean | undefined> {
    if (find === '') return this.isRed(testsOf(file));
    const path = join(this.directory, file);
    const source = readFileSync(path, 'utf8');
    if (source.split(find).length !== 2) return undefined;
    writeFileSync(path, source.replace(find, () => replace));
    try {
      return await this.isRed(tests ?? testsOf(file), only);
    } finally {
      writeFileSync(path, source);
    }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private isRed(tests: readonly string[], only?: string): Promise<boolean> {
    const jest = spawn(join(this.directory, 'node_modules', '.bin', 'jest'), [
      ...tests, '--coverage=false', '--passWithNoTests', '--bail', '--silent', '--runInBand',
      '--testEnvironment', './test/mutations/until-first-failure.ts', ...only === undefined ? [] : ['-t', `^${only}`],
    ], { cwd: this.directory, stdio: 'ignore', env: { ...process.env, CI: '1' } });
    return new Promise((resolved, rejected) => jest.on('exit', code => resolved(code !== 0)).on('error', rejected));
  }
}

async function run(): Promise<boolean> {
  const asked = process.argv.slice(2); // `copy gate` makes only those whose rule begins so
  const chosen = asked.length === 0 ? MUTATIONS : MUTATIONS.filter(({ rule }) => asked.some(beginning => rule.startsWith(beginning)));
  const work: Mutation[] = [...UNCHANGED.map(file => ({ rule: '', file, find: '', replace: '' })), ...chosen];
  let failed = 0;
  const report = (line: string, good: boolean) => {
    if (!good) failed++;
    process.stdout.write(`${good ? 'ok     ' : 'NOT OK '} ${line}\n`);
  };
  const next = work.values();
  const copies = Array.from({ length: Math.min(4, availableParallelism()) }, () => new Copy());
  process.stdout.write('copied; the project may change from here on\n');
  try {
    await Promise.all(copies.map(async copy => {
      for (const mutation of next) {
        const isRed = await copy.turnsRed(mutation);
        if (mutation.find === '') report(`unchanged: green ${mutation.file}`, isRed === false);
        else if (isRed === undefined) report(`${mutation.rule}: the line to break is not there exactly once`, false);
        else report(`${mutation.rule}: turns a test red`, isRed);
      }
    }));
  } finally {
    for (const copy of copies) copy.remove();
  }
  process.stdout.write(`mutations: ${work.length - failed} passed, ${failed} failed\n`);
  return failed === 0;
}

void run().then(good => { process.exitCode = good ? 0 : 1; });
