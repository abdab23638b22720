/** An image of a repository as its registry tells of it. Times are milliseconds since the epoch. */
export interface HeldImage {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Whether it refers to other images: a manifest list or an OCI index. */
  readonly isIndex: boolean;
  /** The image that it is a referrer of: a signature, an SBOM, an attestation. */
  readonly subject?: string;
  readonly pushedAt?: number;
  readonly sizeInBytes?: number;
  readonly lastRecordedPullTime?: number;
}
