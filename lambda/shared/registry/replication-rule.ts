/** Where a rule replicates to. */
export interface ReplicationDestination {
  readonly region: string;
  readonly registryId: string;
}

/**
 * A replication rule as ECR returns it, with members that this library does not know.
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
