import { Duration } from 'aws-cdk-lib';
import { ImageUse } from './image-use';

/**
 * Guards that limit the number, tags, and age of the images that may be removed.
 *
 * @stability stable
 */
export interface ImageGuards {
  /**
   * Maximum number of images that may be removed, a whole number of at least 0.
   *
   * Images are counted by digest. Untagged images, archived images, and the images of multi-architecture indexes count too.
   *
   * @default - no limit
   */
  readonly maxImages?: number;

  /**
   * Patterns of tags whose images must not be removed.
   *
   * `*` matches any characters. A pattern can have at most four wildcards.
   *
   * @default - no tags are protected
   */
  readonly protectedTags?: string[];

  /**
   * Time after a push during which an image must not be removed, in whole seconds.
   *
   * @default - images can be removed at any time after their push
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
   */
  readonly pushedWithin?: Duration;
}

/**
 * Guards that check whether images are in use.
 *
 * They are available for private repositories only, because Amazon ECR Public does not record pulls, and its images can run anywhere. If a
 * replication rule of the registry has `deleteReplication`, they and `protectedTags` are also checked on the copies of images in other
 * Regions. A destination in another account cannot be checked, so it counts as a reason to refuse.
 *
 * @stability stable
 */
export interface ImageUseGuards {
  /**
   * Time after a pull during which an image must not be removed, in whole seconds. Amazon ECR can record a pull up to a day late.
   *
   * @default - pulls are not checked
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
   */
  readonly pulledWithin?: Duration;

  /**
   * Services to search for workloads that run from the images. An image in use must not be removed. If a service cannot be searched, no
   * image must be removed.
   *
   * @default - workloads are not checked
   */
  readonly inUseBy?: ImageUse[];
}
