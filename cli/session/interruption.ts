import { setTimeout } from 'node:timers/promises';

export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** Exit codes as in a shell: 128 plus the number of the signal. */
const STATUSES = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof STATUSES;
const SIGNALS = Object.keys(STATUSES) as Signal[];

/**
 * Stops the run on a signal: calls in progress finish, and no other call starts. A second signal ends the process immediately.
 */
export class Interruption {
  private receivedSignal?: Signal;
  private readonly controller = new AbortController();
  /** Number of operations in progress that must run to their end. */
  private shelters = 0;

  /** @param onSignal runs when the signal arrives */
  listen(onSignal: () => void): void {
    const stop = (signal: Signal) => {
      for (const each of SIGNALS) process.off(each, stop);
      this.receivedSignal = signal;
      onSignal();
      this.controller.abort(new Interrupted());
    };
    for (const each of SIGNALS) process.on(each, stop);
  }

  /** Signal for code that waits without a call, such as a question. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get status(): number {
    return STATUSES[this.receivedSignal ?? 'SIGINT'];
  }

  /** @throws Interrupted if no other call may start */
  check(): void {
    if (this.shelters === 0) this.signal.throwIfAborted();
  }

  /** Runs several calls to their end, even if a signal arrives. */
  async complete<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    this.shelters += 1;
    try {
      return await work();
    } finally {
      this.shelters -= 1;
    }
  }

  async sleep(milliseconds: number): Promise<void> {
    if (this.shelters > 0) return setTimeout(milliseconds);
    this.check();
    await setTimeout(milliseconds, undefined, { signal: this.signal }).catch(() => this.check());
  }
}
