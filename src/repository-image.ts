import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { tagOrDigestProblems } from './core/images/digest';
import { containerImage, dockerImageCode } from './private/images/image-consumers';
import { throwProblems, unlessToken } from './private/problems';
import { checkOptions, REPOSITORY, required, TEXT } from './private/property-types';
import { imageUri } from './private/repository/image-uri';
import { rememberTags } from './private/repository/moving-tags';

/**
 * Image in a private ECR repository, referenced by a tag or a digest.
 *
 * `ImageCopy`, `ScanGate`, and `ImageTags` accept and return images. A resource that uses the digest or the URI of a returned image is
 * deployed after the construct that returned it.
 *
 * @example
 * declare const taskDefinition: ecs.TaskDefinition;
 *
 * const image = RepositoryImage.fromRepository(Repository.fromRepositoryName(this, 'App', 'team/app'), 'build-123');
 * taskDefinition.addContainer('App', { image: image.toContainerImage() });
 * new lambda.DockerImageFunction(this, 'Resize', { code: image.toDockerImageCode() });
 * @stability stable
 */
export class RepositoryImage {
  /**
   * References an image that is in the repository already.
   *
   * @param repository Repository of the stack, of another stack, or imported. L1 repositories and repositories of other libraries work too.
   * @param tagOrDigest Tag of up to 128 characters, or a digest that begins with `sha256:`. May be a token.
   * @throws if `tagOrDigest` is neither a valid tag nor a valid digest
   */
  public static fromRepository(repository: aws_ecr.IRepositoryRef, tagOrDigest: string): RepositoryImage {
    checkOptions('RepositoryImage.fromRepository', { repository, tagOrDigest }, {
      repository: required(REPOSITORY), tagOrDigest: required(TEXT),
    });
    throwProblems('RepositoryImage.fromRepository', unlessToken(tagOrDigest, known => tagOrDigestProblems(known, 'tagOrDigest')));
    rememberTags(repository, [tagOrDigest]);
    return new RepositoryImage(repository, tagOrDigest);
  }

  /** Repository that holds the image. */
  public readonly repository: aws_ecr.IRepositoryRef;

  /** @internal */
  public readonly _tagOrDigest: string;

  private constructor(repository: aws_ecr.IRepositoryRef, tagOrDigest: string) {
    this.repository = repository;
    this._tagOrDigest = tagOrDigest;
  }

  /**
   * Digest of the image, such as `sha256:4a5d…`. Available for images that a construct returned and for images that are referenced by
   * digest.
   *
   * @throws if the image is referenced by tag, or by a token that does not begin with `sha256:`
   */
  public get imageDigest(): string {
    if (!this._tagOrDigest.startsWith('sha256:')) {
      throwProblems('RepositoryImage.imageDigest', [
        `the digest of an image that is referenced by tag is not known at synthesis, got: ${JSON.stringify(this._tagOrDigest)}.`
        + ' Reference the image by digest, or use the image of an ImageTags, a ScanGate, or an ImageCopy',
      ]);
    }
    return this._tagOrDigest;
  }

  /**
   * URI of the image: `<account>.dkr.ecr.<region>.amazonaws.com/<name>@sha256:…`, or `…/<name>:<tag>` if it is referenced by tag.
   *
   * A token that does not begin with `sha256:` is used as a tag.
   */
  public get imageUri(): string {
    return imageUri(this.repository, this._tagOrDigest);
  }

  /**
   * Returns the image for a container of an Amazon ECS task definition. The task execution role is granted permission to pull the image.
   *
   * A repository in another account must also allow the pull in its policy. The statement is added if the app declares the repository, or
   * imports it as an `ExistingRepository`. For repositories of other libraries that the app does not declare, a warning shows the
   * statement.
   */
  public toContainerImage(): ecs.ContainerImage {
    return containerImage(this.repository, this._tagOrDigest);
  }

  /**
   * Returns the image for a `DockerImageFunction` of AWS Lambda. Lambda is granted permission to pull the image.
   *
   * The permission is a statement in the repository policy. The statement is added if the app declares the repository, or imports it as an
   * `ExistingRepository`. For repositories of other libraries that the app does not declare, a warning shows the statement.
   *
   * @param props Entry point, command, and working directory of the container. `tag` and `tagOrDigest` must be omitted, because the image
   * has its own.
   * @throws if `props` has `tag` or `tagOrDigest`
   */
  public toDockerImageCode(props: lambda.EcrImageCodeProps = {}): lambda.DockerImageCode {
    throwProblems('RepositoryImage.toDockerImageCode', (['tag', 'tagOrDigest'] as const).filter(name => props[name] !== undefined)
      .map(name => `'${name}' must be omitted, because the image already has a tag or digest, got: ${props[name]}`));
    return dockerImageCode(this.repository, this._tagOrDigest, props);
  }
}
