import { ColumnName, COLUMN_NAMES, COLUMNS } from './columns';
import { FLAG_NAMES, flagLabel, FlagName, FLAGS } from './flags';
import { isUnfiltered, NO_FILTERS, View } from './selection';
import { element, findPart, setAttribute } from '../../../page/element';
import { formatNumber } from '../../../page/words';
import type { RepositoryRecord } from '../../repository-record';
import { barName } from '../overview/months';
import { registryWord } from '../record-words';

export interface FiltersOptions {
  readonly records: readonly RepositoryRecord[];
  readonly registries: readonly string[];
  /** Whether the report searched for images in use. */
  readonly searchesUse: boolean;
  readonly change: (patch: Partial<View>) => void;
  readonly view: () => View;
}

const ALL = '';

/** Controls that filter and sort the list. */
export class Filters {
  private readonly search = findPart<HTMLInputElement>('search');
  private readonly registry = findPart<HTMLSelectElement>('registry');
  private readonly sort = findPart<HTMLSelectElement>('sort');
  private readonly direction = findPart('direction');
  private readonly month = chip('month-chip', '');
  private readonly clear = chip('clear', 'Clear filters');
  private readonly flags: ReadonlyArray<{ readonly name: FlagName; readonly button: HTMLButtonElement }>;
  private readonly sorts: ReadonlyArray<{ readonly name: ColumnName; readonly button: HTMLButtonElement; readonly arrow: HTMLElement }>;

  constructor({ records, registries, searchesUse, change, view }: FiltersOptions) {
    this.search.addEventListener('input', () => change({ query: this.search.value }));
    findPart('registry-label').hidden = registries.length < 2;
    this.registry.append(element('option', { value: ALL }, 'all'),
      ...registries.map(registry => element('option', { value: registry }, registryWord(registry))));
    this.registry.addEventListener('change', () => change({ registry: this.registry.value === ALL ? undefined : this.registry.value }));
    this.flags = FLAG_NAMES.flatMap(name => {
      const count = records.filter(FLAGS[name].has).length;
      if (count === 0) return [];
      const button = chip(`chip-${name}`, flagLabel(name, searchesUse));
      button.append(' ', element('span', { class: 'count' }, formatNumber(count)));
      button.addEventListener('click', () => {
        const flags = new Set(view().flags);
        if (!flags.delete(name)) flags.add(name);
        change({ flags });
      });
      return { name, button };
    });
    this.month.addEventListener('click', () => change({ bar: undefined }));
    this.clear.addEventListener('click', () => change(NO_FILTERS));
    for (const button of [this.month, this.clear]) { // the chip will be hidden
      button.addEventListener('click', () => this.search.focus({ preventScroll: true }));
    }
    findPart('chips').append(...this.flags.map(({ button }) => button), this.month, this.clear);
    this.sorts = COLUMN_NAMES.map(name => {
      const arrow = element('span', { 'class': 'arrow', 'aria-hidden': true });
      const button = element('button', { type: 'button', class: `sort ${name}${COLUMNS[name].isFigure ? ' figure' : ''}` },
        COLUMNS[name].title, ' ', arrow);
      button.addEventListener('click', () => change({
        sort: name, isDescending: view().sort === name ? !view().isDescending : beginsDescending(name),
      }));
      return { name, button, arrow };
    });
    findPart('sorting').append(...this.sorts.map(({ button }) => button));
    this.sort.append(...COLUMN_NAMES.map(name => element('option', { value: name }, COLUMNS[name].title)));
    this.sort.addEventListener('change', () => {
      const name = this.sort.value as ColumnName;
      change({ sort: name, isDescending: beginsDescending(name) });
    });
    this.direction.addEventListener('click', () => change({ isDescending: !view().isDescending }));
  }

  show(view: View): void {
    if (this.search.value !== view.query) this.search.value = view.query;
    this.registry.value = view.registry ?? ALL;
    for (const { name, button } of this.flags) setAttribute(button, 'aria-pressed', String(view.flags.has(name)));
    this.month.hidden = view.bar === undefined;
    setAttribute(this.month, 'aria-pressed', 'true');
    if (view.bar) this.month.textContent = `Images from ${barName(view.bar)}`;
    this.clear.hidden = isUnfiltered(view) && view.query === '';
    const words = view.isDescending ? 'descending' : 'ascending';
    for (const { name, button, arrow } of this.sorts) {
      const isChosen = view.sort === name;
      arrow.textContent = isChosen ? view.isDescending ? '↓' : '↑' : '';
      setAttribute(button, 'aria-pressed', String(isChosen));
      setAttribute(button, 'aria-label', isChosen ? `${COLUMNS[name].title}, ${words}` : COLUMNS[name].title);
    }
    this.sort.value = view.sort;
    this.direction.textContent = view.isDescending ? '↓' : '↑';
    setAttribute(this.direction, 'aria-label', `${words}, reverse`);
  }
}

/** Whether the first click on a column shows its greatest values. */
function beginsDescending(name: ColumnName): boolean {
  return name !== 'name' && name !== 'owner' && name !== 'pushed' && name !== 'pulled';
}

function chip(id: string, text: string): HTMLButtonElement {
  return element('button', { type: 'button', class: 'chip', id }, text);
}
