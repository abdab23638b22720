import type { ShieldObjects } from './objects';
import { STOP_KEY } from '../../../src/core/shield/keys';
import type { Surroundings, Task } from '../protocol/job';

/** What Lambda tells a function about its invocation. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html */
export interface StepContext {
  readonly invokedFunctionArn: string;
  getRemainingTimeInMillis(): number;
}

/** Time reserved for writing the state. */
const RESERVE = 60_000;
/** A call that is still running then is aborted. */
const ABORT_RESERVE = 10_000;
/** Permissions of a new role take effect within seconds. The state machine repeats a step that fails. */
const STEP_PATIENCE = 15_000;

export interface StepTask {
  readonly task: Task;
  /** Whether the function must end soon. */
  isTimeUp(): boolean;
}

/** Returns the task of a function that a state machine calls. */
export function stepTask({ clock, log }: Pick<Surroundings, 'clock' | 'log'>, context: StepContext): StepTask {
  const remaining = context.getRemainingTimeInMillis();
  const end = clock.now() + remaining - RESERVE;
  return {
    task: {
      clock,
      log,
      signal: AbortSignal.timeout(Math.max(0, remaining - ABORT_RESERVE)),
      patience: STEP_PATIENCE,
      deadline: end,
      progress: () => undefined,
    },
    isTimeUp: () => clock.now() >= end,
  };
}

/** Returns `<account>/<region>` of a function. */
export function environmentOf({ invokedFunctionArn }: StepContext): string {
  const [, , , region, account] = invokedFunctionArn.split(':');
  return `${account}/${region}`;
}

/** Whether somebody stopped the shield, whatever the object contains. */
export async function isStopped(objects: ShieldObjects): Promise<boolean> {
  return await objects.read(STOP_KEY) !== undefined;
}
