import type { Clock } from '../../lambda/shared/protocol/job';

interface Sleeper {
  readonly until: number;
  wake(): void;
}

/** A clock that advances only if all tasks wait. */
export class VirtualClock implements Clock {
  private time = 0;
  private running = 0;
  private sleepers = new Array<Sleeper>();

  now = (): number => this.time;

  sleep = (milliseconds: number): Promise<void> => new Promise(wake => {
    this.sleepers.push({ until: this.time + milliseconds, wake });
  });

  /** Runs all tasks concurrently, and returns after they end. */
  async run(works: ReadonlyArray<() => Promise<void>>): Promise<void> {
    this.running = works.length;
    const all = Promise.all(works.map(work => work().finally(() => { this.running--; })));
    while (this.running > 0) {
      if (this.sleepers.length < this.running) await new Promise(setImmediate);
      else this.wakeNext();
    }
    await all;
  }

  private wakeNext(): void {
    const next = this.sleepers.reduce((earliest, sleeper) => sleeper.until < earliest.until ? sleeper : earliest);
    this.sleepers = this.sleepers.filter(sleeper => sleeper !== next);
    this.time = Math.max(this.time, next.until);
    next.wake();
  }
}
