import type { Insight } from './insights';
import type { ReportData } from './report-data';
import { element, findPart } from '../page/element';
import type { Outcome, Tally } from '../page/future';
import { formatMinute, formatNumber, formatSize } from '../page/words';
import { SIZES_NOTE } from '../simulation';

/** Shows the part of the page that does not depend on the slider. */
export function showHeader(
  { images, at }: ReportData, currentTally: Tally, sizes: Readonly<Record<Outcome, number>> | undefined, insights: readonly Insight[],
  open: (insight: Insight) => void,
): void {
  findPart('moment').textContent = `As of ${formatMinute(at)}`;
  const totals: ReadonlyArray<[string, string, number, number | undefined]> = [
    ['all', images.length === 1 ? 'image' : 'images', images.length, sizes && sizes.EXPIRE + sizes.ARCHIVE + sizes.KEEP],
    ['expire', 'would expire now', currentTally.expiredCount, sizes?.EXPIRE],
    ['archive', 'would be archived now', currentTally.archivedCount, sizes?.ARCHIVE],
    ['keep', 'would stay', currentTally.keptCount, sizes?.KEEP],
  ];
  findPart('totals').append(...totals.map(([name, label, value, bytes]) => element('div', { class: `total ${name}`, id: `total-${name}` },
    element('dt', {}, label), element('dd', {}, formatNumber(value)),
    ...bytes === undefined ? [] : [element('dd', { class: 'size' }, formatSize(bytes))])));
  findPart('sizes-note').hidden = sizes === undefined;
  findPart('sizes-note').textContent = `Sizes are sums of the image sizes that ECR reports: ${SIZES_NOTE}.`;
  const list = findPart('insights');
  list.hidden = insights.length === 0;
  list.append(...insights.map(insight => {
    const item = element('li', {}, insight.text);
    if (insight.shows) {
      const button = element('button', { type: 'button', class: 'link' }, insight.shows === 'warnings' ? 'Show warnings' : 'Show images');
      button.addEventListener('click', () => open(insight));
      item.append(' ', button);
    }
    return item;
  }));
}
