import { isAccessDenied } from '../protocol/errors';
import type { Task } from '../protocol/job';

/** Permissions of a new role take a while to spread. https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency */
export const PATIENCE = 60_000;
const PAUSE = 3_000;

/**
 * Repeats what IAM denies for as long as the task has patience. `settled` is called after each denial: a permission that depends on a
 * repository's tag is also denied when the repository is gone.
 *
 * @returns undefined when `settled` returned that there is nothing left to do
 */
export async function retryDenied<T>(task: Task, work: () => Promise<T>, settled?: () => Promise<boolean>): Promise<T | undefined> {
  const end = task.clock.now() + task.patience;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isAccessDenied(error)) throw error;
      if (await settled?.()) return undefined;
      if (task.clock.now() >= end) throw error;
      await task.clock.sleep(PAUSE);
    }
  }
}
