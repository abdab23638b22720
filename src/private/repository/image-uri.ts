import { ArnFormat, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { aws_ecr } from 'aws-cdk-lib/interfaces';

/**
 * URI of an image by its tag, or by its digest if the text begins with `sha256:`. An `ecr.IRepository` builds it itself, since an import
 * may add a dependency to whatever uses the URI; for any other construct it is derived from the ARN.
 */
export function imageUri(repository: aws_ecr.IRepositoryRef, tagOrDigest: string): string {
  if (isRepository(repository)) return repository.repositoryUriForTagOrDigest(tagOrDigest);
  const stack = Stack.of(repository);
  const { repositoryArn, repositoryName } = repository.repositoryRef;
  const { account, region } = stack.splitArn(repositoryArn, ArnFormat.SLASH_RESOURCE_NAME);
  const separator = tagOrDigest.startsWith('sha256:') ? '@' : ':';
  return `${account}.dkr.ecr.${region}.${stack.urlSuffix}/${repositoryName}${separator}${tagOrDigest}`;
}

/** Whether a construct has the methods of aws-ecr's repositories, grants among them. */
export function isRepository(repository: aws_ecr.IRepositoryRef): repository is ecr.IRepository {
  return 'repositoryUriForDigest' in repository && 'grantPull' in repository;
}
