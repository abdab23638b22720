/** In which storage class an image is. */
export enum ImageStatus {
  /** In standard storage: it can be pulled. */
  ACTIVE = 'ACTIVE',

  /** In the archive: it cannot be pulled. */
  ARCHIVED = 'ARCHIVED',

  /** On its way out of the archive. */
  ACTIVATING = 'ACTIVATING',
}

/**
 * An image of a repository, by the names that ECR gives its properties.
 *
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ImageDetail.html
 */
export interface LifecycleImage {
  /** The digest, or any other name: it is only given back. */
  readonly imageDigest: string;

  /**
   * Its tags.
   *
   * @default - none: the image is untagged
   */
  readonly imageTags?: string[];

  /** When it was pushed. */
  readonly imagePushedAt: Date;

  /**
   * Its status.
   *
   * @default ImageStatus.ACTIVE
   */
  readonly imageStatus?: ImageStatus;

  /**
   * When it was pulled last.
   *
   * @default - never
   */
  readonly lastRecordedPullTime?: Date;

  /**
   * When it was archived last.
   *
   * @default - never
   */
  readonly lastArchivedAt?: Date;

  /**
   * When it was restored from the archive last.
   *
   * @default - never
   */
  readonly lastActivatedAt?: Date;

  /**
   * For a multi-architecture index: the digests that it refers to. `aws ecr describe-images` does not tell them, `docker buildx imagetools inspect` does.
   *
   * @default - none
   */
  readonly manifests?: string[];
}

/** What happens to an image. */
export enum LifecycleAction {
  /** It is deleted. */
  EXPIRE = 'EXPIRE',

  /** It is moved to the archive. */
  ARCHIVE = 'ARCHIVE',

  /** Nothing. */
  KEEP = 'KEEP',
}

/** What a lifecycle policy does to one image, and why. */
export interface LifecycleDecision {
  /** The image. */
  readonly imageDigest: string;

  /** Its tags. */
  readonly imageTags: string[];

  /** What the policy asks for. */
  readonly action: LifecycleAction;

  /**
   * The rule that acts.
   *
   * @default - the image is kept
   */
  readonly appliedRulePriority?: number;

  /**
   * The one rule that may act on the image, whether or not it does: the first that selects it. It shields the image from all later rules.
   *
   * @default - no rule selects it
   */
  readonly decidingRulePriority?: number;

  /** Its rank or age against the limit, and what the rule shields it from. */
  readonly reason: string;

  /** Digests of indexes that refer to the image and stay: the rule selects it, but ECR cannot do it. */
  readonly blockedBy: string[];
}
