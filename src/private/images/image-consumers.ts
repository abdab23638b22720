import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { grantPullToLambda, grantPullToRole } from './reference-grants';
import { imageUri, isRepository } from '../repository/image-uri';
import { nativeRepository } from '../repository/native-repository';

export function containerImage(repository: aws_ecr.IRepositoryRef, tagOrDigest: string): ecs.ContainerImage {
  const grantor = withGrants(repository);
  return grantor ? ecs.ContainerImage.fromEcrRepository(grantor, tagOrDigest) : new ReferencedImage(repository, tagOrDigest);
}

export function dockerImageCode(
  repository: aws_ecr.IRepositoryRef, tagOrDigest: string, props: lambda.EcrImageCodeProps,
): lambda.DockerImageCode {
  const grantor = withGrants(repository);
  return grantor ? lambda.DockerImageCode.fromEcr(grantor, { ...props, tagOrDigest })
    : { _bind: () => new ReferencedImageCode(repository, tagOrDigest, props) };
}

/**
 * Returns the repository with the grants of aws-ecr: the repository itself, or the L2 construct of an L1 resource. Undefined for a single
 * L1 resource and for repositories of other libraries.
 */
function withGrants(repository: aws_ecr.IRepositoryRef): ecr.IRepository | undefined {
  if (isRepository(repository)) return repository;
  const parent = nativeRepository(repository)?.node.scope as aws_ecr.IRepositoryRef | undefined;
  return parent && isRepository(parent) ? parent : undefined;
}

/** Counterpart of `ecs.EcrImage` for repositories without grants. */
class ReferencedImage extends ecs.ContainerImage {
  constructor(private readonly repository: aws_ecr.IRepositoryRef, private readonly tagOrDigest: string) {
    super();
  }

  public bind(scope: Construct, { taskDefinition }: ecs.ContainerDefinition): ecs.ContainerImageConfig {
    grantPullToRole(scope, this.repository, taskDefinition.obtainExecutionRole());
    return { imageName: imageUri(this.repository, this.tagOrDigest) };
  }
}

/** Counterpart of `lambda.EcrImageCode` for repositories without grants. */
class ReferencedImageCode extends lambda.Code {
  public readonly isInline = false;

  constructor(
    private readonly repository: aws_ecr.IRepositoryRef, private readonly tagOrDigest: string,
    private readonly props: lambda.EcrImageCodeProps,
  ) {
    super();
  }

  public bind(scope: Construct): lambda.CodeConfig {
    grantPullToLambda(scope, this.repository);
    const { cmd, entrypoint, workingDirectory } = this.props;
    return { image: { imageUri: imageUri(this.repository, this.tagOrDigest), cmd, entrypoint, workingDirectory } };
  }
}
