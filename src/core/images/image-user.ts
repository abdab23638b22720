/** Where workloads that run from a repository's images are found. */
export type ImageUser = ServiceUser | ListedUser;

/** Service to search. */
export interface ServiceUser {
  readonly service: 'ecs' | 'lambda';
  /** Names or ARNs of clusters. @default - all clusters of the account in the Region */
  readonly clusters?: readonly string[];
  /** Number of revisions of each task definition family in use that count as used. @default - only those that run or would start */
  readonly newestTaskDefinitions?: number;
  readonly region?: string;
  readonly role?: { readonly roleArn: string; readonly externalId?: string };
}

/** Files in a bucket that list the images that other programs run. use-list.ts describes their format. */
export interface ListedUser {
  readonly service: 'listed';
  /** Name of the bucket. */
  readonly bucket: string;
  /** Pattern of the keys. `*` matches any characters. */
  readonly keyPattern: string;
  /** Age in seconds from which a file is too old to rely on. */
  readonly maxAge: number;
  /** ARN of the KMS key of the bucket. Only the permissions of the function need it, and it is not sent to the function. */
  readonly encryptionKeyArn?: string;
  readonly clusters?: undefined;
  readonly region?: undefined;
  readonly role?: undefined;
}

/** Returns a name of the source for people. It stays the same for as long as the source does. */
export function nameOfSource(user: ImageUser): string {
  if (user.service === 'listed') return `listed(${user.bucket}/${user.keyPattern})`;
  const { service, clusters } = user;
  return clusters === undefined ? service : `${service}(${clusters.map(cluster => cluster.split('/').pop()).join(', ')})`;
}
