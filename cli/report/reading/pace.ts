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

  /** The line must fit into a terminal of 80 columns, and what comes last is cut. */
  toString(): string {
    const { done, earlier, images, total } = this;
    return `${count(done + earlier)} of ${count(total)} repositories${this.remaining()} (${count(images)} images)`;
  }

  /** Large repositories can come last, so the time is an estimate. */
  private remaining(): string {
    const { done, earlier, total } = this;
    const elapsed = this.now() - this.start;
    if (done < Math.min(ENOUGH, total) || elapsed < SETTLING) return '';
    const seconds = (total - earlier - done) * elapsed / done / 1_000;
    const [size, unit] = seconds < 90 ? [1, 'second'] as const : seconds < 5_400 ? [60, 'minute'] as const : [3_600, 'hour'] as const;
    return `, about ${pluralize(Math.ceil(seconds / size), unit)} left`;
  }
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}
