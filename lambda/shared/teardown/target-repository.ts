import type { HeldImage } from '../../../src/core/images/held-image';

/** A repository whose images are to go: private or public, in whichever Region and account. */
export interface TargetRepository {
  readonly arn: string;
  /** How messages name it. */
  readonly subject: string;
  /** The live tags; undefined when there is no such repository. */
  tags(): Promise<ReadonlyMap<string, string> | undefined>;
  /** Every image, of any status, page by page. */
  images(): AsyncGenerator<readonly HeldImage[]>;
  /** How many images there are, no further than to this limit. */
  count(limit: number): Promise<{ readonly images: number; readonly isMore: boolean }>;
  /** These images as they are now; those that are gone are left out. At most 100. */
  look(digests: readonly string[]): Promise<readonly HeldImage[]>;
  /** What indexes refer to, by digest. */
  children(indexes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Removes images by digest, at most 100, and tells which are still there. */
  removeImages(digests: readonly string[]): Promise<readonly Stuck[]>;
  /** Removes the repository with all that is in it. Not to be there already is fine. */
  remove(): Promise<void>;
}

/** An image that could not be removed. */
export interface Stuck {
  readonly digest: string;
  readonly code: string;
  readonly reason: string;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html, and the same of ECR Public */
export const DELETED_AT_ONCE = 100;
