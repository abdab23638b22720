/** Where to look for what runs from a repository's images. */
export interface ImageUser {
  readonly service: 'ecs' | 'lambda';
  /** Names or ARNs of clusters. @default - all clusters of account and Region */
  readonly clusters?: readonly string[];
  readonly region?: string;
  readonly role?: { readonly roleArn: string; readonly externalId?: string };
}
