import { formatBytes, pluralize, toOneLine } from '../../../src/core/format';
import { renderTable } from '../../columns';
import { Terminal, wrap } from '../../terminal';
import { withoutReason } from '../figures/problems';
import { RegistryTotals, totalsOf } from '../figures/registry-totals';
import type { RegistryReport } from '../registry-report';
import type { Share } from '../repository-record';

const LARGEST = 5;

/** Returns the totals, the largest repositories, and what needs attention, for a terminal. */
export function renderSummary(report: RegistryReport, terminal: Terminal): string {
  const totals = totalsOf(report);
  const { account, registries, repositories, notes, notPulledForDays } = report;
  const largest = repositories.flatMap(({ name, registry, images }) => images && images.all.count > 0 ? [{ name, registry, images }] : [])
    .sort((one, other) => other.images.all.bytes - one.images.all.bytes).slice(0, LARGEST);
  const attention = attentionOf(totals, registries.some(({ inUse }) => inUse));
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
    ...attention.length === 0 ? [] : ['', 'Needs attention:', ...attention.map(line => `  ${line}`)],
    ...notes.length === 0 ? [] : ['', 'Notes:'],
    ...notes.flatMap(note => wrap(toOneLine(note), terminal.width - 2)).map(line => `  ${line}`),
    '',
  ].join('\n');
}

function inUseLines(registries: RegistryReport['registries'], { inUse }: RegistryTotals): string[] {
  if (!registries.some(registry => registry.inUse)) return [];
  if (inUse !== undefined) return [`  in use: ${count(inUse, 'image')}`];
  const failed = registries.flatMap(registry => registry.inUse?.problems ?? []).map(withoutReason);
  const others = failed.length > 1 ? `, and ${failed.length - 1} more` : '';
  return [`  in use: not known${failed.length === 0 ? '' : ` (${failed[0]}${others})`}`];
}

function attentionOf(totals: RegistryTotals, isUseSearched: boolean): string[] {
  const lines: ReadonlyArray<readonly [number, string]> = [
    [totals.withProblems, 'could not be read completely'],
    [totals.endangering, `with a policy that removes or archives images ${isUseSearched ? 'in use or ' : ''}pulled in the last 30 days`],
    [totals.withUnknownPolicy, 'with a policy that cannot be simulated'],
    [totals.withWarnings, 'with a policy that has warnings'],
    [totals.withoutPolicy, 'without a lifecycle policy'],
    [totals.keptOutsideStacks, 'kept outside any stack'],
    [totals.emptyRepositories, 'without images'],
  ];
  return lines.filter(([number]) => number > 0).map(([number, text]) => `${count(number, 'repository', 'repositories')} ${text}`);
}

function share({ count: number, bytes }: Share): string {
  return `${count(number, 'image')} (${formatBytes(bytes)})`;
}

function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? noun : plural}`;
}
