/**
 * A replication rule as the API has it, including members that this version does not know.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ReplicationRule.html
 */
export interface ReplicationRule {
  readonly destinations: readonly ReplicationDestination[];
  /** @default - all repositories */
  readonly repositoryFilters?: readonly { readonly filter: string; readonly filterType: string }[];
  /** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteReplication.html */
  readonly deleteReplication?: { readonly enabled: boolean };
  readonly [member: string]: unknown;
}

export interface ReplicationDestination {
  readonly region: string;
  readonly registryId: string;
}

/** Returns the destinations of a rule as it was read. A response can have null for a member that is missing. */
export function destinationsOf({ destinations }: ReplicationRule): readonly ReplicationDestination[] {
  return destinations ?? [];
}

/** Returns the filters of a rule as it was read. Without filters, it is for all repositories. */
export function filtersOf({ repositoryFilters }: ReplicationRule): NonNullable<ReplicationRule['repositoryFilters']> {
  return repositoryFilters ?? [];
}

/** Quotas. https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
export const MAX_REPLICATION_RULES = 25;
export const MAX_REPLICATION_DESTINATIONS = 25;
export const MAX_REPLICATION_FILTERS = 100;

/**
 * Returns a text that is equal for rules with the same meaning. Other members do not count, so that a rule is still recognized if AWS adds
 * one to it. The keys of all claims depend on this text.
 */
export function replicationRuleText(rule: ReplicationRule): string {
  const places = new Set(destinationsOf(rule).map(({ registryId, region }) => `${registryId} ${region}`));
  const filters = new Set(filtersOf(rule).map(({ filter, filterType }) => `${filterType} ${filter}`));
  return JSON.stringify([[...places].sort(), [...filters].sort(), rule.deleteReplication?.enabled ?? false]);
}

/** Whether the rules differ only in whether they replicate deletions. */
export function differOnlyInDeletions(one: ReplicationRule, other: ReplicationRule): boolean {
  const text = (rule: ReplicationRule) => replicationRuleText({ ...rule, deleteReplication: undefined });
  return replicationRuleText(one) !== replicationRuleText(other) && text(one) === text(other);
}

/** Describes the repositories and the destinations of a rule: `team/* to eu-west-1 of 111111111111`. */
export function describeReplicationRule(rule: ReplicationRule): string {
  const filters = filtersOf(rule);
  const names = filters.length === 0 ? 'all repositories' : filters.map(({ filter }) => `${filter}*`).join(', ');
  return `${names} to ${destinationsOf(rule).map(({ region, registryId }) => `${region} of ${registryId}`).join(', ')}`;
}

export function uniqueDestinations(rules: readonly ReplicationRule[]): ReplicationDestination[] {
  const places = rules.flatMap(destinationsOf);
  return [...new Map(places.map(place => [`${place.registryId} ${place.region}`, place])).values()];
}
