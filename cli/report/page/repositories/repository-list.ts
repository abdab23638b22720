import { COLUMN_NAMES, COLUMNS } from './columns';
import { element } from '../../../page/element';
import { VirtualList } from '../../../page/virtual-list';
import type { RepositoryRecord } from '../../repository-record';
import { registryWord } from '../record-words';

/** Space of the cells within a row. */
const PADDING = 15;

/** Aligns the titles of the columns with the cells, which the scroll bar of the list moves. */
export function alignTitles(titles: HTMLElement, host: HTMLElement): void {
  new ResizeObserver(() => { titles.style.paddingRight = `${PADDING + host.offsetWidth - host.clientWidth - 2}px`; }).observe(host);
}

/** Creates the list of repositories: rows on a wide page, and cards on a narrow one. */
export function createRepositoryList(
  host: HTMLElement, records: readonly RepositoryRecord[], hasSeveralRegistries: boolean, choose: (index: number) => void,
): VirtualList {
  return new VirtualList(host, {
    cells: index => cellsOf(records[index], hasSeveralRegistries),
    label: index => labelOf(records[index]),
    choose,
    emptyText: records.length === 0 ? 'The registry has no repositories.' : 'No repository matches.',
    nouns: 'repositories',
  });
}

function cellsOf(record: RepositoryRecord, hasSeveralRegistries: boolean): HTMLElement[] {
  return COLUMN_NAMES.map(name => {
    if (name === 'name') {
      return element('span', { class: 'cell name' }, element('b', {}, record.name),
        ...record.problems.length === 0 ? [] : [element('span', { class: 'tone-danger problem' }, 'problem')],
        ...hasSeveralRegistries ? [element('span', { class: 'muted where' }, registryWord(record.registry))] : []);
    }
    const { title, isFigure, cell } = COLUMNS[name];
    const { text, tone } = cell(record);
    return element('span', { 'class': `cell ${name}${isFigure ? ' figure' : ''}`, 'data-label': title },
      element('span', { class: tone === undefined ? 'value' : `value tone-${tone}` }, text));
  });
}

/** Says what the columns are, because a screen reader does not know them in a list. */
function labelOf(record: RepositoryRecord): string {
  return [
    ...COLUMN_NAMES.map(name => `${name === 'name' ? '' : `${COLUMNS[name].title} `}${COLUMNS[name].cell(record).text}`),
    ...record.problems,
  ].join('; ');
}
