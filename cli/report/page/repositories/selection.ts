import { COLUMNS, ColumnName } from './columns';
import { FLAGS, FlagName } from './flags';
import type { RepositoryRecord } from '../../repository-record';
import { Bar, shareOfBar } from '../overview/months';
import { registryWord } from '../record-words';

/** What the list shows. */
export interface View {
  readonly query: string;
  /** Only repositories that have all of these. */
  readonly flags: ReadonlySet<FlagName>;
  readonly registry?: string;
  /** Only repositories with images of a bar of the chart. */
  readonly bar?: Pick<Bar, 'month' | 'isEarlier'>;
  readonly sort: ColumnName;
  readonly isDescending: boolean;
}

export const NO_FILTERS = { query: '', flags: new Set<FlagName>(), registry: undefined, bar: undefined } as const;

export function isUnfiltered({ query, flags, registry, bar }: View): boolean {
  return query.trim() === '' && flags.size === 0 && registry === undefined && bar === undefined;
}

/** Selects and sorts the repositories of a view. */
export class RepositorySelection {
  private readonly orders = new Map<string, Uint32Array>();
  private haystacks?: string[];

  constructor(private readonly records: readonly RepositoryRecord[]) {}

  select(view: View): Uint32Array {
    const order = this.order(view);
    if (isUnfiltered(view)) return order;
    const words = view.query.toLowerCase().split(/\s+/).filter(word => word !== '');
    const haystacks = words.length > 0 ? this.searchTexts() : [];
    const flags = [...view.flags].map(name => FLAGS[name]);
    return order.filter(index => {
      const record = this.records[index];
      return (view.registry === undefined || record.registry === view.registry)
        && flags.every(flag => flag.has(record))
        && (view.bar === undefined || shareOfBar(record, view.bar).count > 0)
        && words.every(word => haystacks[index].includes(word));
    });
  }

  private searchTexts(): string[] {
    return this.haystacks ??= this.records.map(({ name, registry, owner }) =>
      `${name} ${registryWord(registry)} ${owner.stack ?? ''}`.toLowerCase());
  }

  /** With a bar of the chart, the column of images has only those of the bar. */
  private order({ sort, isDescending, bar }: View): Uint32Array {
    const ofBar = sort === 'images' ? bar : undefined;
    const name = `${sort} ${isDescending} ${ofBar?.month}`;
    const knownOrder = this.orders.get(name);
    if (knownOrder) return knownOrder;
    const keys = this.records.map(record => ofBar && record.images ? shareOfBar(record, ofBar).count : COLUMNS[sort].key(record));
    const names = this.records.map(record => record.name);
    const sign = isDescending ? -1 : 1;
    const order = Uint32Array.from(this.records.keys()).sort((one, other) =>
      compareWithMissing(keys[one], keys[other], sign) || compare(names[one], names[other]) || one - other);
    this.orders.set(name, order);
    return order;
  }
}

function compareWithMissing(one: number | string | undefined, other: number | string | undefined, sign: number): number {
  if (one === undefined || other === undefined) return Number(one === undefined) - Number(other === undefined);
  return sign * compare(one, other);
}

function compare(one: number | string, other: number | string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
