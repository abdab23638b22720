import { element, part } from './element';
import type { Tally } from './future';
import type { Insight } from './insights';
import type { ReportData } from './report-data';
import { minute, number } from './words';

/** What holds whatever the slider says. */
export function showHeader({ images, at }: ReportData, now: Tally, found: readonly Insight[], open: (insight: Insight) => void): void {
  part('moment').textContent = `As of ${minute(at)}`;
  const totals: ReadonlyArray<[string, string, number]> = [
    ['all', images.length === 1 ? 'image' : 'images', images.length], ['expire', 'expired now', now.expired], ['transition', 'archived now', now.archived], ['keep', 'kept', now.kept],
  ];
  part('totals').append(...totals.map(([name, label, value]) =>
    element('div', { class: `total ${name}`, id: `total-${name}` }, element('dt', {}, label), element('dd', {}, number(value)))));
  const list = part('insights');
  list.hidden = found.length === 0;
  list.append(...found.map(insight => {
    const item = element('li', {}, insight.text);
    if (insight.shows) {
      const button = element('button', { type: 'button', class: 'link' }, insight.shows === 'warnings' ? 'Read them' : 'Show them');
      button.addEventListener('click', () => open(insight));
      item.append(' ', button);
    }
    return item;
  }));
}
