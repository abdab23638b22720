/** Image of a repository, as its registry describes it. Times are milliseconds since the epoch. */
export interface HeldImage {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Whether the image is a manifest list or an OCI index. */
  readonly isIndex: boolean;
  /** Digest of the image to which this signature, SBOM, or attestation is attached. */
  readonly subject?: string;
  readonly pushedAt?: number;
  readonly sizeInBytes?: number;
  readonly lastRecordedPullTime?: number;
}
