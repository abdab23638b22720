import { EventMatcher, tagMatchers } from './matchers';
import { HOLDING_TAG_PREFIX } from '../images/holding-tag';
import { DEFAULT_TAG_PREFIX, releasedPrefix } from '../shield/tags';

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html */
export const IMAGE_ACTION = { source: 'aws.ecr', detailType: 'ECR Image Action' } as const;

/** Prefixes of the tags that an image shield adds to existing images. ECR sends the event of a push for each new tag. */
export const DEFAULT_IGNORED_PREFIXES: readonly string[] = [DEFAULT_TAG_PREFIX, releasedPrefix(DEFAULT_TAG_PREFIX)];

export interface PushFilter {
  readonly repositoryName: string;
  /** @default - all tags, and images without a tag */
  readonly imageTags?: readonly string[];
  /** Without effect if there are `imageTags`. */
  readonly ignoredTagPrefixes?: readonly string[];
}

/** Returns the detail of the pattern for pushed images. The `resources` of the event are empty, so the name is in the detail. */
export function pushDetail({ repositoryName, imageTags, ignoredTagPrefixes = DEFAULT_IGNORED_PREFIXES }: PushFilter) {
  const ignored: EventMatcher = { 'anything-but': { prefix: [...ignoredTagPrefixes, HOLDING_TAG_PREFIX] } };
  return {
    'action-type': ['PUSH'],
    'result': ['SUCCESS'],
    'repository-name': [repositoryName],
    // anything-but does not match a missing field, which is what an image without a tag has
    'image-tag': imageTags ? tagMatchers(imageTags) : [{ exists: false } satisfies EventMatcher, ignored],
  };
}
