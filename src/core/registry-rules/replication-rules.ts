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

/** Quotas. https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
export const MAX_REPLICATION_RULES = 25;
export const MAX_REPLICATION_DESTINATIONS = 25;
export const MAX_REPLICATION_FILTERS = 100;

/**
 * Returns a text that is equal for rules with the same meaning. Other members do not count, so that a rule is still recognized if AWS adds
 * one to it. The keys of all claims depend on this text.
 */
export function replicationRuleText({ destinations, repositoryFilters, deleteReplication }: ReplicationRule): string {
  const places = new Set((destinations ?? []).map(({ registryId, region }) => `${registryId} ${region}`));
  const filters = new Set((repositoryFilters ?? []).map(({ filter, filterType }) => `${filterType} ${filter}`));
  return JSON.stringify([[...places].sort(), [...filters].sort(), deleteReplication?.enabled ?? false]);
}

/** Whether the rules differ only in whether they replicate deletions. */
export function differOnlyInDeletions(one: ReplicationRule, other: ReplicationRule): boolean {
  const text = (rule: ReplicationRule) => replicationRuleText({ ...rule, deleteReplication: undefined });
  return replicationRuleText(one) !== replicationRuleText(other) && text(one) === text(other);
}

/** Describes the repositories and the destinations of a rule: `team/* to eu-west-1 of 111111111111`. */
export function describeReplicationRule({ destinations, repositoryFilters }: ReplicationRule): string {
  const filters = repositoryFilters ?? [];
  const names = filters.length === 0 ? 'all repositories' : filters.map(({ filter }) => `${filter}*`).join(', ');
  return `${names} to ${(destinations ?? []).map(({ region, registryId }) => `${region} of ${registryId}`).join(', ')}`;
}

export function uniqueDestinations(rules: readonly ReplicationRule[]): ReplicationDestination[] {
  const places = rules.flatMap(({ destinations }) => destinations ?? []);
  return [...new Map(places.map(place => [`${place.registryId} ${place.region}`, place])).values()];
}
