import { backoff } from '../protocol/backoff';
import { isDeniedForGood } from '../protocol/denial';
import { isAccessDenied, isThrottled } from '../protocol/errors';
import type { EcrTask, Task } from '../protocol/job';

/**
 * Permissions of a new role take a while to take effect.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
export const PATIENCE = 60_000;
const PAUSE = 3_000;

/**
 * Retries a call that IAM denies for as long as the patience of the task, unless `isDeniedForGood`, and a call that AWS throttles until the
 * deadline of the task. `settled` is called after each denial: a permission that depends on a repository's tag is also denied if the
 * repository is gone.
 *
 * @returns undefined if `settled` returned that there is nothing left to do
 */
export async function retryDeniedOrThrottled<T>(
  task: Task, work: () => Promise<T>, settled?: () => Promise<boolean>,
): Promise<T | undefined> {
  const { clock, signal, deadline, patience } = task;
  let end: number | undefined;
  // the SDK has tried ten times before, so the first pause is up to four seconds
  for (let throttles = 3; ;) {
    try {
      return await work();
    } catch (error) {
      let pause = PAUSE;
      if (isThrottled(error)) {
        pause = backoff(throttles++);
        if (signal.aborted || clock.now() + pause > deadline) throw error;
      } else {
        if (!isAccessDenied(error)) throw error;
        if (await settled?.()) return undefined;
        if (isDeniedForGood(error)) throw error;
        end ??= clock.now() + patience;
        if (clock.now() >= end) throw error;
      }
      await clock.sleep(pause);
    }
  }
}

/** A client of the SDK. Its middleware stack determines which commands it takes. */
interface SdkClient<Stack> {
  readonly middlewareStack: Stack;
  send(command: any, options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
}

interface SdkCommand<Stack, Output> {
  resolveMiddleware(stack: Stack, configuration: any, options: any): (request: any) => Promise<{ readonly output: Output }>;
}

/** Sends a command, and retries it as `retryDeniedOrThrottled` does. */
export function sendCommand<Stack, Input, Output>(
  task: Task, client: SdkClient<Stack>, Command: new (input: Input) => SdkCommand<Stack, Output>, input: Input,
  settled?: () => Promise<boolean>,
): Promise<Output | undefined> {
  return retryDeniedOrThrottled(task, () => client.send(new Command(input), { abortSignal: task.signal }) as Promise<Output>, settled);
}

/** Does the same with the client of the repository. */
export function sendToEcr<Input, Output>(
  task: EcrTask, Command: new (input: Input) => SdkCommand<EcrTask['ecr']['middlewareStack'], Output>, input: Input,
  settled?: () => Promise<boolean>,
): Promise<Output | undefined> {
  return sendCommand(task, task.ecr, Command, input, settled);
}
