import { endangeredNotice } from './endangered';
import { sectionsOf } from './policy-sections';
import { SampledTimeline } from './sampled-timeline';
import { fillFrom } from './template';
import { element, findPart } from '../../../page/element';
import type { Scheme } from '../../../page/palette';
import { formatCount, formatDate, formatMinute, formatNumber, formatSize } from '../../../page/words';
import type { RepositoryRecord } from '../../repository-record';
import { formatPart, ownerWords, PUBLIC, registryWord, UseSearch } from '../record-words';
import { totalElement } from '../total-element';

export interface OpeningOptions {
  readonly at: number;
  readonly notPulledForDays: number;
  /** Whether the report searched the registry for images in use. */
  readonly useSearch: UseSearch;
  scheme(): Scheme;
  close(): void;
}

/** Shows one repository in place of the overview. */
export function openRepository(record: RepositoryRecord, options: OpeningOptions): SampledTimeline {
  fillFrom('opened-template', 'opened');
  findPart('close').addEventListener('click', () => options.close());
  findPart('opened-registry').textContent = registryWord(record.registry);
  findPart('opened-name').textContent = record.name;
  findPart('opened-moment').textContent = `As of ${formatMinute(record.readAt)}`;
  const problems = [...record.problems, ...clockProblem(record)];
  findPart('opened-problems').hidden = problems.length === 0;
  findPart('opened-problems').append(...problems.map(problem => element('li', { class: 'danger' }, problem)));
  findPart('opened-endangered').append(...endangeredNotice(record, options.at, options.useSearch));
  findPart('opened-totals').append(...totalsOf(record, options.notPulledForDays));
  findPart('opened-facts').append(...factsOf(record).flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)]));
  findPart('opened-parts').append(...sectionsOf(record));
  return new SampledTimeline(record, options.at, options.scheme);
}

/** A report with a wrong clock computes wrong ages. */
function clockProblem({ images }: RepositoryRecord): string[] {
  return !images || images.aheadOfClock === 0 ? []
    : [`${formatCount(images.aheadOfClock, 'image was', 'images were')} pushed or pulled after the report, according to the clock of Amazon`
      + ' ECR. The clock of the computer that wrote the report is slow, so the ages are wrong.'];
}

function totalsOf({ images, registry }: RepositoryRecord, days: number): HTMLElement[] {
  if (!images) return [];
  const { all, untagged, notPulled, inUse, archived } = images;
  return [
    totalElement('opened-images', all.count === 1 ? 'image' : 'images', formatNumber(all.count),
      archived.count === 0 ? undefined : `${formatNumber(archived.count)} archived`),
    totalElement('opened-size', 'image sizes', formatSize(all.bytes)),
    totalElement('opened-untagged', 'untagged', formatPart(untagged.count, all.count), formatCount(untagged.count, 'image')),
    notPulled === undefined
      ? totalElement('opened-not-pulled', `not pulled for ${days} days`, '–', `not recorded${registry === PUBLIC ? ' by ECR Public' : ''}`)
      : totalElement('opened-not-pulled', `not pulled for ${days} days`, formatPart(notPulled.count, all.count),
        `${formatCount(notPulled.count, 'image')}, ${formatSize(notPulled.bytes)}`),
    ...inUse === undefined ? [] : [totalElement('opened-in-use', 'in use', formatNumber(inUse))],
  ];
}

function factsOf({ images, registry, createdAt, arn, owner }: RepositoryRecord): Array<[name: string, text: string]> {
  const date = (moment: number | undefined) => moment === undefined ? 'never' : formatDate(moment);
  return [
    ['Stack', ownerWords(owner)],
    ['Created', formatDate(createdAt)],
    ...images ? [
      ['First push', date(images.oldestPush)], ['Last push', date(images.newestPush)],
      ['Last pull', registry === PUBLIC ? 'not recorded by ECR Public' : date(images.lastPull)],
    ] as Array<[string, string]> : [],
    ['ARN', arn],
  ];
}
