import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

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

  await run('python3', ['-c', 'import sys, venv; sys.exit(sys.version_info < (3, 10))']).catch(error => {
    throw new Error(`python3 must be there, 3.10 or newer, with venv and pip: ${error.message}`);
  });
  // Made beside its place and renamed into it, so that neither an interrupted nor a concurrent run leaves half of one to be used.
  mkdirSync(CACHE, { recursive: true });
  const making = mkdtempSync(`${home}-making-`);
  try {
    log(`making ${home}, once`);
    await run('python3', ['-m', 'venv', making]);
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--quiet', '--requirement', requirements];
    await run(join(making, 'bin', 'python'), pip, { maxBuffer: 16 * 1024 * 1024 });
    try {
      renameSync(making, home);
    } catch (error) {
      if (!existsSync(python)) throw error;
    }
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return python;
}
