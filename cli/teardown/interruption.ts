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

/** Somebody has had enough: the calls under way are finished, no other is begun. The second time ends the process at once, as without this. */
export class Interruption {
  private by?: Signal;
  private readonly controller = new AbortController();
  private sheltered = 0;

  /** @param told is run as soon as it happens */
  listen(told: () => void): void {
    const stop = (signal: Signal) => {
      for (const each of SIGNALS) process.off(each, stop);
      this.by = signal;
      told();
      this.controller.abort(new Interrupted());
    };
    for (const each of SIGNALS) process.on(each, stop);
  }

  /** What waits for something that is no call is to listen to it. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get status(): number {
    return STATUSES[this.by ?? 'SIGINT'];
  }

  /** @throws Interrupted when nothing more is to be begun */
  check(): void {
    if (this.sheltered === 0) this.signal.throwIfAborted();
  }

  /** Work of more than one call that is not left in the middle. */
  async seenThrough<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    this.sheltered += 1;
    try {
      return await work();
    } finally {
      this.sheltered -= 1;
    }
  }

  async sleep(milliseconds: number): Promise<void> {
    if (this.sheltered > 0) return setTimeout(milliseconds);
    this.check();
    await setTimeout(milliseconds, undefined, { signal: this.signal }).catch(() => this.check());
  }
}
