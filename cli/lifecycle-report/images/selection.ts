import type { DescribedImage } from '../../../src/core/images/described-images';
import { DAY } from '../../../src/core/lifecycle/simulate';
import { changesOn, concerns, Fate, Outcome, outcomeOn } from '../../page/future';

/** A pull within this number of days means that the image may still be in use. */
export const RECENT_PULL_DAYS = 30;

export const SORTS = ['change', 'outcome', 'tags', 'pushed', 'pulled', 'rule'] as const;
export type Sort = typeof SORTS[number];

/** The view that the user has chosen: the day, the filters, and the order. */
export interface View {
  readonly day: number;
  readonly rule?: number;
  readonly outcomes: ReadonlySet<Outcome>;
  readonly isRecentPullsOnly: boolean;
  readonly query: string;
  readonly sort: Sort;
  readonly isDescending: boolean;
}

export const NO_FILTERS: Pick<View, 'rule' | 'outcomes' | 'isRecentPullsOnly' | 'query'> = {
  rule: undefined, outcomes: new Set(), isRecentPullsOnly: false, query: '',
};

export function isUnfiltered({ rule, outcomes, isRecentPullsOnly, query }: View): boolean {
  return rule === undefined && outcomes.size === 0 && !isRecentPullsOnly && query.trim() === '';
}

export function isRecentlyPulled({ lastRecordedPullTime }: DescribedImage, at: number): boolean {
  return lastRecordedPullTime !== undefined && at - lastRecordedPullTime <= RECENT_PULL_DAYS * DAY;
}

/** Selects and sorts the images of a view. Caches the orders, because the slider requests them for every day. */
export class ImageSelection {
  private readonly orders = new Map<string, Uint32Array>();
  private haystacks?: string[];

  constructor(
    private readonly images: readonly DescribedImage[], private readonly fates: readonly Fate[], private readonly rules: number,
    private readonly at: number,
  ) {}

  /** Returns an array with 1 for each image in the view. */
  mask(view: View): Uint8Array {
    if (isUnfiltered(view)) return new Uint8Array(this.images.length).fill(1);
    const mask = new Uint8Array(this.images.length);
    const words = view.query.toLowerCase().split(/\s+/).filter(word => word !== '');
    const haystacks = words.length > 0 ? this.searchTexts() : [];
    for (let index = 0; index < mask.length; index++) {
      const fate = this.fates[index];
      if (view.rule !== undefined && !concerns(fate, view.rule, this.rules, view.day)) continue;
      if (view.outcomes.size > 0 && !view.outcomes.has(outcomeOn(fate, view.day))) continue;
      if (view.isRecentPullsOnly && !isRecentlyPulled(this.images[index], this.at)) continue;
      if (!words.every(word => haystacks[index].includes(word))) continue;
      mask[index] = 1;
    }
    return mask;
  }

  select(view: View, mask: Uint8Array): Uint32Array {
    const order = this.order(view);
    return isUnfiltered(view) ? order : order.filter(index => mask[index] === 1);
  }

  private searchTexts(): string[] {
    return this.haystacks ??= this.images.map(({ digest, tags }, index) =>
      `${tags.join(' ') || 'untagged'} ${digest} ${this.fates[index].decision.reason}`.toLowerCase());
  }

  private order({ sort, isDescending, day }: View): Uint32Array {
    const name = `${sort} ${isDescending}`;
    const knownOrder = this.orders.get(name);
    if (knownOrder) return knownOrder;
    const order = Uint32Array.from(this.images.keys());
    const keys = this.keys(sort, day);
    const tags = sort === 'tags' ? this.images.map(firstTag) : [];
    const compare = (one: number, other: number) => // by comparison, because the difference of infinities is NaN
      sort === 'tags' ? compareAscending(tags[one], tags[other]) : compareAscending(keys[one], keys[other]);
    const sign = isDescending ? -1 : 1;
    order.sort((one, other) => sign * compare(one, other) || this.images[other].pushedAt - this.images[one].pushedAt || one - other);
    if (sort !== 'outcome') this.orders.set(name, order); // the only order that depends on the day
    return order;
  }

  private keys(sort: Sort, day: number): Float64Array {
    const key: Readonly<Record<Sort, (index: number) => number>> = {
      change: index => changesOn(this.fates[index]),
      outcome: index => ({ EXPIRE: 0, ARCHIVE: 1, KEEP: 2 })[outcomeOn(this.fates[index], day)],
      tags: () => 0,
      pushed: index => this.images[index].pushedAt,
      pulled: index => this.images[index].lastRecordedPullTime ?? -Infinity,
      rule: index => this.fates[index].rule,
    };
    return Float64Array.from(this.images, (_, index) => key[sort](index));
  }
}

/** Returns a key that sorts untagged images last. */
function firstTag({ tags }: DescribedImage): string {
  return tags.length === 0 ? '\uffff' : tags[0];
}

function compareAscending<Key extends string | number>(one: Key, other: Key): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
