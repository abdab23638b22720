import { Outcome, UnsettledError } from './converge';
import { backoff } from '../protocol/backoff';
import { isThrottled, isTransient, UserError } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

/** For faults of AWS and lost connections. Throttled calls are retried until the time of the function runs out. */
const TRANSIENT_PATIENCE = 300_000;
const PAUSE = 3_000;

/** A slower reading is too old to be used. Includes the minute that a permission may take to become effective. */
const READING_TIMEOUT = 90_000;

/** Reads and writes for `converge` with a client that never retries. Retries after temporary errors, each kind for its own time. */
export class SingleAttempts {
  /** Start time of the last attempt to read. */
  readAt?: number;
  /** Lengthens the pause after each throttled call, so that many writers do not block each other. */
  private throttles = 2;
  private readonly start: number;

  constructor(private readonly job: EcrTask) {
    this.start = job.clock.now();
  }

  /** Milliseconds since the work began. */
  get elapsed(): number {
    return this.job.clock.now() - this.start;
  }

  async read<T>(attempt: (task: EcrTask) => Promise<T>): Promise<T> {
    const { job } = this;
    for (;;) {
      const deadline = AbortSignal.timeout(READING_TIMEOUT);
      this.readAt = job.clock.now();
      try {
        // after a wait, the reading would be too old to base a write on
        return await attempt({ ...job, deadline: 0, signal: AbortSignal.any([job.signal, deadline]) });
      } catch (error) {
        if (deadline.aborted && !job.signal.aborted) throw new UnsettledError('slow');
        await this.waitOrThrow(error);
      }
    }
  }

  /**
   * @param within milliseconds after which the attempt is abandoned
   * @param throwUnlessRetryable called with an error that is not temporary
   */
  async write(
    within: number, attempt: (signal: AbortSignal) => Promise<unknown>, throwUnlessRetryable: (error: unknown) => void,
  ): Promise<Outcome> {
    const { job } = this;
    const deadline = AbortSignal.timeout(Math.floor(within));
    try {
      await attempt(AbortSignal.any([job.signal, deadline]));
      return 'written';
    } catch (error) {
      // also for an error that arrived at the deadline: the next reading shows whether it was written
      if (deadline.aborted && !job.signal.aborted && !(error instanceof UserError)) return 'given up';
      if (isTransient(error)) {
        await this.waitOrThrow(error);
        return 'perhaps written';
      }
      throwUnlessRetryable(error);
      await job.clock.sleep(PAUSE);
      return 'refused';
    }
  }

  /** The client never retries, so that no write takes effect late. The waits of the SDK are made here instead, between two readings. */
  private async waitOrThrow(error: unknown): Promise<void> {
    const { job: { clock, deadline } } = this;
    const end = isThrottled(error) ? deadline : this.start + TRANSIENT_PATIENCE;
    if (!isTransient(error) || clock.now() >= end) throw error;
    await clock.sleep(isThrottled(error) ? backoff(++this.throttles) : Math.round(PAUSE * (0.5 + Math.random())));
  }
}
