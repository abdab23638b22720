/**
 * The grammar of a lifecycle policy, as ECR's JSON has it.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export type TagSelection = 'tagged' | 'untagged' | 'any';
export type CountType = 'imageCountMoreThan' | 'sinceImagePushed' | 'sinceImagePulled' | 'sinceImageTransitioned';

export interface Selection {
  readonly tagStatus: TagSelection;
  readonly tagPrefixList?: readonly string[];
  readonly tagPatternList?: readonly string[];
  /** Standard is meant where none is named; the documentation allows to name it, cloudposse/terraform-aws-ecr#159 saw ECR refuse it. */
  readonly storageClass?: 'archive';
  readonly countType: CountType;
  readonly countNumber: number;
  readonly countUnit?: 'days';
}

export interface Rule {
  readonly rulePriority: number;
  readonly description?: string;
  readonly selection: Selection;
  readonly action: { readonly type: 'expire' | 'transition'; readonly targetStorageClass?: 'archive' };
}

/** "Rules per lifecycle policy", https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
export const MAX_RULES = 50;
/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html */
export const MAX_TEXT = 30_720;
/** "There is a maximum limit of four wildcards (*) per string." */
export const MAX_WILDCARDS = 4;
/** ECR documents no maximum; this one is ours. */
export const MAX_DESCRIPTION = 256;
/** Archived images are billed for 90 days at least, and none can be expired sooner. */
export const MIN_ARCHIVED_DAYS = 90;

/**
 * ECR has no action that keeps. A rule that never acts does: what it selects, no rule of lower priority may touch. The count is ten times the
 * quota of images in a repository (100,000, adjustable), so that it never acts; an age of a hundred years does the same in the archive.
 */
export const KEEP_COUNT = 1_000_000;
export const KEEP_DAYS = 36_500;
/** What people write for it by hand. */
const KEEP_COUNT_IN_USE = 9_999;

export function keeps({ selection }: Rule): boolean {
  if (selection.countType === 'imageCountMoreThan') return selection.countNumber >= KEEP_COUNT_IN_USE;
  return selection.countType === 'sinceImageTransitioned' && selection.countNumber >= KEEP_DAYS;
}

export function storageClassOf({ selection }: Rule): 'standard' | 'archive' {
  return selection.storageClass ?? 'standard';
}

/** Stands for a `*` that is meant literally; neither it nor `*` can be in a tag. */
export const LITERAL_STAR = '\u0001';

/** A prefix selects what the pattern with `*` at its end selects; a `*` in it is no wildcard (containers-roadmap 1329, 2417). */
export function patternsOf({ selection: { tagPatternList, tagPrefixList } }: Rule): string[] {
  return [...tagPatternList ?? [], ...(tagPrefixList ?? []).map(prefix => `${prefix.replace(/\*/g, LITERAL_STAR)}*`)];
}
