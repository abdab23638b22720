/** The replication configuration of a registry. Behavior and sources: README.md. */
import { invalidParameter } from './aws-error';
import { list, oneOf, required, requiredText } from './constraints';
import { isRecord } from './policy-text';
import type { Readings } from './readings';

export interface ReplicationDestination {
  readonly region: string;
  readonly registryId: string;
}

export interface ReplicationRule {
  readonly destinations: readonly ReplicationDestination[];
  readonly repositoryFilters?: readonly { readonly filter: string; readonly filterType: 'PREFIX_MATCH' }[];
  readonly deleteReplication?: { readonly enabled: boolean };
}

const AT = 'replicationConfiguration';
const MAX_UNIQUE_DESTINATIONS = 25;

export function readReplicationRules(
  value: unknown, source: { readonly account: string; readonly region: string }, readings: Readings,
): ReplicationRule[] {
  const { rules } = record(AT, value);
  const read = required(`${AT}.rules`, list<unknown>(`${AT}.rules`, rules, 0, 25)).map(rule => readRule(record(`${AT}.rules`, rule)));
  const places = new Set(read.flatMap(({ destinations }) => destinations.map(({ registryId, region }) => `${registryId} ${region}`)));
  if (places.has(`${source.account} ${source.region}`)) {
    throw invalidParameter(AT, 'Replication destination cannot be the same as the source registry');
  }
  if (places.size > MAX_UNIQUE_DESTINATIONS) {
    throw invalidParameter(AT, `There must be at most ${MAX_UNIQUE_DESTINATIONS} unique destinations`);
  }
  if (readings.isOther('replication-equal-rules') && areRepeated(read)) throw invalidParameter(AT, 'Each rule must be unique');
  if (readings.isOther('replication-equal-filters') && read.some(({ repositoryFilters = [] }) => areRepeated(repositoryFilters))) {
    throw invalidParameter(AT, 'Each filter of a rule must be unique');
  }
  return read;
}

function areRepeated(values: readonly unknown[]): boolean {
  return new Set(values.map(value => JSON.stringify(value))).size < values.length;
}

function readRule({ destinations, repositoryFilters, deleteReplication }: Record<string, unknown>): ReplicationRule {
  const at = `${AT}.rules.destinations`;
  const filters = list<unknown>(`${AT}.rules.repositoryFilters`, repositoryFilters, 1, 100);
  return {
    destinations: required(at, list<unknown>(at, destinations, 0, 100)).map(destination => readDestination(at, destination)),
    ...filters ? { repositoryFilters: filters.map(readFilter) } : {},
    ...deleteReplication === undefined ? {} : { deleteReplication: { enabled: readEnabled(deleteReplication) } },
  };
}

export function readDestination(at: string, value: unknown): ReplicationDestination {
  const { region, registryId } = record(at, value);
  return {
    region: requiredText(`${at}.region`, region, { min: 2, max: 25, pattern: '[0-9a-z-]{2,25}' }),
    registryId: requiredText(`${at}.registryId`, registryId, { pattern: '[0-9]{12}' }),
  };
}

export function leadsTo({ destinations }: ReplicationRule, { region, registryId }: ReplicationDestination): boolean {
  return destinations.some(destination => destination.region === region && destination.registryId === registryId);
}

/** Whether a rule is about a repository. */
export function appliesTo({ repositoryFilters }: ReplicationRule, repositoryName: string): boolean {
  return repositoryFilters?.some(({ filter }) => repositoryName.startsWith(filter)) ?? true;
}

function readFilter(value: unknown): { filter: string; filterType: 'PREFIX_MATCH' } {
  const at = `${AT}.rules.repositoryFilters`;
  const { filter, filterType } = record(at, value);
  return {
    filter: requiredText(`${at}.filter`, filter, {
      min: 2, max: 256, pattern: '(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*',
    }),
    filterType: required(`${at}.filterType`, oneOf(`${at}.filterType`, filterType, ['PREFIX_MATCH'])),
  };
}

function readEnabled(value: unknown): boolean {
  const at = `${AT}.rules.deleteReplication`;
  const { enabled } = record(at, value);
  if (typeof enabled !== 'boolean') throw invalidParameter(`${at}.enabled`, 'Member must be a boolean');
  return enabled;
}

function record(at: string, value: unknown): Record<string, unknown> {
  if (!isRecord(value)) throw invalidParameter(at, 'Member must be a structure');
  return value;
}
