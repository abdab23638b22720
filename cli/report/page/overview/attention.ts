import { element, findPart } from '../../../page/element';
import { capitalize, formatCount, formatNumber, formatSize } from '../../../page/words';
import type { RegistryReport } from '../../registry-report';
import type { RepositoryRecord } from '../../repository-record';
import { formatPart, registryWord, useSearchOf, UseSearch } from '../record-words';
import { FLAGS, FlagName } from '../repositories/flags';
import type { View } from '../repositories/selection';

export interface Concern {
  readonly level: 'danger' | 'warning' | 'note';
  /** Number that stands before the text. */
  readonly figure: string;
  readonly text: string;
  /** What the button of the entry shows. */
  readonly shows?: { readonly view: Partial<View> } | { readonly repository: RepositoryRecord };
}

/** Part of a quota from which its use needs attention. */
const NEAR = 0.8;

const LEVELS: ReadonlyArray<Concern['level']> = ['danger', 'warning', 'note'];

/** Returns what a user should look at first, the most urgent first. */
export function concernsOf(report: RegistryReport): Concern[] {
  return allConcerns(report).sort((one, other) => LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level));
}

function allConcerns(report: RegistryReport): Concern[] {
  const { registries, repositories } = report;
  const search = useSearchOf(report);
  return [
    ...concernAbout(repositories, 'endangers', records => {
      const count = records.reduce((sum, { policy }) => sum + (policy?.kind === 'policy' ? policy.endangered : 0), 0);
      return `${records.length === 1 ? 'policy' : 'policies'} will remove or archive ${formatCount(count, 'image')} within 30 days,`
        + ` although ${neededWords(count, search)} pulled in the last 30 days${search === 'partial'
          ? '. The search for images in use was incomplete, so there may be more' : ''}`;
    }, { level: 'danger', view: { sort: 'policy', isDescending: true } }),
    ...quotaConcerns(registries, repositories),
    ...concernAbout(repositories, 'problems', records =>
      `${records.length === 1 ? 'repository' : 'repositories'} could not be read completely`, { level: 'danger' }),
    ...registries.flatMap(({ problems, inUse }) => [
      ...problems.map(problem => failure(problem, 'Correct the cause, and create the report again')),
      ...(inUse?.problems ?? []).map(problem => failure(problem,
        'An image that is not shown as in use may be in use. Correct the cause, and create the report again')),
    ]),
    ...concernAbout(repositories, 'severe', records =>
      `${records.length === 1 ? 'repository has' : 'repositories have'} critical findings in the newest scanned image`,
    { level: 'warning', view: { sort: 'findings', isDescending: true } }),
    ...concernAbout(repositories, 'no-policy', records => {
      const bytes = records.reduce((sum, { images }) => sum + (images?.all.bytes ?? 0), 0);
      const allBytes = repositories.reduce((sum, { images }) => sum + (images?.all.bytes ?? 0), 0);
      return `${records.length === 1 ? 'repository has no lifecycle policy and holds' : 'repositories have no lifecycle policy and hold'}`
        + ` ${formatSize(bytes)}, ${formatPart(bytes, allBytes)} of all image sizes`;
    }, { level: 'warning', view: { sort: 'size', isDescending: true } }),
    ...concernAbout(repositories, 'warnings', records =>
      `${records.length === 1 ? 'policy has' : 'policies have'} warnings, or cannot be simulated`, { level: 'warning' }),
    ...concernAbout(repositories, 'kept', records => {
      const bytes = records.reduce((sum, { images }) => sum + (images?.all.bytes ?? 0), 0);
      return `${records.length === 1 ? 'repository is' : 'repositories are'} kept outside any stack, with ${formatSize(bytes)}`;
    }, { level: 'note' }),
  ];
}

export function showConcerns(concerns: readonly Concern[], open: (shows: NonNullable<Concern['shows']>) => void): void {
  findPart('calm').hidden = concerns.length > 0;
  if (findPart('notes').childElementCount > 0) findPart('calm').textContent = 'Nothing else needs attention.';
  findPart('attention-list').hidden = concerns.length === 0;
  findPart('attention-list').append(...concerns.map(({ level, figure, text, shows }) => {
    const sentence = element('span', { class: 'sentence' }, `${text}.`.replace(/([.!?])\.$/, '$1'));
    const item = element('li', { class: level }, element('b', {}, figure), sentence);
    if (shows) {
      const button = element('button', { type: 'button', class: 'link' }, 'view' in shows ? 'Show' : 'Open');
      button.setAttribute('aria-label', `${button.textContent}: ${figure} ${text}`);
      button.addEventListener('click', () => open(shows));
      item.append(button);
    }
    return item;
  }));
}

function failure(problem: string, advice: string): Concern {
  return { level: 'danger', figure: '!', text: `${capitalize(problem).replace(/\.$/, '')}. ${advice}` };
}

function neededWords(count: number, search: UseSearch): string {
  if (search === 'none') return count === 1 ? 'it was' : 'these were';
  return count === 1 ? 'it is in use or was' : 'these are in use or were';
}

function concernAbout(
  repositories: readonly RepositoryRecord[], flag: FlagName, text: (records: readonly RepositoryRecord[]) => string,
  { level, view }: { readonly level: Concern['level']; readonly view?: Partial<View> },
): Concern[] {
  const records = repositories.filter(FLAGS[flag].has);
  return records.length === 0 ? []
    : [{ level, figure: formatNumber(records.length), text: text(records), shows: { view: { flags: new Set([flag]), ...view } } }];
}

function quotaConcerns(registries: RegistryReport['registries'], repositories: readonly RepositoryRecord[]): Concern[] {
  return registries.flatMap(({ registry, quotas }) => quotas.filter(({ used, limit }) => used >= limit * NEAR)
    .map(({ name, used, limit, isAdjustable, repository }): Concern => {
      const record = repositories.find(candidate => candidate.registry === registry && candidate.name === repository);
      return {
        level: used >= limit ? 'danger' : 'warning',
        figure: formatPart(used, limit),
        text: `of the quota '${name}' in ${registryWord(registry)}: ${formatNumber(used)} of ${formatNumber(limit)}`
          + `${repository === undefined ? '' : ` in ${repository}`}${isAdjustable ? ', unless the quota of the account is higher' : ''}`,
        ...record ? { shows: { repository: record } } : {},
      };
    }));
}
