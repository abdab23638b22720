import { setTimeout } from 'node:timers/promises';

export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

/** As a shell shows them: 128 and the number of the signal. */
const STATUSES = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof STATUSES;
const SIGNALS = Object.keys(STATUSES) as Signal[];

/**
 * A person stops the run: the calls under way are finished, no other is begun. The second signal ends the process at once, as without this.
 */
export class Interruption {
  private receivedSignal?: Signal;
  private readonly controller = new AbortController();
  /** How much work is under way that is not left in the middle. */
  private shelters = 0;

  /** @param onSignal is run as soon as it happens */
  listen(onSignal: () => void): void {
    const stop = (signal: Signal) => {
      for (const each of SIGNALS) process.off(each, stop);
      this.receivedSignal = signal;
      onSignal();
      this.controller.abort(new Interrupted());
    };
    for (const each of SIGNALS) process.on(each, stop);
  }

  /** For whatever waits for something else than a call. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get status(): number {
    return STATUSES[this.receivedSignal ?? 'SIGINT'];
  }

  /** @throws Interrupted when nothing more is to be begun */
  check(): void {
    if (this.shelters === 0) this.signal.throwIfAborted();
  }

  /** Does work of more than one call that is not left in the middle. */
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
