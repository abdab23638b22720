import { Annotations } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { IConstruct } from 'constructs';

/** Settings of tags, as in aws-ecr's `Repository`. */
export interface TagSettings {
  readonly imageTagMutability?: ecr.TagMutability;
  readonly imageTagMutabilityExclusionFilters?: ecr.ImageTagMutabilityExclusionFilter[];
}

const WITH_FILTERS: ReadonlyArray<ecr.TagMutability | undefined> = [
  ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION, ecr.TagMutability.MUTABLE_WITH_EXCLUSION,
];

/** https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepositoryCreationTemplate.html */
const MAX_FILTERS = 5;

export function tagSettingProblems(settings: TagSettings): string[] {
  const { imageTagMutability: mutability, imageTagMutabilityExclusionFilters: filters } = settings;
  if (filters === undefined) {
    return WITH_FILTERS.includes(mutability)
      ? [`'imageTagMutability' ${mutability} requires 'imageTagMutabilityExclusionFilters', got none`] : [];
  }
  return [
    ...mutability === undefined || WITH_FILTERS.includes(mutability) ? []
      : ['\'imageTagMutability\' must be IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION with \'imageTagMutabilityExclusionFilters\','
        + ` got: ${mutability}`],
    ...filters.length >= 1 && filters.length <= MAX_FILTERS ? []
      : [`'imageTagMutabilityExclusionFilters' must have 1 to ${MAX_FILTERS} filters, got: ${filters.length}`],
  ];
}

/** Returns the settings for the template. As in `Repository`, filters alone make all other tags immutable. */
export function renderTagSettings({ imageTagMutability, imageTagMutabilityExclusionFilters: filters }: TagSettings) {
  return {
    imageTagMutability: imageTagMutability ?? (filters && ecr.TagMutability.IMMUTABLE_WITH_EXCLUSION),
    imageTagMutabilityExclusionFilters: filters?.map(filter => filter._render()),
  };
}

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html */
export function warnOfImmutableCache(scope: IConstruct, { imageTagMutability }: TagSettings): void {
  if (imageTagMutability !== ecr.TagMutability.IMMUTABLE) return;
  Annotations.of(scope).addWarningV2('cdk-ecr-keeper:immutable-cache', 'the tags of repositories of a pull-through cache are immutable, so'
    + ' Amazon ECR cannot update an image whose tag moves in the upstream registry, and the cache keeps its first version. Omit'
    + ' \'imageTagMutability\', or add \'imageTagMutabilityExclusionFilters\' for the tags that move');
}
