import { Cell, COLUMN_NAMES, ColumnName, COLUMNS } from './columns';
import type { View } from './selection';
import { element } from '../../../page/element';
import { VirtualList } from '../../../page/virtual-list';
import { formatNumber } from '../../../page/words';
import type { RepositoryRecord } from '../../repository-record';
import { shareOfBar } from '../overview/months';
import { registryWord } from '../record-words';

/** Space of the cells within a row. */
const PADDING = 15;

/** Aligns the titles of the columns with the cells, which the scroll bar of the list moves. */
export function alignTitles(titles: HTMLElement, host: HTMLElement): void {
  new ResizeObserver(() => { titles.style.paddingRight = `${PADDING + host.offsetWidth - host.clientWidth - 2}px`; }).observe(host);
}

/** Creates the list of repositories: rows on a wide page, and cards on a narrow one. */
export function createRepositoryList(
  host: HTMLElement, records: readonly RepositoryRecord[], hasSeveralRegistries: boolean, bar: () => View['bar'],
  choose: (index: number) => void,
): VirtualList {
  return new VirtualList(host, {
    cells: index => cellsOf(records[index], hasSeveralRegistries, bar()),
    label: index => labelOf(records[index], bar()),
    choose,
    emptyText: records.length === 0 ? 'The registry has no repositories.' : 'No repository matches.',
    nouns: 'repositories',
  });
}

function cellsOf(record: RepositoryRecord, hasSeveralRegistries: boolean, bar: View['bar']): HTMLElement[] {
  return COLUMN_NAMES.map(name => {
    if (name === 'name') {
      return element('span', { class: 'cell name' }, element('b', {}, record.name),
        ...record.problems.length === 0 ? [] : [element('span', { class: 'tone-danger problem' }, 'problem')],
        ...hasSeveralRegistries ? [element('span', { class: 'muted where' }, registryWord(record.registry))] : []);
    }
    const { title, isFigure } = COLUMNS[name];
    const { text, tone } = cellOf(name, record, bar);
    return element('span', { 'class': `cell ${name}${isFigure ? ' figure' : ''}`, 'data-label': title },
      // Each part of a text is one line in a wide table.
      element('span', { class: tone === undefined ? 'value' : `value tone-${tone}` }, text.replace(', ', ',\n').replace(' of ', '\nof ')));
  });
}

/** With a bar of the chart, the number of images is that of the bar. */
function cellOf(name: ColumnName, record: RepositoryRecord, bar: View['bar']): Cell {
  const cell = COLUMNS[name].cell(record);
  return name !== 'images' || !bar || !record.images ? cell
    : { ...cell, text: `${formatNumber(shareOfBar(record, bar).count)} of ${cell.text}` };
}

/** Says what the columns are, because a screen reader does not know them in a list. */
function labelOf(record: RepositoryRecord, bar: View['bar']): string {
  return [
    ...COLUMN_NAMES.map(name => `${name === 'name' ? '' : `${COLUMNS[name].title} `}${cellOf(name, record, bar).text}`),
    ...record.problems,
  ].join('; ');
}
