import { Token } from 'aws-cdk-lib';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { tagOrDigestProblems } from './core/images/digest';
import { ECR_PRIVATE_REGISTRY, ECR_PUBLIC_REGISTRY, ImageReference, parseImageReference } from './core/images/image-reference';
import { CopySource } from './private/images/copy-source';
import { throwProblems, unlessToken } from './private/problems';
import { checkOptions, REPOSITORY, REPOSITORY_IMAGE, required, SECRET, TEXT } from './private/property-types';
import { rememberTags } from './private/repository/moving-tags';
import { RepositoryImage } from './repository-image';

/**
 * Options for reading an image from a registry.
 *
 * @stability stable
 */
export interface RegistryImageSourceOptions {
  /**
   * Secret with the JSON keys `username` and `password`. `accessToken` is accepted instead of `password`, as in the secrets of pull-through
   * cache rules.
   *
   * The function that copies the image gets permission to read the secret, and to decrypt it if the secret has an `encryptionKey`. The
   * value does not appear in the template or in logs.
   *
   * @default - the registry is read anonymously
   */
  readonly credentials?: secretsmanager.ISecret;
}

/**
 * Image that an `ImageCopy` copies.
 *
 * @example
 * const fromHub = ImageSource.fromRegistry('docker.io/library/redis:7.4');
 * const fromEcr = ImageSource.fromEcrRepository(Repository.fromRepositoryName(this, 'Builds', 'team/builds'), 'build-123');
 * @stability stable
 */
export class ImageSource {
  /**
   * Uses an image from a private ECR repository, such as the image of an `ImageTags` or a `ScanGate`.
   *
   * The repository may be in another Region or account. In another account, either the repository policy must allow the role of the copying
   * function to pull, or the repository must be imported with `access`.
   *
   * @param image Image to copy, referenced by tag or digest.
   */
  public static fromImage(image: RepositoryImage): ImageSource {
    checkOptions('ImageSource.fromImage', { image }, { image: required(REPOSITORY_IMAGE) });
    return new ImageSource({ kind: 'ecr', repository: image.repository, tagOrDigest: image._tagOrDigest });
  }

  /**
   * Uses an image from a private ECR repository.
   *
   * The repository may be in another Region or account. In another account, either the repository policy must allow the role of the copying
   * function to pull, or the repository must be imported with `access`.
   *
   * @param repository Repository of the stack, of another stack, or imported.
   * @param tagOrDigest Tag of up to 128 characters, or a digest that begins with `sha256:`. May be a token.
   * @throws if `tagOrDigest` is neither a valid tag nor a valid digest
   */
  public static fromEcrRepository(repository: aws_ecr.IRepositoryRef, tagOrDigest: string): ImageSource {
    checkOptions('ImageSource.fromEcrRepository', { repository, tagOrDigest }, {
      repository: required(REPOSITORY), tagOrDigest: required(TEXT),
    });
    throwProblems('ImageSource.fromEcrRepository', unlessToken(tagOrDigest, known => tagOrDigestProblems(known, 'tagOrDigest')));
    rememberTags(repository, [tagOrDigest]);
    return new ImageSource({ kind: 'ecr', repository, tagOrDigest });
  }

  /**
   * Uses an image from the Amazon ECR Public Gallery. The image is pulled with a token of the account, which has a higher quota than
   * anonymous pulls. In other partitions than `aws`, such as AWS GovCloud (US), it is pulled anonymously.
   *
   * @param reference Reference of the image, `public.ecr.aws/<alias>/<name>:<tag>`, or with `@<digest>` instead of or after the tag. Must
   * not be a token.
   * @throws if `reference` is invalid, has neither tag nor digest, or is a token
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html
   */
  public static fromEcrPublic(reference: string): ImageSource {
    return ImageSource.parse('ImageSource.fromEcrPublic', reference, {}, ({ registry, repositoryName }) =>
      registry === ECR_PUBLIC_REGISTRY && repositoryName.includes('/') ? []
        : [`'reference' must begin with ${ECR_PUBLIC_REGISTRY}/<alias>/, got: ${reference}`]);
  }

  /**
   * Uses an image from any registry that supports the OCI distribution protocol, such as Docker Hub, GitHub, or Quay.
   *
   * By default, the function that copies the image runs outside of your VPC, so the registry must be reachable from the internet. For a
   * private registry, use an `ImageCopyFunction`.
   *
   * @param reference Reference of the image, `<host>/<name>:<tag>`, or with `@<digest>` instead of or after the tag. Without a host, the
   * image is on Docker Hub. Must not be a token or an image of a private ECR repository.
   * @param options Credentials for the registry.
   * @throws if `reference` is invalid, has neither tag nor digest, is a token, or names an image of a private ECR repository
   * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
   */
  public static fromRegistry(reference: string, options: RegistryImageSourceOptions = {}): ImageSource {
    checkOptions<RegistryImageSourceOptions>('ImageSource.fromRegistry', options, { credentials: SECRET });
    return ImageSource.parse('ImageSource.fromRegistry', reference, options, ({ registry }) => ECR_PRIVATE_REGISTRY.test(registry)
      ? [`'reference' must not be an image of a private ECR repository, got: ${reference}. Use fromEcrRepository`] : []);
  }

  private static parse(
    subject: string, reference: string, { credentials }: RegistryImageSourceOptions, problemsOf: (parsed: ImageReference) => string[],
  ): ImageSource {
    checkOptions(subject, { reference }, { reference: required(TEXT) });
    if (Token.isUnresolved(reference)) throwProblems(subject, ['\'reference\' must be known when the app is synthesized, got a token']);
    const parsed = parseImageReference(reference);
    throwProblems(subject, !parsed ? [`'reference' must be <host>/<name>:<tag> or <host>/<name>@<digest>, got: ${reference}`] : [
      ...problemsOf(parsed),
      ...parsed.tag === undefined && parsed.digest === undefined
        ? [`'reference' must have a tag or a digest, because 'latest' is rarely intended, got: ${reference}`] : [],
    ]);
    return new ImageSource({ kind: 'registry', ...parsed!, credentials });
  }

  /** @internal */
  private constructor(public readonly _source: CopySource) {}
}
