import { decodeTags } from './image-tag-list';
import { decodeLocation, decodeRepositoryArn, encodeLocation, RepositoryLocation } from './location';
import { flag, optionalText, text, WireError } from './scalars';

/** Contract between `src/private` and `lambda/image-tags`: an image and its new tags. */
export const IMAGE_TAGS_RESOURCE_TYPE = 'Custom::EcrImageTags';
export const IMAGE_TAGS_HANDLER = 'image-tags';

export interface ImageTagsProperties extends RepositoryLocation {
  readonly repositoryArn: string;
  readonly tagOrDigest: string;
  readonly tags: readonly string[];
  readonly removeTags: boolean;
  /** Value whose change looks up the tag of the image again. */
  readonly trigger?: string;
}

/** Attributes for `Fn::GetAtt`. */
export const IMAGE_TAGS_ATTRIBUTES = { digestHex: 'ImageDigestHex' } as const;

export function encodeImageTags(properties: ImageTagsProperties): Record<string, unknown> {
  return {
    RepositoryArn: properties.repositoryArn,
    TagOrDigest: properties.tagOrDigest,
    Tags: properties.tags,
    RemoveTags: properties.removeTags,
    Trigger: properties.trigger,
    ...encodeLocation(properties),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeImageTags(raw: Readonly<Record<string, unknown>>): ImageTagsProperties {
  const tags = decodeTags(raw, 'Tags');
  if (tags.length === 0) throw new WireError('Tags', 'at least one tag', raw.Tags);
  return {
    repositoryArn: decodeRepositoryArn(raw),
    tagOrDigest: text(raw, 'TagOrDigest'),
    tags,
    removeTags: flag(raw, 'RemoveTags'),
    trigger: optionalText(raw, 'Trigger'),
    ...decodeLocation(raw),
  };
}
