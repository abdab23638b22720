import { RemovalPolicy } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { tagOrDigestProblems } from './core/images/digest';
import { encodeImageTags, IMAGE_TAGS_ATTRIBUTES, IMAGE_TAGS_RESOURCE_TYPE } from './core/wire/image-tags';
import { IMAGE_TAGS_FUNCTION } from './private/handler/descriptors';
import { REMOVE_TAGS, TAG } from './private/images/image-permissions';
import { digestAttribute, imageResource, removalPolicyProblems, removesTags, tagListProblems } from './private/images/image-resource';
import { triggerProblems, unlessToken } from './private/problems';
import { imageUri } from './private/repository/image-uri';

/** Properties of `ImageTags`. */
export interface ImageTagsProps {
  /** The repository: of this stack, of another one, or imported. One of another account must be imported with `access`. */
  readonly repository: aws_ecr.IRepositoryRef;

  /** The image that gets the tags: one of its tags, or its digest. */
  readonly tagOrDigest: string;

  /**
   * The tags to add, at least one and at most 40. One that points to another image is moved, or fails the deployment where the repository's mutability
   * says so.
   */
  readonly tags: string[];

  /**
   * Another text than before has `tagOrDigest` looked up again, where it is a tag.
   *
   * @default - a tag is looked up once
   */
  readonly trigger?: string;

  /**
   * What happens to the tags that it made when the whole stack is deleted: `DESTROY` takes off those that still point to its image, but never the last tag
   * of an image, with which ECR would delete it. When only the construct goes, everything stays.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Gives an image of a repository more tags when the stack is deployed: promotion from `build-123` to `prod`, without pulling or pushing a layer.
 *
 * A deployment that fails and is rolled back moves the tags back to the image of before, if this construct had set them before.
 *
 * @throws when a tag is malformed, or the repository is in another account and was imported without `access`
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
 *
 * @example
 * new ImageTags(this, 'Promotion', {
 *   repository: Repository.fromRepositoryName(this, 'App', 'team/app'),
 *   tagOrDigest: 'build-123',
 *   tags: ['prod'],
 * });
 */
export class ImageTags extends Construct {
  /** The repository of the image. */
  public readonly repository: aws_ecr.IRepositoryRef;

  /** Digest of the image, for whatever takes a tag or a digest. What uses it is deployed after the tags are set. */
  public readonly imageDigest: string;

  /** The image by its digest: `<account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:…`. */
  public readonly imageUri: string;

  constructor(scope: Construct, id: string, props: ImageTagsProps) {
    super(scope, id);
    const { repository, tagOrDigest, tags, trigger, removalPolicy = RemovalPolicy.DESTROY } = props;
    const resource = imageResource(this, {
      repository,
      resourceType: IMAGE_TAGS_RESOURCE_TYPE,
      descriptor: IMAGE_TAGS_FUNCTION,
      actions: removesTags(removalPolicy) ? [...TAG, ...REMOVE_TAGS] : TAG,
      problems: [
        ...unlessToken(tagOrDigest, known => tagOrDigestProblems(known, 'tagOrDigest')),
        ...tags.length === 0 ? ['\'tags\' must be at least one tag, got none'] : [],
        ...tagListProblems(tags, 'tags'),
        ...triggerProblems(trigger),
        ...removalPolicyProblems(removalPolicy),
      ],
      properties: (_, place) => encodeImageTags({
        repositoryArn: repository.repositoryRef.repositoryArn, tagOrDigest, tags, trigger, removeTags: removesTags(removalPolicy), ...place,
      }),
    });
    this.repository = repository;
    this.imageDigest = digestAttribute(resource, IMAGE_TAGS_ATTRIBUTES.digestHex);
    this.imageUri = imageUri(repository, this.imageDigest);
  }
}
