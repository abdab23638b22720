/**
 * Policy for the tags that a construct added to an image, which is applied when the whole stack is deleted.
 *
 * @stability stable
 */
export enum TagRemovalPolicy {
  /** Keeps the tags. */
  RETAIN = 'RETAIN',

  /**
   * Removes the tags that still point to the image. Tags that pointed to the image before the construct was deployed are kept.
   *
   * Amazon ECR deletes an image when its last tag is removed. `ImageTags` therefore keeps the last tag of an image. `ImageCopy` removes the
   * last tag only if the repository did not have the image before the copy.
   *
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
   */
  DESTROY = 'DESTROY',
}
