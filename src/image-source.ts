import { Token } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { tagOrDigestProblems } from './core/images/digest';
import { ECR_PRIVATE_REGISTRY, ECR_PUBLIC_REGISTRY, ImageReference, parseImageReference } from './core/images/image-reference';
import { CopySource } from './private/images/copy-source';
import { throwProblems, unlessToken } from './private/problems';

/** How a registry is read. */
export interface RegistryImageSourceOptions {
  /**
   * A secret with the JSON keys `username` and `password`, or `accessToken` in the place of the latter, as the secrets of ECR's pull-through caches have
   * it. The function that copies may read it, and decrypt it where the secret has an `encryptionKey`; it is part of no template and no log.
   *
   * @default - the registry is asked as anybody may ask it
   */
  readonly credentials?: secretsmanager.ISecret;
}

/**
 * Where an `ImageCopy` copies from.
 *
 * @example
 * const fromHub = ImageSource.fromRegistry('docker.io/library/redis:7.4');
 * const fromEcr = ImageSource.fromEcrRepository(Repository.fromRepositoryName(this, 'Builds', 'team/builds'), 'build-123');
 */
export class ImageSource {
  /**
   * An image of a private repository: of this account, of another Region, or of another account. In another account either the repository's policy lets
   * the function's role pull, or the import was given `access`.
   *
   * @param tagOrDigest a tag, or a digest that begins with `sha256:`, also one that is known only at deploy
   * @throws when it is neither
   */
  public static fromEcrRepository(repository: aws_ecr.IRepositoryRef, tagOrDigest: string): ImageSource {
    throwProblems('ImageSource.fromEcrRepository', unlessToken(tagOrDigest, known => tagOrDigestProblems(known, 'tagOrDigest')));
    return new ImageSource({ kind: 'ecr', repository, tagOrDigest });
  }

  /**
   * An image of the Amazon ECR Public Gallery. It is pulled with a token of this account, of which the gallery allows more pulls than of anybody.
   *
   * @param reference `public.ecr.aws/<alias>/<name>:<tag>`, or with `@<digest>` in place of the tag or after it
   * @throws when it is no such reference, has neither tag nor digest, or is known only at deploy
   * @see https://docs.aws.amazon.com/AmazonECR/latest/public/public-service-quotas.html
   */
  public static fromEcrPublic(reference: string): ImageSource {
    return ImageSource.parsed('ImageSource.fromEcrPublic', reference, {}, ({ registry, repositoryName }) =>
      registry === ECR_PUBLIC_REGISTRY && repositoryName.includes('/') ? [] : [`'reference' must begin with ${ECR_PUBLIC_REGISTRY}/<alias>/, got: ${reference}`]);
  }

  /**
   * An image of any registry that speaks the OCI distribution protocol: Docker Hub, GitHub's, Quay, a registry of your own. The function runs outside
   * your VPC, so that the registry must be reachable from the internet.
   *
   * @param reference `<host>/<name>:<tag>`, or with `@<digest>` in place of the tag or after it. Without a host, it is an image of Docker Hub
   * @throws when it is no such reference, has neither tag nor digest, is known only at deploy, or is of a private repository of ECR
   * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
   */
  public static fromRegistry(reference: string, options: RegistryImageSourceOptions = {}): ImageSource {
    return ImageSource.parsed('ImageSource.fromRegistry', reference, options, ({ registry }) => ECR_PRIVATE_REGISTRY.test(registry)
      ? [`'reference' must not be of a private repository of ECR — use fromEcrRepository, got: ${reference}`] : []);
  }

  private static parsed(
    subject: string, reference: string, { credentials }: RegistryImageSourceOptions, problemsOf: (parsed: ImageReference) => string[],
  ): ImageSource {
    if (Token.isUnresolved(reference)) throwProblems(subject, ['\'reference\' must be known when the app is synthesised, got a token']);
    const parsed = parseImageReference(reference);
    throwProblems(subject, !parsed ? [`'reference' must be <host>/<name>:<tag> or <host>/<name>@<digest>, got: ${reference}`] : [
      ...problemsOf(parsed),
      ...parsed.tag === undefined && parsed.digest === undefined ? [`'reference' must have a tag or a digest, since 'latest' is seldom meant, got: ${reference}`] : [],
    ]);
    return new ImageSource({ kind: 'registry', ...parsed!, credentials });
  }

  /** @internal */
  private constructor(public readonly _source: CopySource) {}
}
