import type { ScanType } from './claim';

/**
 * How often repositories whose names match a filter are scanned.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RegistryScanningRule.html
 */
export interface ScanFilter {
  readonly frequency: string;
  /** @default - the rule of this frequency has no filter. AWS does not document what such a rule matches, so it is kept as it is */
  readonly filter?: string;
  /** @default WILDCARD */
  readonly filterType?: string;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RegistryScanningConfiguration.html */
export interface ScanningConfiguration {
  readonly scanType: ScanType;
  readonly filters: readonly ScanFilter[];
}

/** Quota. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RegistryScanningRule.html */
export const MAX_SCAN_FILTERS = 100;

/**
 * Matches the same texts as the pattern of the API, but in linear time.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ScanningRepositoryFilter.html
 */
export const SCAN_FILTER = /^[a-z0-9*]+(?:[._\-/][a-z0-9*]+)*$/;
export const MAX_SCAN_FILTER_LENGTH = 255;

/** Frequencies that each type has. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_RegistryScanningRule.html */
const FREQUENCIES: Readonly<Record<ScanType, readonly string[]>> = {
  BASIC: ['SCAN_ON_PUSH', 'MANUAL'],
  ENHANCED: ['SCAN_ON_PUSH', 'CONTINUOUS_SCAN'],
};

export function scanFilterText({ frequency, filter, filterType = 'WILDCARD' }: ScanFilter): string {
  return [frequency, ...filter === undefined ? [] : [filter], ...filterType === 'WILDCARD' ? [] : [filterType]].join(' ');
}

/** Returns the filters that cannot exist with this type. */
export function filtersWithout(scanType: ScanType, filters: readonly ScanFilter[]): ScanFilter[] {
  return filters.filter(({ frequency }) => !FREQUENCIES[scanType].includes(frequency));
}

/** Returns the filters by frequency, in the order in which the frequencies first appear. A registry has one rule for each frequency. */
export function filtersByFrequency(filters: readonly ScanFilter[]): Map<string, ScanFilter[]> {
  const rules = new Map<string, ScanFilter[]>();
  for (const each of filters) rules.set(each.frequency, [...rules.get(each.frequency) ?? [], each]);
  return rules;
}
