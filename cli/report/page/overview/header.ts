import { element, findPart } from '../../../page/element';
import { formatCount, formatMinute, formatNumber, formatSize } from '../../../page/words';
import { SIZES_NOTE } from '../../../simulation';
import type { RegistryReport } from '../../registry-report';
import { formatPart, registryWord } from '../record-words';
import { totalElement } from '../total-element';
import { Totals } from '../totals';

/** Shows the account, the totals, and the notes. */
export function showHeader({ at, registries, notPulledForDays, notes }: RegistryReport, totals: Totals): void {
  const names = registries.map(({ registry }) => registryWord(registry));
  const where = names.length > 4 ? `${names.slice(0, 3).join(', ')}, and ${names.length - 3} more Regions` : names.join(', ');
  findPart('moment').textContent = [where, `as of ${formatMinute(at)}`].filter(part => part !== '').join(' · ');
  const { all, untagged, notPulled, removedSoon, recommended } = totals;
  findPart('totals').append(
    totalElement('repositories', totals.repositories === 1 ? 'repository' : 'repositories', formatNumber(totals.repositories)),
    totalElement('images', all.count === 1 ? 'image' : 'images', formatNumber(all.count)),
    totalElement('size', 'image sizes', formatSize(all.bytes)),
    totalElement('untagged', 'untagged', formatPart(untagged.count, all.count), formatCount(untagged.count, 'image')),
    notPulled === undefined
      ? totalElement('not-pulled', `not pulled for ${notPulledForDays} days`, '–', 'not recorded')
      : totalElement('not-pulled', `not pulled for ${notPulledForDays} days`, formatPart(notPulled.count, totals.pullable),
        `${formatCount(notPulled.count, 'image')}, ${formatSize(notPulled.bytes)}`),
    totalElement('expire', 'removed by policies', formatNumber(removedSoon.count), `${formatSize(removedSoon.bytes)} in 30 days`),
    totalElement('keep', 'with recommended policies', formatNumber(recommended.count), `${formatSize(recommended.bytes)} in 30 days`),
  );
  findPart('sizes-note').textContent = `Sizes are sums of the image sizes that ECR reports: ${SIZES_NOTE}. `
    + `An image counts as not pulled if it was neither pushed nor pulled for ${formatCount(notPulledForDays, 'day')}.`
    + (registries.some(({ registry }) => registry === 'public') ? ' ECR Public records no pulls and has no lifecycle policies.' : '');
  findPart('notes').append(...notes.map(note => element('li', {}, note)));
}
