import { isAccessDenied } from '../protocol/errors';
import type { EcrTask, Task } from '../protocol/job';

/**
 * Permissions of a new role take a while to spread.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
 */
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

/** A client of the SDK. Its stack of middleware tells which commands are its own. */
interface SdkClient<Stack> {
  readonly middlewareStack: Stack;
  send(command: any, options: { readonly abortSignal: AbortSignal }): Promise<unknown>;
}

interface SdkCommand<Stack, Output> {
  resolveMiddleware(stack: Stack, configuration: any, options: any): (request: any) => Promise<{ readonly output: Output }>;
}

/** Sends a command, and repeats it as `retryDenied` does. */
export function sendCommand<Stack, Input, Output>(
  task: Task, client: SdkClient<Stack>, Command: new (input: Input) => SdkCommand<Stack, Output>, input: Input,
  settled?: () => Promise<boolean>,
): Promise<Output | undefined> {
  return retryDenied(task, () => client.send(new Command(input), { abortSignal: task.signal }) as Promise<Output>, settled);
}

/** The same with the client of the repository. */
export function sendToEcr<Input, Output>(
  task: EcrTask, Command: new (input: Input) => SdkCommand<EcrTask['ecr']['middlewareStack'], Output>, input: Input,
  settled?: () => Promise<boolean>,
): Promise<Output | undefined> {
  return sendCommand(task, task.ecr, Command, input, settled);
}
