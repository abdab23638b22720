import { pluralize } from '../../../src/core/format';

/** Milliseconds and repositories after which the pace is a basis for an estimate. */
const SETTLING = 10_000;
const ENOUGH = 20;

/** How far a report is. */
export class Pace {
  private readonly start: number;
  private done = 0;
  private images = 0;

  /** @param earlier number of repositories that an interrupted run has read */
  constructor(private readonly total: number, private readonly earlier: number, private readonly now: () => number) {
    this.start = now();
  }

  add(images: number): void {
    this.done += 1;
    this.images += images;
  }

  toString(): string {
    const { done, earlier, images, total } = this;
    const seconds = (this.now() - this.start) / 1_000;
    const rate = done / Math.max(seconds, 0.001);
    return `read ${count(done + earlier)} of ${count(total)} repositories, ${count(images)} images,`
      + ` ${rate.toFixed(rate < 10 ? 1 : 0)} per second, ${this.remaining(rate)}`;
  }

  /** Large repositories can come last, so the time is an estimate. */
  private remaining(rate: number): string {
    const { done, earlier, total } = this;
    if (done < Math.min(ENOUGH, total) || this.now() - this.start < SETTLING) return 'estimating the remaining time';
    const seconds = (total - earlier - done) / rate;
    const [size, unit] = seconds < 90 ? [1, 'second'] as const : seconds < 5_400 ? [60, 'minute'] as const : [3_600, 'hour'] as const;
    return `about ${pluralize(Math.ceil(seconds / size), unit)} left`;
  }
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
