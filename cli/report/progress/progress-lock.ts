import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { isJsonObject, parseJson } from '../../../src/core/json';
import { Failure } from '../../failure';
import { writing } from '../../files';
import { isRunning } from '../../session/is-running';

/** How often, and after how many milliseconds, an empty lock is read again. Its process has created it, and is about to write. */
const READINGS = 10;
const BETWEEN_READINGS = 100;

type Holder = { readonly kind: 'none' | 'ended' } | { readonly kind: 'living'; readonly pid: number };

/**
 * Says in a file that a process writes a report, so that no other process continues the same report at the same time. A lock of a process
 * that has ended, or of another computer, is replaced.
 */
export class ProgressLock {
  /** @throws Failure if another process writes the report */
  static async take(progressFile: string, pid = process.pid): Promise<ProgressLock> {
    const file = `${progressFile}.lock`;
    await writing(file, async () => {
      // If the holder ends in between, there is nothing to replace, and the lock can be created.
      while (!await create(file, pid) && !await replace(file, pid));
    });
    return new ProgressLock(file);
  }

  private constructor(private readonly file: string) {}

  async release(): Promise<void> {
    await rm(this.file, { force: true });
  }
}

/** Creates a lock, and returns whether there was none. */
async function create(file: string, pid: number): Promise<boolean> {
  return writeFile(file, JSON.stringify({ host: hostname(), pid }), { flag: 'wx', mode: 0o600 }).then(() => true, (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  });
}

/**
 * Replaces the lock of a process that has ended, and returns whether there still was one. Only the process that has created the next lock
 * may replace it, so that of two processes that see the same old lock, none removes the new one of the other.
 */
async function replace(file: string, pid: number): Promise<boolean> {
  refuseLiving(await holderOf(file, pid));
  const next = `${file}.next`;
  if (!await create(next, pid)) {
    const holder = await holderOf(next, pid);
    refuseLiving(holder);
    if (holder.kind === 'none') return false;
    throw new Failure([`a process that ended while it continued this report left ${next}. Remove it, and try again`]);
  }
  try {
    const holder = await holderOf(file, pid);
    refuseLiving(holder);
    if (holder.kind === 'ended') {
      await rename(next, file);
      return true;
    }
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
  await rm(next, { force: true });
  return false;
}

function refuseLiving(holder: Holder): void {
  if (holder.kind === 'living') throw new Failure([`process ${holder.pid} is writing this report. Wait until it ends, or stop it`]);
}

/** Returns who holds a lock. Only a process of this computer can be known to run. */
async function holderOf(file: string, own: number): Promise<Holder> {
  let text = '';
  for (let nth = 1; text === '' && nth <= READINGS; nth++) {
    if (nth > 1) await setTimeout(BETWEEN_READINGS);
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'none' };
      throw error;
    }
  }
  const holder = parseJson(text);
  if (!isJsonObject(holder) || holder.host !== hostname() || typeof holder.pid !== 'number' || holder.pid === own) return { kind: 'ended' };
  return isRunning(holder.pid) ? { kind: 'living', pid: holder.pid } : { kind: 'ended' };
}
