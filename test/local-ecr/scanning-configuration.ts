import { globMatches } from './iam-patterns';
import type { Repository } from './repository';

export type ScanType = 'BASIC' | 'ENHANCED';
export type ScanFrequency = 'MANUAL' | 'SCAN_ON_PUSH' | 'CONTINUOUS_SCAN';

export interface ScanningFilter {
  readonly filter: string;
  readonly filterType: 'WILDCARD';
}

/** Of a registry. */
export interface ScanningConfiguration {
  readonly scanType: ScanType;
  readonly rules: readonly { readonly scanFrequency: ScanFrequency; readonly repositoryFilters: readonly ScanningFilter[] }[];
}

/** "When a registry scanning configuration is not defined, by default the BASIC scan type is used" (PutRegistryScanningConfiguration). */
export const UNCONFIGURED: ScanningConfiguration = { scanType: 'BASIC', rules: [] };

/**
 * Returns the configuration for one repository. Continuous scanning precedes scanning on push
 * (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-filters.html). With basic scanning, the deprecated setting of the
 * repository applies too.
 */
export function scanningOf({ settings }: Repository, { scanType, rules }: ScanningConfiguration): {
  readonly frequency: ScanFrequency; readonly filters: readonly ScanningFilter[];
} {
  const matching = rules.filter(({ repositoryFilters }) => repositoryFilters.some(({ filter }) => matches(filter, settings.name)));
  const rule = matching.find(({ scanFrequency }) => scanFrequency === 'CONTINUOUS_SCAN') ?? matching.at(0);
  if (rule) return { frequency: rule.scanFrequency, filters: rule.repositoryFilters };
  return { frequency: scanType === 'BASIC' && settings.scanOnPush ? 'SCAN_ON_PUSH' : 'MANUAL', filters: [] };
}

/** A filter without `*` matches what contains it (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning.html). */
function matches(filter: string, name: string): boolean {
  return globMatches(filter.includes('*') ? filter : `*${filter}*`, name);
}
