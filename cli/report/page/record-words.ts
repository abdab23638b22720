import { SEVERITIES } from '../../../src/core/scan/severity';
import { formatCount, formatNumber, formatSize } from '../../page/words';
import type { RegistryReport } from '../registry-report';
import type { FindingCounts, Owner, RepositoryRecord, Share } from '../repository-record';

export const PUBLIC = 'public';

/** Name of a registry in the page. */
export function registryWord(registry: string): string {
  return registry === PUBLIC ? 'ECR Public' : registry;
}

export type UseSearch = 'none' | 'partial' | 'complete';

/** Whether the report searched a registry for images in use. A search with problems is partial. */
export function useSearchOf({ registries }: Pick<RegistryReport, 'registries'>, registry?: string): UseSearch {
  const searches = registries.filter(one => registry === undefined || one.registry === registry).flatMap(({ inUse }) => inUse ?? []);
  return searches.length === 0 ? 'none' : searches.some(({ problems }) => problems.length > 0) ? 'partial' : 'complete';
}

/** Formats a part as percent. Never rounds a part to nothing or to everything. */
export function formatPart(part: number, whole: number): string {
  if (whole === 0) return '–';
  const percent = part / whole * 100;
  if (part > 0 && percent < 1) return '< 1%';
  if (part < whole && percent > 99) return '> 99%';
  return `${Math.round(percent)}%`;
}

export function formatShare({ count, bytes }: Share): string {
  return `${formatCount(count, 'image')}, ${formatSize(bytes)}`;
}

/** Returns the findings in the order of their severity. A severity that this version does not know is last. */
export function sortedFindings(findings: FindingCounts): Array<[severity: string, count: number]> {
  const rank = (severity: string) => {
    const place = (SEVERITIES as readonly string[]).indexOf(severity);
    return place < 0 ? SEVERITIES.length : place;
  };
  return Object.entries(findings).filter(([, count]) => count > 0)
    .sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1));
}

export function findingWords(severity: string, count: number): string {
  return `${formatNumber(count)} ${severity.toLowerCase()}`;
}

export function ownerWords(owner: Owner): string {
  if (owner.kind === 'kept') return `kept outside any stack; its tags name ${owner.stack}`;
  if (owner.kind === 'stack') return owner.stack ?? 'in a stack';
  return owner.kind === 'none' ? 'no tag names a stack' : 'not read';
}

/** Whether a record misses something because it could not be read. */
export function isUnreadable({ images }: RepositoryRecord): boolean {
  return images === undefined;
}
