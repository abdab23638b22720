import { ChildProcess, execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { exclusively } from './exclusive';

const run = promisify(execFile);
const CACHE = resolve(__dirname, '..', '.cache');

/**
 * The Python of a virtual environment that holds exactly a requirements file, made once per content of that file.
 * Start programs with `-m`: the scripts in bin/ name the directory in which it was made.
 */
export async function virtualEnvironment(name: string, requirements: string, log: (line: string) => void): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const home = join(CACHE, `${name}-${hash}`);
  const python = join(home, 'bin', 'python');
  if (existsSync(python)) return python;
  mkdirSync(CACHE, { recursive: true });
  // Steps of the gate that run at the same time need the same environment.
  await exclusively(`${home}.lock`, async () => { if (!existsSync(python)) await create(home, python, requirements, log); });
  return python;
}

async function create(home: string, python: string, requirements: string, log: (line: string) => void): Promise<void> {
  await run('python3', ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 10))']).catch(error => {
    throw new Error(`python3 must be there, 3.10 or newer, with venv and pip: ${error.message}`);
  });
  // Made beside its place and renamed into it, so that neither an interrupted nor a concurrent run leaves half of one to be used.
  const making = mkdtempSync(`${home}-making-`);
  // pip leaves its temporary files when it is interrupted.
  const temporary = join(making, 'tmp');
  mkdirSync(temporary);
  let running: ChildProcess | undefined;
  const make = async (command: string, args: readonly string[]): Promise<void> => {
    const made = run(command, args, { maxBuffer: 16 * 1024 * 1024, env: { ...process.env, TMPDIR: temporary } });
    running = made.child;
    await made;
  };
  const discard = (): void => {
    running?.kill('SIGKILL');
    rmSync(making, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  };
  process.on('exit', discard);
  try {
    log(`creating the virtual environment ${basename(home)}, which is kept`);
    await make('python3', ['-m', 'venv', making]);
    await make(join(making, 'bin', 'python'), [
      '-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '--no-compile', '--requirement', requirements,
    ]);
    rmSync(temporary, { recursive: true, force: true });
    try {
      renameSync(making, home);
    } catch (error) {
      if (!existsSync(python)) throw error;
    }
  } finally {
    discard();
    process.off('exit', discard);
  }
}
