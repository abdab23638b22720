/** Reads the scanning configuration that a call sets. Behavior and sources: README.md, "Scanning". */
import { invalidParameter } from './aws-error';
import { list, oneOf, required, requiredText } from './constraints';
import { isRecord } from './policy-text';
import type { Readings } from './readings';
import type { ScanFrequency, ScanningConfiguration, ScanningFilter, ScanType } from './scanning-configuration';

type Rule = ScanningConfiguration['rules'][number];

const MAX_WILDCARDS = 4;
/** Any other repository is scanned only by a call with basic scanning, and not at all with enhanced scanning. */
const FREQUENCIES: Readonly<Record<ScanType, readonly ScanFrequency[]>> = {
  BASIC: ['SCAN_ON_PUSH', 'MANUAL'],
  ENHANCED: ['SCAN_ON_PUSH', 'CONTINUOUS_SCAN'],
};

export function scanTypeOf(value: unknown): ScanType {
  return oneOf<ScanType>('scanType', value, ['BASIC', 'ENHANCED']) ?? 'BASIC';
}

export function readScanningConfiguration(
  { scanType: type, rules }: { readonly scanType?: unknown; readonly rules?: unknown }, readings: Readings,
): ScanningConfiguration {
  const scanType = scanTypeOf(type);
  const read = (list<unknown>('rules', rules, 0, 2) ?? []).map(rule => readRule(rule, readings));
  for (const { scanFrequency } of read) {
    if (FREQUENCIES[scanType].includes(scanFrequency)) continue;
    throw invalidParameter('rules', `The scan frequency ${scanFrequency} is not supported for the scan type ${scanType}`);
  }
  const isTwice = new Set(read.map(({ scanFrequency }) => scanFrequency)).size < read.length;
  if (isTwice && !readings.isOther('scanning-rules-same-frequency')) {
    throw invalidParameter('rules', 'Each scan frequency can have only one rule');
  }
  return { scanType, rules: read };
}

function readRule(value: unknown, readings: Readings): Rule {
  const { scanFrequency, repositoryFilters } = record('rules', value);
  const at = 'rules.scanFrequency';
  return {
    scanFrequency: required(at, oneOf<ScanFrequency>(at, scanFrequency, ['SCAN_ON_PUSH', 'CONTINUOUS_SCAN', 'MANUAL'])),
    repositoryFilters: required('rules.repositoryFilters', list<unknown>('rules.repositoryFilters', repositoryFilters, 0, 100))
      .map(filter => readFilter(filter, readings)),
  };
}

function readFilter(value: unknown, readings: Readings): ScanningFilter {
  const at = 'rules.repositoryFilters';
  const { filter, filterType } = record(at, value);
  const text = requiredText(`${at}.filter`, filter, { min: 1, max: 255, pattern: '[a-z0-9*]+(?:[._\\-/][a-z0-9*]+)*' });
  if (text.split('*').length - 1 > MAX_WILDCARDS && !readings.isOther('scanning-filter-wildcards')) {
    throw invalidParameter(`${at}.filter`, `A filter must have at most ${MAX_WILDCARDS} wildcards`);
  }
  return { filter: text, filterType: required(`${at}.filterType`, oneOf(`${at}.filterType`, filterType, ['WILDCARD'])) };
}

function record(at: string, value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw invalidParameter(at, 'Member must be a structure');
  return value;
}
