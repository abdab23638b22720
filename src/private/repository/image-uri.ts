import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { aws_ecr } from 'aws-cdk-lib/interfaces';

/**
 * URI of an image by its digest. An `ecr.IRepository` builds it itself, since an import may add a dependency to whatever uses the URI; for any other
 * construct it is derived from the ARN.
 */
export function imageUri(repository: aws_ecr.IRepositoryRef, digest: string): string {
  if (isRepository(repository)) return repository.repositoryUriForDigest(digest);
  const stack = Stack.of(repository);
  const { repositoryArn, repositoryName } = repository.repositoryRef;
  const { account, region } = stack.splitArn(repositoryArn, ArnFormat.SLASH_RESOURCE_NAME);
  return `${account}.dkr.ecr.${region}.${stack.urlSuffix}/${repositoryName}@${digest}`;
}

/** Whether a construct has the methods of aws-ecr's repositories, grants among them. */
export function isRepository(repository: aws_ecr.IRepositoryRef): repository is ecr.IRepository {
  return 'repositoryUriForDigest' in repository && 'grantPull' in repository;
}
