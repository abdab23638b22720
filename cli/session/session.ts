import { Clients } from './clients';
import { Interruption } from './interruption';
import type { Task } from '../../lambda/shared/protocol/job';
import { StatusLine } from '../status-line';
import type { complain } from '../terminal';

/** Milliseconds after its start for which the command retries throttled calls. */
export const THROTTLING_PATIENCE = 900_000;

/** What all steps of one run of a command share. */
export interface Session {
  readonly task: Task;
  readonly clients: Clients;
  readonly interruption: Interruption;
  readonly complain: typeof complain;
  /** Makes room for output by clearing the status line. */
  clear(): void;
}

/** Starts to listen for Ctrl-C. */
export function startSession(): Session {
  const status = new StatusLine(process.stderr);
  const interruption = new Interruption();
  const say: typeof complain = (kind, text) => status.complain(kind, text);
  interruption.listen(() => {
    if (process.stderr.isTTY) process.stderr.write('\n'); // after the ^C that the terminal shows
    say('note', 'stopping after the calls in progress. Press Ctrl-C again to stop immediately');
  });
  return {
    interruption,
    clients: new Clients(interruption),
    complain: say,
    clear: () => status.clear(),
    task: {
      clock: { now: () => Date.now(), sleep: milliseconds => interruption.sleep(milliseconds) },
      // Never aborted, because a call that has started must finish.
      signal: new AbortController().signal,
      // Permissions were not granted recently, so a denial by IAM is final.
      patience: 0,
      deadline: Date.now() + THROTTLING_PATIENCE,
      log: line => say('note', line),
      progress: state => status.say(state),
    },
  };
}
