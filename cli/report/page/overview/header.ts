import { problemsOf } from './problems';
import { element, findPart } from '../../../page/element';
import { formatCount, formatMinute, formatNumber, formatSize } from '../../../page/words';
import { SIZES_NOTE } from '../../../simulation';
import type { RegistryTotals } from '../../figures/registry-totals';
import type { RegistryReport } from '../../registry-report';
import { formatPart, registryWord } from '../record-words';
import { totalElement } from '../total-element';

/** With more notes, the notes are folded, so that what needs attention is on the first screen. */
const MAX_OPEN_NOTES = 3;

/** Shows the account, the totals, and the notes. */
export function showHeader(report: RegistryReport, totals: RegistryTotals): void {
  const { at, registries, notPulledForDays, repositories } = report;
  const names = registries.map(({ registry }) => registryWord(registry));
  const where = names.length > 4 ? `${names.slice(0, 3).join(', ')}, and ${names.length - 3} more Regions` : names.join(', ');
  findPart('moment').textContent = [where, `as of ${formatMinute(at)}`].filter(part => part !== '').join(' · ');
  const { images, untagged, notPulled, live, recommended } = totals;
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
    totalElement('expire', 'removed by policies', formatNumber(live.expires.count), `${formatSize(live.expires.bytes)} in 30 days`),
    totalElement('keep', 'with recommended policies', formatNumber(recommended.expires.count),
      `${formatSize(recommended.expires.bytes)} in 30 days`),
  );
  findPart('sizes-note').textContent = `Sizes are sums of the image sizes that ECR reports: ${SIZES_NOTE}. `
    + `An image counts as not pulled if it was neither pushed, restored, nor pulled for ${formatCount(notPulledForDays, 'day')}, and is not`
    + ' archived.';
  showNotes(report);
}

function showNotes(report: RegistryReport): void {
  const problems = problemsOf(report).map(problem => problem.toLowerCase());
  const notes = report.notes.filter(note => !problems.some(problem => note.toLowerCase().startsWith(problem)));
  const details = findPart<HTMLDetailsElement>('notes-details');
  details.hidden = notes.length === 0;
  details.open = notes.length <= MAX_OPEN_NOTES;
  findPart('notes-title').textContent = formatCount(notes.length, 'note');
  findPart('notes').append(...notes.map(note => element('li', {}, note)));
}
