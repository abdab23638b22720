/** What an image shield reports. Each finding is an event with this kind, and a row of `shield status`. */
export const FINDING_KINDS = [
  'environment-unreadable', 'environment-gone', 'source-unreadable', 'partition-failed', 'state-rebuilt', 'policy-does-not-keep',
  'image-missing', 'image-archived', 'image-unreadable', 'tag-limit-reached', 'tag-moved', 'repository-missing', 'repository-denied',
  'registry-unreachable',
] as const;

export type FindingKind = typeof FINDING_KINDS[number];

/** Kinds of an image in use that is not protected. */
export const UNPROTECTED_KINDS: readonly FindingKind[] = [
  'policy-does-not-keep', 'image-missing', 'image-archived', 'image-unreadable', 'tag-limit-reached', 'tag-moved', 'repository-missing',
  'repository-denied', 'registry-unreachable',
];

export interface Finding {
  readonly kind: FindingKind;
  readonly message: string;
  readonly repositoryName?: string;
  readonly imageDigest?: string;
  readonly environment?: string;
}

/** Findings of one partition that are kept with its result. Further ones are only counted. */
export const MAX_FINDINGS = 100;

/** What a run did in one partition. */
export interface PartitionResult {
  readonly partition: string;
  /** Images in use whose keep tag was read. */
  readonly protected: number;
  readonly newlyProtected: number;
  readonly released: number;
  /** Images in use without protection, by the kind of their finding. */
  readonly unprotected: Readonly<Partial<Record<FindingKind, number>>>;
  readonly findings: readonly Finding[];
  /** Number of findings beyond `MAX_FINDINGS`. */
  readonly moreFindings: number;
}

/** Source and detail type of the events. */
export const EVENT_SOURCE = 'cdk-ecr-keeper';
export const FINDING_DETAIL_TYPE = 'Image Shield Finding';

/** Namespace and dimension of the metrics. */
export const METRIC_NAMESPACE = 'CdkEcrKeeper/ImageShield';
export const METRIC_DIMENSION = 'Shield';
export const METRICS = {
  protectedImages: 'ProtectedImages',
  newlyProtectedImages: 'NewlyProtectedImages',
  releasedImages: 'ReleasedImages',
  unprotectedImages: 'UnprotectedImages',
  findings: 'Findings',
  hoursSinceSuccess: 'HoursSinceSuccess',
} as const;
