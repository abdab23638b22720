import { formatBytes, pluralize, toOneLine } from '../../../src/core/format';
import { renderTable } from '../../columns';
import { Terminal, wrap } from '../../terminal';
import { missingActions, withoutReason } from '../figures/problems';
import { RegistryTotals, totalsOf } from '../figures/registry-totals';
import type { RegistryReport } from '../registry-report';
import type { Share } from '../repository-record';

const LARGEST = 5;

/**
 * Returns the totals, the largest repositories, and what needs attention, for a terminal.
 *
 * @param page name of the HTML file, if there is one
 */
export function renderSummary(report: RegistryReport, terminal: Terminal, page?: string): string {
  const totals = totalsOf(report);
  const { account, registries, repositories, notes, notPulledForDays } = report;
  const largest = repositories.flatMap(({ name, registry, images }) => images && images.all.count > 0 ? [{ name, registry, images }] : [])
    .sort((one, other) => other.images.all.bytes - one.images.all.bytes).slice(0, LARGEST);
  const attention = attentionOf(report, totals);
  const recommended = totals.recommended.repositories;
  return [
    `account ${account}, ${registries.map(({ registry }) => registry).join(', ')}:`
      + ` ${count(totals.repositories, 'repository', 'repositories')} with ${share(totals.images)}`,
    ...totals.images.count === 0 ? [] : [
      `  untagged: ${share(totals.untagged)}`,
      `  archived: ${share(totals.archived)}`,
      ...registries.every(({ registry }) => registry === 'public') ? []
        : [`  neither pushed nor pulled for ${pluralize(notPulledForDays, 'day')}: ${share(totals.notPulled)}`],
      ...inUseLines(registries, totals),
      'Images share layers, so sizes are not what the registry stores.',
    ],
    ...largest.length === 0 ? [] : [
      '', 'Largest repositories:',
      ...renderTable(['SIZE', 'IMAGES', 'REGISTRY', 'REPOSITORY'], largest.map(({ name, registry, images: { all } }) =>
        [formatBytes(all.bytes), all.count.toLocaleString('en-US'), registry, name]), terminal),
    ],
    ...attention.length === 0 ? [] : ['', 'Needs attention:', ...lines(attention)],
    ...notes.length === 0 ? [] : ['', 'Notes:'],
    ...lines(notes),
    ...recommended === 0 ? [] : [
      '',
      `${count(recommended, 'repository has', 'repositories have')} a recommended policy.`
        + (page === undefined ? '' : ` Open ${page}, which lists ${recommended === 1 ? 'it' : 'them'}.`),
    ],
    '',
  ].join('\n');

  function lines(sentences: readonly string[]): string[] {
    return sentences.flatMap(sentence => wrap(toOneLine(sentence), terminal.width - 2)).map(line => `  ${line}`);
  }
}

function inUseLines(registries: RegistryReport['registries'], { inUse }: RegistryTotals): string[] {
  if (!registries.some(registry => registry.inUse)) return [];
  if (inUse !== undefined) return [`  in use: ${count(inUse, 'image')}`];
  const failed = registries.flatMap(registry => registry.inUse?.problems ?? []).map(withoutReason);
  const others = failed.length > 1 ? `, and ${failed.length - 1} more` : '';
  return [`  in use: not known${failed.length === 0 ? '' : ` (${failed[0]}${others})`}`];
}

function attentionOf({ registries, repositories }: RegistryReport, totals: RegistryTotals): string[] {
  const unread = registries.flatMap(({ problems, inUse }) => [...problems, ...inUse?.problems ?? []]);
  const isUseSearched = registries.some(({ inUse }) => inUse);
  const lines: ReadonlyArray<readonly [number, string]> = [
    [totals.withProblems, `could not be read completely${missingActions(repositories.flatMap(({ problems }) => problems))}`],
    [totals.endangering, `with a policy that removes or archives images ${isUseSearched ? 'in use or ' : ''}pulled in the last 30 days`],
    [totals.withUnknownPolicy, 'with a policy that cannot be simulated'],
    [totals.withWarnings, 'with a policy that has warnings'],
    [totals.withoutPolicy, 'without a lifecycle policy'],
    [totals.keptOutsideStacks, 'kept outside any stack'],
    [totals.emptyRepositories, 'without images'],
  ];
  return [
    ...unread.map(problem => missingActions([problem]) === '' ? problem : `${withoutReason(problem)}${missingActions([problem])}`),
    ...lines.filter(([number]) => number > 0).map(([number, text]) => `${count(number, 'repository', 'repositories')} ${text}`),
  ];
}

function share({ count: number, bytes }: Share): string {
  return `${count(number, 'image')} (${formatBytes(bytes)})`;
}

function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? noun : plural}`;
}
