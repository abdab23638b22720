/** Grammar of a lifecycle policy in ECR's JSON. https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html */
export type TagSelection = 'tagged' | 'untagged' | 'any';
export type StorageClass = 'standard' | 'archive';
export type ActionType = 'expire' | 'transition';
export type CountType = 'imageCountMoreThan' | 'sinceImagePushed' | 'sinceImagePulled' | 'sinceImageTransitioned';

export interface Selection {
  readonly tagStatus: TagSelection;
  readonly tagPrefixList?: readonly string[];
  readonly tagPatternList?: readonly string[];
  /** Standard if absent. The documentation allows `standard` as well; ECR rejected it in cloudposse/terraform-aws-ecr#159. */
  readonly storageClass?: 'archive';
  readonly countType: CountType;
  readonly countNumber: number;
  readonly countUnit?: 'days';
}

export interface Rule {
  readonly rulePriority: number;
  readonly description?: string;
  readonly selection: Selection;
  readonly action: { readonly type: ActionType; readonly targetStorageClass?: 'archive' };
}

/** "Rules per lifecycle policy", https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html */
export const MAX_RULES = 50;
/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutLifecyclePolicy.html */
export const MAX_TEXT = 30_720;
/** ECR does not document a maximum. This is a limit of this library. */
export const MAX_DESCRIPTION = 256;
/** Archived images are billed for at least 90 days, and cannot be expired sooner. */
export const MIN_ARCHIVED_DAYS = 90;

/**
 * ECR has no action that keeps images. A rule that never acts keeps the images that it selects, because no rule of lower priority acts on
 * them. The count is ten times the quota of images in a repository (100,000, adjustable), so the rule never acts. A rule with an age of a
 * hundred years never acts either.
 */
export const KEEP_COUNT = 1_000_000;
export const KEEP_DAYS = 36_500;
/** Lowest number in rules that people write by hand for the same purpose. */
const MIN_KEEP_COUNT = 9_999;

/** Properties that depend on the count type of a rule. The clocks in `simulate.ts` and the words of the report depend on it too. */
export interface CountTypeFacts {
  /** Unit of `countNumber`: a number of images, or their age in days. `countUnit` is required for an age, and invalid for a number. */
  readonly unit: 'images' | 'days';
  /** Storage class that rules with this count type select. */
  readonly storageClass: StorageClass;
  readonly actions: readonly ActionType[];
  /** The lowest `countNumber` that ECR accepts. */
  readonly minimum: number;
  /** The `countNumber` from which a rule counts as one that never acts. */
  readonly keepsFrom: number;
  /** Whether rules with this count type act on every selected image after enough time, regardless of pushes and pulls. */
  readonly actsInTime: boolean;
}

/**
 * A new count type does not compile without an entry here.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
 */
export const COUNT_TYPES = {
  imageCountMoreThan: {
    unit: 'images', storageClass: 'standard', actions: ['expire', 'transition'], minimum: 1, keepsFrom: MIN_KEEP_COUNT, actsInTime: false,
  },
  sinceImagePushed: {
    unit: 'days', storageClass: 'standard', actions: ['expire', 'transition'], minimum: 1, keepsFrom: KEEP_DAYS, actsInTime: true,
  },
  sinceImagePulled: {
    unit: 'days', storageClass: 'standard', actions: ['transition'], minimum: 1, keepsFrom: KEEP_DAYS, actsInTime: false,
  },
  sinceImageTransitioned: {
    unit: 'days', storageClass: 'archive', actions: ['expire'], minimum: MIN_ARCHIVED_DAYS, keepsFrom: KEEP_DAYS, actsInTime: true,
  },
} as const satisfies Readonly<Record<CountType, CountTypeFacts>>;

/** The count types that limit the age of images. */
export type AgeCountType = { [Type in CountType]: (typeof COUNT_TYPES)[Type]['unit'] extends 'days' ? Type : never }[CountType];

export function isAgeCountType(countType: CountType): countType is AgeCountType {
  return COUNT_TYPES[countType].unit === 'days';
}

/** Returns the selection of a rule that keeps the images with a matching tag. */
export function keepSelection(tagPattern: string): Selection {
  return { tagStatus: 'tagged', tagPatternList: [tagPattern], countType: 'imageCountMoreThan', countNumber: KEEP_COUNT };
}

/** Whether a rule never acts, so that the images that it selects are kept. */
export function keeps({ selection: { countType, countNumber } }: Rule): boolean {
  return countNumber >= COUNT_TYPES[countType].keepsFrom;
}

/**
 * Whether a rule acts on no image of any repository. A rule with a smaller count than `LifecycleRule.keep` may act in a repository with
 * many images.
 */
export function neverActs({ selection: { countType, countNumber } }: Rule): boolean {
  return countNumber >= (COUNT_TYPES[countType].unit === 'images' ? KEEP_COUNT : KEEP_DAYS);
}

const VERBS: Readonly<Record<ActionType, string>> = { expire: 'expire', transition: 'archive' };

export function wordOf({ action }: Rule): string {
  return VERBS[action.type];
}

export function storageClassOf({ selection }: Rule): StorageClass {
  return selection.storageClass ?? 'standard';
}

/** Represents a literal `*`. A tag can contain neither of the two characters. */
export const LITERAL_STAR = '\u0001';

/**
 * A prefix selects the same images as the pattern with `*` at its end. A `*` within a prefix is not a wildcard (containers-roadmap 1329,
 * 2417).
 */
export function patternsOf({ selection: { tagPatternList, tagPrefixList } }: Rule): string[] {
  return [...tagPatternList ?? [], ...(tagPrefixList ?? []).map(prefix => `${prefix.replace(/\*/g, LITERAL_STAR)}*`)];
}
