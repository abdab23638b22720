import { decodePlace, decodeRepositoryArn, encodePlace, WirePlace } from './location';
import { flag, optionalText, tagTexts, text, WireError } from './scalars';

/** Between `src/private` and `lambda/image-tags`: which image gets which tags. */
export const IMAGE_TAGS_RESOURCE_TYPE = 'Custom::EcrImageTags';
export const IMAGE_TAGS_HANDLER = 'image-tags';

export interface ImageTagsProperties extends WirePlace {
  readonly repositoryArn: string;
  readonly tagOrDigest: string;
  readonly tags: readonly string[];
  readonly removeTags: boolean;
  /** Another one has a tag looked up again. */
  readonly token?: string;
}

/** What `Fn::GetAtt` can ask for. */
export const IMAGE_TAGS_ATTRIBUTES = { digestHex: 'ImageDigestHex' } as const;

export function encodeImageTags(properties: ImageTagsProperties): Record<string, unknown> {
  return {
    RepositoryArn: properties.repositoryArn,
    TagOrDigest: properties.tagOrDigest,
    Tags: properties.tags,
    RemoveTags: properties.removeTags,
    Token: properties.token,
    ...encodePlace(properties),
  };
}

/** @throws WireError naming the property that does not decode */
export function decodeImageTags(raw: Readonly<Record<string, unknown>>): ImageTagsProperties {
  const tags = tagTexts(raw, 'Tags');
  if (tags.length === 0) throw new WireError('Tags', 'at least one tag', raw.Tags);
  return {
    repositoryArn: decodeRepositoryArn(raw),
    tagOrDigest: text(raw, 'TagOrDigest'),
    tags,
    removeTags: flag(raw, 'RemoveTags'),
    token: optionalText(raw, 'Token'),
    ...decodePlace(raw),
  };
}
