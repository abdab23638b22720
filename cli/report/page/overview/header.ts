import { sortNotes } from './notes';
import { element, findPart } from '../../../page/element';
import { formatCount, formatMinute, formatNumber, formatSize } from '../../../page/words';
import { SIZES_NOTE } from '../../../simulation';
import type { PolicyTotals, RegistryTotals } from '../../figures/registry-totals';
import type { RegistryReport } from '../../registry-report';
import type { RepositoryRecord } from '../../repository-record';
import { formatPart, formatShare, PUBLIC, registryWord } from '../record-words';
import { totalElement } from '../total-element';

/** Shows the account, the totals, and the notes. */
export function showHeader(report: RegistryReport, totals: RegistryTotals): void {
  const { at, registries, notPulledForDays, repositories } = report;
  const names = registries.map(({ registry }) => registryWord(registry));
  const where = names.length > 4 ? `${names.slice(0, 3).join(', ')}, and ${names.length - 3} more Regions` : names.join(', ');
  findPart('moment').textContent = [where, `as of ${formatMinute(at)}`].filter(part => part !== '').join(' · ');
  const { images, untagged, notPulled } = totals;
  const recordedImages = repositories.reduce((sum, record) => sum + (record.images?.notPulled ? record.images.all.count : 0), 0);
  const unused = `not pulled for ${formatCount(notPulledForDays, 'day')}`;
  findPart('totals').append(
    totalElement('repositories', totals.repositories === 1 ? 'repository' : 'repositories', formatNumber(totals.repositories)),
    totalElement('images', images.count === 1 ? 'image' : 'images', formatNumber(images.count)),
    totalElement('size', 'image sizes', formatSize(images.bytes)),
    totalElement('untagged', 'untagged', formatPart(untagged.count, images.count), formatCount(untagged.count, 'image')),
    recordedImages === 0 && images.count > 0 ? totalElement('not-pulled', unused, '–', 'not recorded')
      : totalElement('not-pulled', unused, formatPart(notPulled.count, recordedImages),
        `${formatCount(notPulled.count, 'image')}, ${formatSize(notPulled.bytes)}`),
  );
  findPart('effects').append(...effectLines(repositories, totals));
  findPart('sizes-note').textContent = `Sizes are sums of the image sizes that ECR reports: ${SIZES_NOTE}. `
    + `An image counts as not pulled if it was neither pushed, restored, nor pulled for ${formatCount(notPulledForDays, 'day')}, and is not`
    + ' archived.';
  const { run, general } = sortNotes(report);
  for (const [id, list] of [['notes', run], ['general-notes', general]] as const) {
    findPart(id).append(...list.map(note => element('li', {}, note)));
  }
}

/** Says what the current and the recommended policies do. A recommendation can do less, because few repositories need one. */
function effectLines(repositories: readonly RepositoryRecord[], { live, recommended }: RegistryTotals): HTMLElement[] {
  if (repositories.every(({ registry }) => registry === PUBLIC)) return [];
  const line = (id: string, subject: string, would: string, { expires, archives }: PolicyTotals, rest: string) =>
    element('li', { id }, `${subject} ${would}`, element('b', {}, `remove ${formatShare(expires)}`),
      ...archives.count === 0 ? [] : ['; ', element('b', {}, `archive ${formatShare(archives)}`)], rest);
  return [
    line('effect-current', 'Current policies', '', live, ' within 30 days.'),
    ...recommended.repositories === 0 ? [] : [
      line('effect-recommended', 'Recommended policies', 'would ', recommended,
        ` within 30 days, in the ${formatCount(recommended.repositories, 'repository', 'repositories')} with a recommendation.`),
    ],
  ];
}
