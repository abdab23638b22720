/**
 * Status of an image, which depends on its storage class.
 *
 * @stability stable
 */
export enum ImageStatus {
  /** Image in standard storage, which can be pulled. */
  ACTIVE = 'ACTIVE',

  /** Image in the archive, which cannot be pulled. */
  ARCHIVED = 'ARCHIVED',

  /** Image that is being restored from the archive. */
  ACTIVATING = 'ACTIVATING',
}

/**
 * Image of a repository, with the property names of the Amazon ECR API.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
 * @stability stable
 */
export interface LifecycleImage {
  /** Digest of the image. Any unique text works, because the simulation only returns it in decisions. */
  readonly imageDigest: string;

  /**
   * Tags of the image.
   *
   * @default - no tags: the image is untagged
   */
  readonly imageTags?: string[];

  /** Time of the push. */
  readonly imagePushedAt: Date;

  /**
   * Status of the image.
   *
   * @default ImageStatus.ACTIVE
   */
  readonly imageStatus?: ImageStatus;

  /**
   * Time of the last pull.
   *
   * @default - the image was never pulled
   */
  readonly lastRecordedPullTime?: Date;

  /**
   * Time at which the image was last archived.
   *
   * @default - the image was never archived
   */
  readonly lastArchivedAt?: Date;

  /**
   * Time at which the image was last restored from the archive.
   *
   * @default - the image was never restored
   */
  readonly lastActivatedAt?: Date;

  /**
   * Digests of the images of a multi-architecture index.
   *
   * `aws ecr describe-images` does not return them, but `docker buildx imagetools inspect` does.
   *
   * @default - not an index, or its images are unknown
   */
  readonly manifests?: string[];

  /**
   * Digest of the image that a reference artifact, such as a signature or an SBOM, is attached to.
   *
   * A reference artifact is deleted or archived with its image.
   *
   * @default - not a reference artifact
   */
  readonly subjectManifestDigest?: string;
}

/**
 * Action of a lifecycle policy on an image.
 *
 * @stability stable
 */
export enum LifecycleAction {
  /** The image is deleted. */
  EXPIRE = 'EXPIRE',

  /** The image is moved to the archive. */
  ARCHIVE = 'ARCHIVE',

  /** The image stays as it is. */
  KEEP = 'KEEP',
}

/**
 * Decision of a lifecycle policy about an image, and its reason.
 *
 * @stability stable
 */
export interface LifecycleDecision {
  /** Digest of the image. */
  readonly imageDigest: string;

  /** Tags of the image. */
  readonly imageTags: string[];

  /** Action of the policy on the image. */
  readonly action: LifecycleAction;

  /**
   * Priority of the rule that expires or archives the image. For a reference artifact that is deleted or archived with its image, this is
   * the rule for that image.
   *
   * @default - the image is kept
   */
  readonly appliedRulePriority?: number;

  /**
   * Priority of the first rule that selects the image. Only this rule can act on the image, whether or not it does. A reference artifact
   * can also be deleted or archived with the image to which it is attached.
   *
   * @default - no rule selects the image
   */
  readonly decidingRulePriority?: number;

  /**
   * Reason of the decision: the rank or age of the image and the limit of the rule, and the next rule that would have acted on the image.
   */
  readonly reason: string;

  /** Digests of indexes that contain the image and are kept. While they exist, Amazon ECR does not expire or archive the image. */
  readonly blockedBy: string[];
}
