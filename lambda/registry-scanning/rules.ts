import { GetRegistryScanningConfigurationCommand, PutRegistryScanningConfigurationCommand, ScanFrequency } from '@aws-sdk/client-ecr';
import { RegistryClaim, ScanType } from '../../src/core/registry-rules/claim';
import {
  filtersByFrequency, filtersWithout, MAX_SCAN_FILTERS, ScanFilter, scanFilterText, ScanningConfiguration,
} from '../../src/core/registry-rules/scan-rules';
import { sendToEcr } from '../shared/aws/send-command';
import { isNamed, UserError } from '../shared/protocol/errors';
import type { EcrTask } from '../shared/protocol/job';
import { stackNameOf } from '../shared/registry/claims';
import type { SharedRules } from '../shared/registry/shared-rules';

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
    merged: (live, merged, others) => {
      const type = scanType ?? live.scanType;
      refuseOtherType(subject, scanType, others);
      refuseDisabling(subject, live.scanType, type);
      refuseImpossible(subject, type, merged);
      refuseTooMany(subject, filters, merged);
      return { scanType: type, filters: merged };
    },
    isSame: (one, other) => textOf(one) === textOf(other),
    write: (ecr, configuration, options) => ecr.send(new PutRegistryScanningConfigurationCommand({
      scanType: configuration.scanType,
      rules: [...filtersByFrequency(configuration.filters)].map(([frequency, texts]) => ({
        scanFrequency: frequency as ScanFrequency,
        repositoryFilters: texts.map(filter => ({ filter, filterType: 'WILDCARD' as const })),
      })),
    }), options),
    remedyFor: error => isNamed(error, 'BlockedByOrganizationPolicyException')
      ? 'A policy of the organization for Amazon Inspector decides about scanning. Ask its owner, then deploy again.' : undefined,
  };
}

async function readConfiguration(task: EcrTask): Promise<ScanningConfiguration> {
  const answer = await sendToEcr(task, GetRegistryScanningConfigurationCommand, {});
  const { scanType = 'BASIC', rules = [] } = answer?.scanningConfiguration ?? {};
  return {
    scanType,
    filters: rules.flatMap(({ scanFrequency = '', repositoryFilters = [] }) =>
      repositoryFilters.map(({ filter = '' }) => ({ frequency: scanFrequency, filter }))),
  };
}

/** Rules of different frequencies have no order. */
function textOf({ scanType, filters }: ScanningConfiguration): string {
  return JSON.stringify([scanType, [...filtersByFrequency(filters)].sort(([one], [other]) => one < other ? -1 : 1)]);
}

function refuseOtherType(subject: string, wanted: ScanType | undefined, others: readonly RegistryClaim[]): void {
  const other = wanted && others.find(({ scanType }) => scanType !== undefined && scanType !== wanted);
  if (!other) return;
  throw new UserError(`${subject}: this stack needs ${wanted} scanning, but stack '${stackNameOf(other)}' needs ${other.scanType}, and a`
    + ' registry has one type. Nothing was changed. Use the same type in both stacks, then deploy again.');
}

/** Turning enhanced scanning off needs `inspector2:Disable`, which ends the scans of the account, also those of other services. */
function refuseDisabling(subject: string, live: ScanType, type: ScanType): void {
  if (live !== 'ENHANCED' || type !== 'BASIC') return;
  throw new UserError(`${subject}: the registry has ENHANCED scanning, and this stack needs BASIC. Nothing was changed, because that would`
    + ' end the scans of Amazon Inspector for everybody. Remove \'scanType\', or turn enhanced scanning off yourself, then deploy again.');
}

function refuseImpossible(subject: string, type: ScanType, filters: readonly ScanFilter[]): void {
  const impossible = filtersWithout(type, filters);
  if (impossible.length === 0) return;
  const texts = impossible.map(({ frequency, filter }) => `${filter} (${frequency})`).join(', ');
  throw new UserError(`${subject}: the registry would have ${type} scanning, which does not have the frequency of these filters: ${texts}.`
    + ' Nothing was changed. Set the other \'scanType\', or remove the filters or ask their owner to do it, then deploy again.');
}

function refuseTooMany(subject: string, own: readonly ScanFilter[], filters: readonly ScanFilter[]): void {
  for (const [frequency, texts] of filtersByFrequency(filters)) {
    if (texts.length <= MAX_SCAN_FILTERS) continue;
    const count = filtersByFrequency(own).get(frequency)?.length ?? 0;
    throw new UserError(`${subject}: the rule for ${frequency} would have ${texts.length} filters, ${count} of this stack (maximum`
      + ` ${MAX_SCAN_FILTERS}). Nothing was changed. Remove filters, or use filters with '*' that match more names, then deploy again.`);
  }
}
