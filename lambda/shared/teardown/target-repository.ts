import type { HeldImage } from '../../../src/core/images/held-image';
import type { TaggedRepository } from '../repository/mark';

/** A repository whose images are to be removed: private or public, in whichever Region and account. */
export interface TargetRepository {
  readonly arn: string;
  /** How messages name it. */
  readonly subject: string;
  /** The live tags; undefined when there is no such repository. */
  tags(): Promise<ReadonlyMap<string, string> | undefined>;
  /** Every image, of any status, page by page. */
  images(): AsyncGenerator<readonly HeldImage[]>;
  /** Counts the images, up to this limit. */
  count(limit: number): Promise<{ readonly images: number; readonly isMore: boolean }>;
  /** Reads these images as they are now, at most 100. Those that are gone are left out. */
  describe(digests: readonly string[]): Promise<readonly HeldImage[]>;
  /** Reads the digests that indexes refer to, by digest of the index. */
  readChildren(indexes: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Removes images by digest, at most 100, and returns those that it did not remove. */
  removeImages(digests: readonly string[]): Promise<readonly RemovalFailure[]>;
  /** Removes the repository with everything in it. A repository that does not exist is a success. */
  remove(): Promise<void>;
}

/** A repository that carries the mark of a teardown, with the operations on its tags. */
export interface MarkedTarget extends TargetRepository, TaggedRepository {
  readonly name: string;
  /**
   * Removes the repository if it holds no image. ECR itself refuses otherwise, so that no push can come in between.
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
