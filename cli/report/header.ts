import { element, findPart } from './element';
import type { Tally } from './future';
import type { Insight } from './insights';
import type { ReportData } from './report-data';
import { formatMinute, formatNumber } from './words';

/** What holds whatever the slider says. */
export function showHeader(
  { images, at }: ReportData, currentTally: Tally, insights: readonly Insight[], open: (insight: Insight) => void,
): void {
  findPart('moment').textContent = `As of ${formatMinute(at)}`;
  const totals: ReadonlyArray<[string, string, number]> = [
    ['all', images.length === 1 ? 'image' : 'images', images.length],
    ['expire', 'expired now', currentTally.expiredCount],
    ['archive', 'archived now', currentTally.archivedCount],
    ['keep', 'kept', currentTally.keptCount],
  ];
  findPart('totals').append(...totals.map(([name, label, value]) =>
    element('div', { class: `total ${name}`, id: `total-${name}` }, element('dt', {}, label), element('dd', {}, formatNumber(value)))));
  const list = findPart('insights');
  list.hidden = insights.length === 0;
  list.append(...insights.map(insight => {
    const item = element('li', {}, insight.text);
    if (insight.shows) {
      const button = element('button', { type: 'button', class: 'link' }, insight.shows === 'warnings' ? 'Read them' : 'Show them');
      button.addEventListener('click', () => open(insight));
      item.append(' ', button);
    }
    return item;
  }));
}
