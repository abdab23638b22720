import { CustomResource, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { platformProblems } from './core/images/platform';
import { encodeImageCopy, IMAGE_COPY_ATTRIBUTES, IMAGE_COPY_RESOURCE_TYPE } from './core/wire/image-copy';
import { ImageSource } from './image-source';
import { IMAGE_COPY_FUNCTION } from './private/handler/descriptors';
import { readFrom, sourceProblems, tagOf } from './private/images/copy-source';
import { COPY_TO, PUSH_TOKEN, REMOVE_TAGS } from './private/images/image-permissions';
import { allowAnywhere, digestAttribute, imageResource, numberAttribute, removalPolicyProblems, removesTags, tagListProblems } from './private/images/image-resource';
import { triggerProblems } from './private/problems';
import { imageUri } from './private/repository/image-uri';

/** Properties of `ImageCopy`. */
export interface ImageCopyProps {
  /** The image to copy. */
  readonly source: ImageSource;

  /** The repository to copy it to: of this stack, of another one, or imported. One of another account must be imported with `access`. */
  readonly destination: aws_ecr.IRepositoryRef;

  /**
   * The tags that point to the image afterwards, at most 40. A tag that points to another image is moved, or fails the deployment where the repository's
   * mutability says so.
   *
   * @default - the tag of the source; none when it is named by digest
   */
  readonly destinationTags?: string[];

  /**
   * The platforms of a multi-architecture image to copy, as `linux/amd64` or `linux/arm/v7`. Of one platform the image itself is copied, with its own
   * digest; of several, a smaller index, whose digest is not that of the source's, while those of its images are.
   *
   * @default - all of them; the index keeps its digest
   */
  readonly platforms?: string[];

  /**
   * Whether to copy what refers to the image too: signatures, attestations, SBOMs, also those that cosign finds by their tag.
   *
   * @default false
   */
  readonly referrers?: boolean;

  /**
   * Another text than before has a tag of the source looked up again. The image that it pointed to stays in the destination.
   *
   * @default - a tag is looked up once; where it points to later, the copy does not follow
   */
  readonly trigger?: string;

  /**
   * What happens to the tags that it made when the whole stack is deleted: `DESTROY` takes off those that still point to its image, and ECR deletes an
   * image with its last tag. When only the construct goes, everything stays.
   *
   * @default RemovalPolicy.RETAIN
   * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Copies an image into a repository when the stack is deployed, with the API of ECR and without Docker.
 *
 * Digests stay what they were. Layers that are there already are not sent again, and a deployment that failed half way goes on from there. The manifest
 * comes last, so that nobody ever pulls a part of an image.
 *
 * @throws when tags, platforms, `trigger` or `removalPolicy` are none, when the source's tag is known only at deploy and `destinationTags` are missing, or when
 * the destination is in another account and was imported without `access`
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html
 *
 * @example
 * const copy = new ImageCopy(this, 'Redis', {
 *   source: ImageSource.fromEcrPublic('public.ecr.aws/docker/library/redis:7.4'),
 *   destination: new Repository(this, 'Mirror'),
 * });
 * const image = ecs.ContainerImage.fromEcrRepository(copy.destination, copy.imageDigest);
 */
export class ImageCopy extends Construct {
  /** The repository that has the image now. */
  public readonly destination: aws_ecr.IRepositoryRef;

  /** Digest of the image in the destination, for whatever takes a tag or a digest. What uses it is deployed after the copy. */
  public readonly imageDigest: string;

  /** The image by its digest: `<account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:…`. */
  public readonly imageUri: string;

  private readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: ImageCopyProps) {
    super(scope, id);
    const { destination, platforms, trigger, referrers = false, removalPolicy = RemovalPolicy.RETAIN } = props;
    const source = props.source._source;
    const sourceTag = tagOf(source);
    const tags = props.destinationTags ?? (sourceTag === undefined ? [] : [sourceTag]);
    const policies = new Array<iam.Policy>();
    this.resource = imageResource(this, {
      repository: destination,
      property: 'destination',
      resourceType: IMAGE_COPY_RESOURCE_TYPE,
      descriptor: IMAGE_COPY_FUNCTION,
      actions: removesTags(removalPolicy) ? [...COPY_TO, ...REMOVE_TAGS] : COPY_TO,
      problems: [
        ...sourceProblems(this, source),
        ...tagListProblems(tags, 'destinationTags'),
        ...triggerProblems(trigger),
        ...props.destinationTags === undefined && Token.isUnresolved(sourceTag)
          ? ['\'destinationTags\' must be given where the source\'s tag or digest is known only at deploy, got nothing'] : [],
        ...platforms ? platformProblems(platforms, 'platforms') : [],
        ...removalPolicyProblems(removalPolicy),
      ],
      properties: (handler, place) => {
        const { policies: needed, ...from } = readFrom(this, handler, source);
        policies.push(...needed);
        if (!place.role) allowAnywhere(handler, PUSH_TOKEN);
        return encodeImageCopy({
          repositoryArn: destination.repositoryRef.repositoryArn, ...from, tags, platforms, referrers, trigger, removeTags: removesTags(removalPolicy), ...place,
        });
      },
    });
    this.resource.node.addDependency(...policies);
    this.destination = destination;
    this.imageDigest = digestAttribute(this.resource, IMAGE_COPY_ATTRIBUTES.digestHex);
    this.imageUri = imageUri(destination, this.imageDigest);
  }

  /** How many bytes of layers the last deployment that copied sent. */
  public get bytesSent(): number {
    return numberAttribute(this.resource, IMAGE_COPY_ATTRIBUTES.bytesSent);
  }

  /** How many bytes of layers it did not have to send: those that were there, or are shared with the source's repository. */
  public get bytesSkipped(): number {
    return numberAttribute(this.resource, IMAGE_COPY_ATTRIBUTES.bytesSkipped);
  }
}
