import {
  GetRegistryScanningConfigurationCommand, PutRegistryScanningConfigurationCommand, ScanFrequency, ScanningRepositoryFilterType,
} from '@aws-sdk/client-ecr';
import { describeStack } from './claims';
import type { SharedRules } from './shared-rules';
import { RegistryClaim, ScanType } from '../../../src/core/registry-rules/claim';
import {
  filtersByFrequency, filtersWithout, MAX_SCAN_FILTERS, ScanFilter, scanFilterText, ScanningConfiguration,
} from '../../../src/core/registry-rules/scan-rules';
import { sendToEcr } from '../aws/send-command';
import { isNamed, UserError } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

/** A policy of the organization decides about scanning. */
export const BLOCKED = 'BlockedByOrganizationPolicyException';

/** What the stack needs. Without a type, it accepts the type that the registry has. */
interface Needs {
  readonly filters: readonly ScanFilter[];
  readonly scanType?: ScanType;
}

/** The scanning configuration of the registry, with the filters that the stack needs. */
export function scanRules(registryId: string, { filters, scanType }: Needs): SharedRules<ScanningConfiguration, ScanFilter> {
  const subject = `Registry '${registryId}'`;
  return {
    subject,
    kind: 'scanning',
    rules: filters,
    scanType,
    read: task => {
      task.progress(`reading the scanning configuration of registry '${registryId}'`);
      return readConfiguration(task);
    },
    rulesOf: configuration => configuration.filters,
    textOf: scanFilterText,
    with: (live, merged) => ({ scanType: scanType ?? live.scanType, filters: merged }),
    refuse: ({ scanType: type, filters: merged }, others, live) => {
      refuseOtherType(subject, scanType, others);
      refuseDisabling(subject, live.scanType, type);
      refuseImpossible(subject, type, merged);
      refuseUnknownMatch(subject, filters, merged);
      refuseTooMany(subject, filters, merged);
    },
    isSame: (one, other) => textOf(one) === textOf(other),
    write: (ecr, configuration, options) => ecr.send(new PutRegistryScanningConfigurationCommand({
      scanType: configuration.scanType,
      rules: [...filtersByFrequency(configuration.filters)].map(([frequency, ofRule]) => ({
        scanFrequency: frequency as ScanFrequency,
        repositoryFilters: ofRule.flatMap(({ filter, filterType = 'WILDCARD' }) =>
          filter === undefined ? [] : [{ filter, filterType: filterType as ScanningRepositoryFilterType }]),
      })),
    }), options),
    remedyFor: error => isNamed(error, BLOCKED)
      ? 'A policy of the organization for Amazon Inspector decides about scanning. Ask its owner, then try again.' : undefined,
  };
}

async function readConfiguration(task: EcrTask): Promise<ScanningConfiguration> {
  const answer = await sendToEcr(task, GetRegistryScanningConfigurationCommand, {});
  const { scanType = 'BASIC', rules = [] } = answer?.scanningConfiguration ?? {};
  return {
    scanType,
    filters: rules.flatMap(({ scanFrequency: frequency = '', repositoryFilters }): ScanFilter[] => {
      const filters = repositoryFilters ?? [];
      return filters.length === 0 ? [{ frequency }] : filters.map(({ filter, filterType }) => ({ frequency, filter, filterType }));
    }),
  };
}

/** Rules of different frequencies have no order. */
function textOf({ scanType, filters }: ScanningConfiguration): string {
  return JSON.stringify([scanType, ...[...filtersByFrequency(filters).values()].map(ofRule => ofRule.map(scanFilterText).join()).sort()]);
}

function refuseOtherType(subject: string, wanted: ScanType | undefined, others: readonly RegistryClaim[]): void {
  const other = wanted && others.find(({ scanType }) => scanType !== undefined && scanType !== wanted);
  if (!other) return;
  throw new UserError(`${subject}: this stack needs ${wanted} scanning, but ${describeStack(other)} needs ${other.scanType}, and a`
    + ' registry has one type. No rule was changed. Use the same type in both stacks, then deploy again.');
}

/** Turning enhanced scanning off needs `inspector2:Disable`, which ends the scans of the account, also those of other services. */
function refuseDisabling(subject: string, live: ScanType, type: ScanType): void {
  if (live !== 'ENHANCED' || type !== 'BASIC') return;
  throw new UserError(`${subject}: the registry has ENHANCED scanning, and this stack needs BASIC. No rule was changed, because that would`
    + ' end the scans of Amazon Inspector for everybody. Remove \'scanType\', or turn enhanced scanning off yourself, then deploy again.');
}

function refuseImpossible(subject: string, type: ScanType, filters: readonly ScanFilter[]): void {
  const impossible = filtersWithout(type, filters);
  if (impossible.length === 0) return;
  const texts = impossible.map(({ frequency, filter }) => `${filter ?? 'the rule without filters'} (${frequency})`).join(', ');
  throw new UserError(`${subject}: the registry would have ${type} scanning, which does not have the frequency of these filters: ${texts}.`
    + ' No rule was changed. Set the other \'scanType\', or remove the filters or ask their owner to do it, then deploy again.');
}

/** AWS does not document what a rule without filters matches. Adding a filter to it could end scans. */
function refuseUnknownMatch(subject: string, own: readonly ScanFilter[], filters: readonly ScanFilter[]): void {
  const unclear = filters.find(({ frequency, filter }) => filter === undefined && own.some(each => each.frequency === frequency));
  if (!unclear) return;
  throw new UserError(`${subject}: the registry has a rule for ${unclear.frequency} without filters. It is unknown which repositories it`
    + ' matches, and a filter would change that. No rule was changed. Give that rule a filter, such as \'*\', then deploy again.');
}

function refuseTooMany(subject: string, own: readonly ScanFilter[], filters: readonly ScanFilter[]): void {
  for (const [frequency, ofRule] of filtersByFrequency(filters)) {
    if (ofRule.length <= MAX_SCAN_FILTERS) continue;
    const count = filtersByFrequency(own).get(frequency)?.length ?? 0;
    throw new UserError(`${subject}: the rule for ${frequency} would have ${ofRule.length} filters, ${count} of this stack (maximum`
      + ` ${MAX_SCAN_FILTERS}). No rule was changed. Remove filters, or use filters with '*' that match more names, then deploy again.`);
  }
}
