import { element } from '../../../page/element';
import { dateOfDay, dayWords, formatCount, formatDate, formatNumber } from '../../../page/words';
import { firstDayOf, isEndangered } from '../../figures/endangered';
import type { RepositoryRecord, SampledImage } from '../../repository-record';
import type { UseSearch } from '../record-words';

/** Digits of a digest that are enough to find the image. */
const SHORT_DIGEST = 'sha256:'.length + 12;

/** Says which needed images the current policy removes or archives soon. */
export function endangeredNotice({ policy, images }: RepositoryRecord, at: number, search: UseSearch): HTMLElement[] {
  if (policy?.kind !== 'policy' || policy.endangered === 0) return [];
  const listed = (images?.sample ?? []).filter(image => isEndangered(image, at))
    .sort((one, other) => firstDayOf(one.fate) - firstDayOf(other.fate));
  const action = listed.length < policy.endangered ? 'removes or archives' : actionOf(listed);
  const isOne = policy.endangered === 1;
  const use = search === 'none' ? '' : isOne ? 'is in use or ' : 'are in use or ';
  const sentences = [
    `The current policy ${action} ${formatCount(policy.endangered, 'image')} within 30 days that`
      + ` ${use}${isOne ? 'was' : 'were'} pulled in the last 30 days.`,
    ...search === 'partial' ? ['The search for images in use was incomplete, so there may be more.'] : [],
    ...listed.length >= policy.endangered ? []
      : [`The report has only a sample of the images, with ${listed.length === 0 ? 'none' : formatNumber(listed.length)} of these.`],
  ];
  return [
    element('p', { class: 'notice danger' }, sentences.join(' ')),
    ...listed.length === 0 ? [] : [
      element('div', { 'class': 'scrolling', 'tabindex': 0, 'role': 'region', 'aria-label': 'Endangered images' },
        tableOf(listed, at, search)),
    ],
  ];
}

function actionOf(images: readonly SampledImage[]): string {
  const actions = new Set(images.map(leavingWord));
  return actions.size > 1 ? 'removes or archives' : actions.has('archived') ? 'archives' : 'removes';
}

function leavingWord({ fate }: SampledImage): string {
  return fate?.archiveDay === undefined ? 'removed' : 'archived';
}

function tableOf(images: readonly SampledImage[], at: number, search: UseSearch): HTMLElement {
  const titles = ['Image', 'Last pull', ...search === 'none' ? [] : ['In use'], 'Change'];
  return element('table', { class: 'figures', id: 'endangered-images' },
    element('thead', {}, element('tr', {}, ...titles.map(title => element('th', { scope: 'col' }, title)))),
    element('tbody', {}, ...images.map(image => {
      const { digest, tags, tagCount, pulledAt, isInUse } = image;
      const day = firstDayOf(image.fate);
      const name = tagCount === 0 ? digest.slice(0, SHORT_DIGEST)
        : `${tags[0]}${tagCount > 1 ? ` and ${formatCount(tagCount - 1, 'more tag')}` : ''}`;
      return element('tr', {},
        element('th', { scope: 'row', class: 'digest' }, name),
        ...[
          pulledAt === undefined ? 'never' : formatDate(pulledAt),
          ...search === 'none' ? [] : [isInUse ? 'yes' : search === 'partial' ? 'not known' : 'no'],
          `${leavingWord(image)} ${day === 0 ? 'within 24 hours' : `${dayWords(day)}, on ${dateOfDay(at, day)}`}`,
        ].map(text => element('td', {}, text)));
    })));
}
