import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { isRunning } from '../cli/session/is-running';

/** Pause between two attempts, in milliseconds. */
const PAUSE = 200;

/**
 * Does work while no other process does it. Another process waits.
 *
 * @param lock file that exists during the work. It names the process, so that a process that was killed does not block others
 */
export async function exclusively<T>(lock: string, work: () => Promise<T>): Promise<T> {
  while (!isTaken(lock)) await setTimeout(PAUSE);
  const release = () => rmSync(lock, { force: true });
  process.on('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function isTaken(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!isHeld(lock)) rmSync(lock, { force: true });
    return false;
  }
}

/** Whether the process that a lock names is running. A lock that was just created may not name it yet. */
function isHeld(lock: string): boolean {
  try {
    const id = readFileSync(lock, 'utf8');
    return id === '' || isRunning(Number(id));
  } catch {
    return false;
  }
}
