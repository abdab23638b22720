/** Service to search for workloads that run from a repository's images. */
export interface ImageUser {
  readonly service: 'ecs' | 'lambda';
  /** Names or ARNs of clusters. @default - all clusters of the account in the Region */
  readonly clusters?: readonly string[];
  readonly region?: string;
  readonly role?: { readonly roleArn: string; readonly externalId?: string };
}
