import { COLUMN_NAMES, ColumnName } from './columns';
import { FLAG_NAMES } from './flags';
import { NO_FILTERS, View } from './selection';
import type { Bar } from '../overview/months';

export const LIST_PREFIX = '#list?';
export const DEFAULT_VIEW: View = { ...NO_FILTERS, sort: 'size', isDescending: true };

/** Returns the fragment of the URL that shows a view. Empty for the first view of the page. */
export function addressOfView({ query, flags, registry, bar, sort, isDescending }: View): string {
  const parts = new URLSearchParams();
  if (query !== '') parts.set('search', query);
  if (flags.size > 0) parts.set('show', [...flags].join(' '));
  if (registry !== undefined) parts.set('region', registry);
  if (bar !== undefined) parts.set('month', bar.month);
  if (sort !== DEFAULT_VIEW.sort || isDescending !== DEFAULT_VIEW.isDescending) parts.set('sort', `${isDescending ? '-' : ''}${sort}`);
  const text = parts.toString();
  return text === '' ? '' : LIST_PREFIX + text;
}

/** Returns the view that a fragment of a URL shows, without what this report does not have. Undefined if it shows none. */
export function parseView(hash: string, registries: readonly string[], bars: readonly Bar[]): View | undefined {
  if (!hash.startsWith(LIST_PREFIX)) return undefined;
  const parts = new URLSearchParams(hash.slice(LIST_PREFIX.length));
  const shown = (parts.get('show') ?? '').split(' ');
  const sort = parts.get('sort') ?? '-size';
  const column = sort.replace(/^-/, '') as ColumnName;
  return {
    query: parts.get('search') ?? '',
    flags: new Set(FLAG_NAMES.filter(name => shown.includes(name))),
    registry: registries.find(name => name === parts.get('region')),
    bar: bars.find(({ month }) => month === parts.get('month')),
    ...COLUMN_NAMES.includes(column) ? { sort: column, isDescending: sort.startsWith('-') }
      : { sort: DEFAULT_VIEW.sort, isDescending: DEFAULT_VIEW.isDescending },
  };
}
