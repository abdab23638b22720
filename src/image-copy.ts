import { CustomResource, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { platformProblems } from './core/images/platform';
import { encodeImageCopy, IMAGE_COPY_ATTRIBUTES, IMAGE_COPY_RESOURCE_TYPE } from './core/wire/image-copy';
import { ImageCopyFunction } from './image-copy-function';
import { ImageSource } from './image-source';
import { IMAGE_COPY_FUNCTION } from './private/handler/descriptors';
import { readFrom, sourceProblems, tagOf } from './private/images/copy-source';
import { COPY_TO, PUSH_TOKEN, REMOVE_TAGS } from './private/images/image-permissions';
import { digestAttribute, imageResource, numberAttribute, tagListProblems } from './private/images/image-resource';
import { warnOfTagsWrittenTwice } from './private/images/written-tags';
import { triggerProblems } from './private/problems';
import { checkProps, FLAG, instanceOf, listOf, oneOf, PropertyTypes, REPOSITORY, required, TEXT } from './private/property-types';
import { rememberFollowing, rememberTags } from './private/repository/moving-tags';
import { RepositoryImage } from './repository-image';
import { TagRemovalPolicy } from './tag-removal-policy';

/**
 * Properties of `ImageCopy`.
 *
 * @stability stable
 */
export interface ImageCopyProps {
  /** Image to copy. */
  readonly source: ImageSource;

  /**
   * Repository that the image is copied to.
   *
   * The repository can be declared by this stack or another stack, or imported. A repository in another account must be imported with
   * `access`.
   */
  readonly repository: aws_ecr.IRepositoryRef;

  /**
   * Tags that point to the image after the deployment, at most 40.
   *
   * A tag that points to another image is moved. If the repository's tags are immutable, the deployment fails instead. Required if the tag
   * or digest of the source is a token that does not begin with `sha256:`.
   *
   * @default - the tag of the source, or no tag if the source is referenced by digest
   */
  readonly tags?: string[];

  /**
   * Platforms of a multi-architecture image to copy, such as `linux/amd64` or `linux/arm/v7`. The list must not be empty.
   *
   * With one platform, only the image of that platform is copied, and it keeps its digest. With several platforms, the copy creates a new
   * index of their images. The new index has a different digest, and the images keep their digests.
   *
   * @default - all platforms; the index keeps its digest
   */
  readonly platforms?: string[];

  /**
   * Whether to copy signatures, attestations, and SBOMs that refer to the image. Artifacts that cosign attached by tag are included.
   *
   * @default false
   */
  readonly referrers?: boolean;

  /**
   * Value that you change to look up the tag of the source again, 1 to 256 characters. The image that the tag pointed to before stays in
   * the repository.
   *
   * @default - the tag is looked up once, and the copy does not follow it when it moves
   */
  readonly trigger?: string;

  /**
   * Policy for the tags that this construct added, which is applied when the whole stack is deleted.
   *
   * If you remove only the construct from the stack, all tags are kept. Amazon ECR deletes an image when its last tag is removed. The last
   * tag of an image that the repository had before the copy is never removed.
   *
   * @default TagRemovalPolicy.RETAIN
   */
  readonly tagRemovalPolicy?: TagRemovalPolicy;

  /**
   * Function that copies the image, such as a function in a VPC. Must be in the same stack as the copy. Several copies can share it.
   *
   * With a different function, the next deployment copies the image again. Layers that the repository already has are not sent again.
   *
   * @default - the function of the stack for copies, which is outside of any VPC
   */
  readonly copyFunction?: ImageCopyFunction;
}

const PROPERTY_TYPES: PropertyTypes<ImageCopyProps> = {
  source: required(instanceOf('ImageSource', 'ImageSource.fromRegistry(\'docker.io/library/nginx:1.29\')')),
  repository: required(REPOSITORY),
  tags: listOf(TEXT),
  platforms: listOf(TEXT),
  referrers: FLAG,
  trigger: TEXT,
  tagRemovalPolicy: oneOf('TagRemovalPolicy', TagRemovalPolicy),
  copyFunction: instanceOf('ImageCopyFunction', 'new ImageCopyFunction(this, \'CopyFunction\', { vpc })'),
};

/**
 * Copy of an image, which the deployment of the stack puts into a repository. It does not need Docker.
 *
 * Digests do not change. Layers that the repository already has are not sent again, and a deployment after a failed one continues where it
 * stopped. The manifest is written last, so that an incomplete image can never be pulled.
 *
 * @throws if a tag, a platform, or `trigger` is invalid, if `tags` is missing and the tag or digest of the source is a token, if the
 * repository is in another account and was imported without `access`, or if `copyFunction` is in another stack
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
 *
 * @example
 * declare const taskDefinition: ecs.TaskDefinition;
 *
 * const copy = new ImageCopy(this, 'Redis', {
 *   source: ImageSource.fromEcrPublic('public.ecr.aws/docker/library/redis:7.4'),
 *   repository: new Repository(this, 'Mirror'),
 * });
 * const image = copy.image;
 * taskDefinition.addContainer('Redis', { image: image.toContainerImage() });
 * @stability stable
 */
export class ImageCopy extends Construct {
  /** Copied image, referenced by digest. Resources that use its digest or URI are deployed after the copy. */
  public readonly image: RepositoryImage;

  private readonly resource: CustomResource;

  /**
   * @param scope Scope in which the construct is created.
   * @param id ID of the construct, unique in the scope.
   * @param props Source and destination of the copy, and its tags.
   */
  constructor(scope: Construct, id: string, props: ImageCopyProps) {
    super(scope, id);
    checkProps(this, props, PROPERTY_TYPES);
    const { repository, platforms, trigger, referrers = false, copyFunction } = props;
    const source = props.source._source;
    const sourceTag = tagOf(source);
    const tags = props.tags ?? (sourceTag === undefined ? [] : [sourceTag]);
    const removeTags = props.tagRemovalPolicy === TagRemovalPolicy.DESTROY;
    const policies = new Array<iam.Policy>();
    this.resource = imageResource(this, {
      repository,
      property: 'repository',
      resourceType: IMAGE_COPY_RESOURCE_TYPE,
      descriptor: IMAGE_COPY_FUNCTION,
      handler: copyFunction?._handler,
      actions: removeTags ? [...COPY_TO, ...REMOVE_TAGS] : COPY_TO,
      problems: [
        ...sourceProblems(this, source),
        ...tagListProblems(tags, 'tags'),
        ...triggerProblems(trigger),
        ...props.tags === undefined && Token.isUnresolved(sourceTag)
          ? ['\'tags\' is required if the tag or digest of the source is known only at deployment, got nothing'] : [],
        ...platforms ? platformProblems(platforms, 'platforms') : [],
        ...copyFunction && Stack.of(copyFunction) !== Stack.of(this)
          ? [`'copyFunction' must be in the same stack as the copy, got '${copyFunction.node.path}'. Create an ImageCopyFunction in stack`
            + ` '${Stack.of(this).node.path}'`] : [],
      ],
      properties: (handler, location) => {
        const { policies: sourcePolicies, ...sourceProperties } = readFrom(this, handler, source);
        policies.push(...sourcePolicies);
        if (!location.role) handler.allowOnAnyResource(PUSH_TOKEN);
        return encodeImageCopy({
          repositoryArn: repository.repositoryRef.repositoryArn,
          ...sourceProperties,
          tags,
          platforms,
          referrers,
          trigger,
          removeTags,
          ...location,
        });
      },
    });
    this.resource.node.addDependency(...policies);
    warnOfTagsWrittenTwice(this, repository, tags);
    rememberTags(repository, tags);
    const sourceRepository = source.kind === 'ecr' ? source.repository : undefined;
    rememberFollowing(this, repository, tags, { repository: sourceRepository, tag: sourceTag }, trigger);
    this.image = RepositoryImage.fromRepository(repository, digestAttribute(this.resource, IMAGE_COPY_ATTRIBUTES.digestHex));
  }

  /** Number of layer bytes that the last deployment of the copy sent to Amazon ECR. Known only at deployment. */
  public get bytesSent(): number {
    return numberAttribute(this.resource, IMAGE_COPY_ATTRIBUTES.bytesSent);
  }

  /**
   * Number of layer bytes that the last deployment of the copy did not send, because Amazon ECR already had the layers. Known only at
   * deployment.
   *
   * These layers were in the repository already, or are shared with the repository of the source.
   */
  public get bytesSkipped(): number {
    return numberAttribute(this.resource, IMAGE_COPY_ATTRIBUTES.bytesSkipped);
  }
}
