import { Construct } from 'constructs';
import { encodeImageTags, IMAGE_TAGS_ATTRIBUTES, IMAGE_TAGS_RESOURCE_TYPE } from './core/wire/image-tags';
import { IMAGE_TAGS_FUNCTION } from './private/handler/descriptors';
import { REMOVE_TAGS, TAG } from './private/images/image-permissions';
import { digestAttribute, imageResource, tagListProblems } from './private/images/image-resource';
import { warnOfTagsWrittenTwice } from './private/images/written-tags';
import { triggerProblems } from './private/problems';
import { checkProps, listOf, oneOf, PropertyTypes, REPOSITORY_IMAGE, required, TEXT } from './private/property-types';
import { rememberFollowing, rememberTags } from './private/repository/moving-tags';
import { RepositoryImage } from './repository-image';
import { TagRemovalPolicy } from './tag-removal-policy';

/**
 * Properties of `ImageTags`.
 *
 * @stability stable
 */
export interface ImageTagsProps {
  /**
   * Image that gets the tags, referenced by one of its tags or by its digest.
   *
   * If its repository is in another account, the repository must be imported with `access`.
   */
  readonly image: RepositoryImage;

  /**
   * Tags to add to the image, 1 to 40.
   *
   * A tag that points to another image is moved. If the repository's tags are immutable, the deployment fails instead.
   */
  readonly tags: string[];

  /**
   * Value that you change to look up the tag of `image` again, 1 to 256 characters. It has no effect on an image that is referenced by
   * digest.
   *
   * @default - the tag is looked up once
   */
  readonly trigger?: string;

  /**
   * Policy for the tags that this construct added, which is applied when the whole stack is deleted.
   *
   * If you remove only the construct from the stack, all tags are kept. The last tag of an image is never removed, because Amazon ECR would
   * then delete the image.
   *
   * @default TagRemovalPolicy.RETAIN
   */
  readonly tagRemovalPolicy?: TagRemovalPolicy;
}

const PROPERTY_TYPES: PropertyTypes<ImageTagsProps> = {
  image: required(REPOSITORY_IMAGE),
  tags: required(listOf(TEXT)),
  trigger: TEXT,
  tagRemovalPolicy: oneOf('TagRemovalPolicy', TagRemovalPolicy),
};

/**
 * Tags that the deployment of the stack adds to an image, for example to promote `build-123` to `prod`. No layer is pulled or pushed.
 *
 * If a deployment fails, its rollback moves the tags back to the images that they pointed to before. Tags that did not exist before are
 * kept. A tag is not moved back if the function could not respond, or if the same deployment gave the function its first access to the
 * repository.
 *
 * @throws if a tag or `trigger` is invalid, if there is no tag, or if the repository is in another account and was imported without
 * `access`
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
 *
 * @example
 * const promotion = new ImageTags(this, 'Promotion', {
 *   image: RepositoryImage.fromRepository(Repository.fromRepositoryName(this, 'App', 'team/app'), 'build-123'),
 *   tags: ['prod'],
 * });
 * const uri = promotion.image.imageUri;
 * @stability stable
 */
export class ImageTags extends Construct {
  /** Tagged image, referenced by digest. Resources that use its digest or URI are deployed after the tags are set. */
  public readonly image: RepositoryImage;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Image and its new tags.
   */
  constructor(scope: Construct, id: string, props: ImageTagsProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const { image: { repository, _tagOrDigest: tagOrDigest }, tags, trigger } = props;
    rememberTags(repository, tags);
    rememberFollowing(this, repository, tags, { repository, tag: tagOrDigest.startsWith('sha256:') ? undefined : tagOrDigest }, trigger);
    const removeTags = props.tagRemovalPolicy === TagRemovalPolicy.DESTROY;
    const resource = imageResource(this, {
      repository,
      property: 'image.repository',
      resourceType: IMAGE_TAGS_RESOURCE_TYPE,
      descriptor: IMAGE_TAGS_FUNCTION,
      actions: removeTags ? [...TAG, ...REMOVE_TAGS] : TAG,
      problems: [
        ...tags.length === 0 ? ['\'tags\' must have at least one tag, got none'] : [],
        ...tagListProblems(tags, 'tags'),
        ...triggerProblems(trigger),
      ],
      properties: (_, location) => encodeImageTags({
        repositoryArn: repository.repositoryRef.repositoryArn, tagOrDigest, tags, trigger, removeTags, ...location,
      }),
    });
    warnOfTagsWrittenTwice(this, repository, tags);
    this.image = RepositoryImage.fromRepository(repository, digestAttribute(resource, IMAGE_TAGS_ATTRIBUTES.digestHex));
  }
}
