import type { Task } from '../../../lambda/shared/protocol/job';

/** Milliseconds for which one throttled call is retried. A report may run for hours, so the time counts from the call. */
const PATIENCE = 900_000;

/** Returns the task for one call. */
export function forOneCall(task: Task): Task {
  return { ...task, deadline: task.clock.now() + PATIENCE };
}
