import type { Clock } from '../protocol/job';
import { GAP, SETTLING_TIME } from '../repository/settling';

/** With several writers at the same time, at least one of them finishes in each round. */
const MAX_WRITES = 12;
/** Number of times that ECR may be too slow. `PAUSE` is the wait after each time. */
const MAX_SLOW_ATTEMPTS = 30;
const PAUSE = 2_000;

/** Result of a write. After every result except `written`, the write is retried from a new reading. The store has already waited after the
 * last two. */
export type Outcome = 'written' | 'given up' | 'perhaps written' | 'refused';

/** One setting that several stacks write, such as a policy, read and written in single attempts. */
export interface SharedStore<Live, Target> {
  /** Start time of the last attempt to read. @default - the time at which `read` was called */
  readonly readAt?: number;
  /** @returns the setting as it was at the start of the last attempt or later */
  read(): Promise<Live>;
  /** @param within milliseconds after which the attempt is abandoned */
  write(target: Target, within: number): Promise<Outcome>;
}

/** Another writer keeps changing the setting, or ECR is too slow for a safe write. */
export class UnsettledError extends Error {
  constructor(readonly why: 'another writer' | 'slow') {
    super(why);
  }
}

/**
 * Reads, changes, and writes the setting until it has the expected value and keeps it. The function waits only between two readings, never
 * between a reading and the write that is based on it.
 *
 * @param change returns the expected setting; undefined if the live one is correct, 'nothing' if there will never be one
 * @throws UnsettledError
 */
export async function converge<Live, Target extends object>(
  store: SharedStore<Live, Target>, clock: Clock, change: (live: Live) => Target | undefined | 'nothing',
): Promise<void> {
  let lastWrite = clock.now(); // a function that was interrupted may have written just before
  for (let writes = 0, slowAttempts = 0; ;) {
    const calledAt = clock.now();
    const target = change(await store.read());
    const readAt = store.readAt ?? calledAt;
    if (target === 'nothing') return;
    if (target === undefined) {
      const remaining = lastWrite + SETTLING_TIME - readAt;
      if (remaining <= 0) return;
      await clock.sleep(remaining);
      continue;
    }
    const within = readAt + GAP - clock.now();
    if (writes === MAX_WRITES) throw new UnsettledError('another writer');
    const outcome = within <= 0 ? 'slow' : await store.write(target, within);
    if (outcome === 'written') writes++;
    if (outcome === 'slow' || outcome === 'given up') {
      if (++slowAttempts === MAX_SLOW_ATTEMPTS) throw new UnsettledError('slow');
      await clock.sleep(PAUSE);
    }
    // after the pause: an abandoned write may take effect during it
    if (outcome !== 'slow' && outcome !== 'refused') lastWrite = clock.now();
  }
}
