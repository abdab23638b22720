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

/** Returns at most `max` findings, as evenly of all kinds as possible, so that many of one kind do not hide the others. */
export function selectFindings(findings: readonly Finding[], max: number): Finding[] {
  if (findings.length <= max) return [...findings];
  const kinds = [...new Set(findings.map(({ kind }) => kind))];
  const byKind = kinds.map(kind => findings.filter(finding => finding.kind === kind));
  const selected = new Array<Finding>();
  for (let nth = 0; selected.length < max; nth++) selected.push(...byKind.flatMap(ofKind => ofKind[nth] ?? []));
  return selected.slice(0, max);
}

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
  /** The selected repositories in the state or with images in use, sorted by name. Absent unless the shield sends their metrics. */
  readonly repositories?: readonly RepositoryImages[];
  /** Number of repositories beyond `MAX_METRIC_REPOSITORIES`. */
  readonly moreRepositories?: number;
}

/** Images of one repository. The totals of a partition count in the same way. */
export interface RepositoryImages {
  readonly repositoryName: string;
  readonly protected: number;
  readonly unprotected: number;
}

/** Repositories of a shield with metrics of their own. Further ones are only counted, so that their price has a bound. */
export const MAX_METRIC_REPOSITORIES = 1_000;

/** Source and detail type of the events. */
export const EVENT_SOURCE = 'cdk-ecr-keeper';
export const FINDING_DETAIL_TYPE = 'Image Shield Finding';

/** Namespace and dimensions of the metrics. */
export const METRIC_NAMESPACE = 'CdkEcrKeeper/ImageShield';
export const METRIC_DIMENSION = 'Shield';
/** Only the metrics of a single repository have it. */
export const REPOSITORY_DIMENSION = 'Repository';
export const METRICS = {
  protectedImages: 'ProtectedImages',
  newlyProtectedImages: 'NewlyProtectedImages',
  releasedImages: 'ReleasedImages',
  unprotectedImages: 'UnprotectedImages',
  findings: 'Findings',
  hoursSinceSuccess: 'HoursSinceSuccess',
} as const;

/** Metrics that a run can send for each repository. */
export const REPOSITORY_METRICS = [METRICS.protectedImages, METRICS.unprotectedImages] as const;

/**
 * Returns the value of the dimension of a repository.
 *
 * @param registry `<registry>/<region>` of a replica. @default - the registry and Region of the shield
 */
export function metricRepository(repositoryName: string, registry?: string): string {
  return registry === undefined ? repositoryName : `${registry}/${repositoryName}`;
}
