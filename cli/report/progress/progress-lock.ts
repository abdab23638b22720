import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isJsonObject, parseJson } from '../../../src/core/json';
import { Failure } from '../../failure';
import { writing } from '../../files';

/**
 * Says in a file that a process writes a report, so that no other process continues the same report at the same time. A lock of a process
 * that has ended, or of another computer, is replaced. Two processes that replace such a lock in the same instant are not told apart.
 */
export class ProgressLock {
  /** @throws Failure if another process writes the report */
  static async take(progressFile: string): Promise<ProgressLock> {
    const file = `${progressFile}.lock`;
    const own = JSON.stringify({ host: hostname(), pid: process.pid });
    const create = () => writeFile(file, own, { flag: 'wx', mode: 0o600 });
    await writing(file, () => create().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      const pid = livingHolder(await readFile(file, 'utf8'));
      if (pid !== undefined) throw new Failure([`process ${pid} is writing this report. Wait until it ends, or stop it`]);
      await rm(file, { force: true });
      await create();
    }));
    return new ProgressLock(file);
  }

  private constructor(private readonly file: string) {}

  async release(): Promise<void> {
    await rm(this.file, { force: true });
  }
}

/** Returns the id of the process that holds a lock, if it still runs on this computer. */
function livingHolder(text: string): number | undefined {
  const holder = parseJson(text);
  if (!isJsonObject(holder) || holder.host !== hostname() || typeof holder.pid !== 'number' || holder.pid === process.pid) return undefined;
  try {
    process.kill(holder.pid, 0);
    return holder.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? holder.pid : undefined;
  }
}
