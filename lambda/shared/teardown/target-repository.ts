import type { HeldImage } from '../../../src/core/images/held-image';
import type { TaggedRepository } from '../repository/mark';

/** A repository whose images are removed: private or public, in any Region and account. */
export interface TargetRepository {
  readonly arn: string;
  /** Name of the repository in messages. */
  readonly subject: string;
  /** Returns the live tags; undefined if the repository does not exist. */
  tags(): Promise<ReadonlyMap<string, string> | undefined>;
  /** Returns every image, of any status, page by page. */
  images(): AsyncGenerator<readonly HeldImage[]>;
  /** Counts the images, up to this limit. */
  count(limit: number): Promise<{ readonly images: number; readonly isMore: boolean }>;
  /** Reads at most 100 images as they are now. Images that are gone are left out. */
  describe(digests: readonly string[]): Promise<readonly HeldImage[]>;
  /** Reads the digests that indexes refer to, keyed by the digest of the index. */
  readChildren(indexes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Removes images by digest, at most 100, and returns those that it did not remove. */
  removeImages(digests: readonly string[]): Promise<readonly RemovalFailure[]>;
  /** Removes the repository with all its images. Succeeds if the repository does not exist. */
  remove(): Promise<void>;
}

/** A repository that carries the mark of a teardown, with the operations on its tags. */
export interface MarkedTarget extends TargetRepository, TaggedRepository {
  readonly name: string;
  /**
   * Removes the repository if it holds no image. ECR itself checks that, so no push can come in between.
   *
   * @returns false if it holds images
   */
  removeIfEmpty(): Promise<boolean>;
}

/** An image that could not be removed. */
export interface RemovalFailure {
  readonly digest: string;
  readonly code: string;
  readonly reason: string;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html, and the same of ECR Public */
export const DELETED_AT_ONCE = 100;
