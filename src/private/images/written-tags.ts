import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { IConstruct } from 'constructs';
import { DeclaredOnce } from '../declared-once';
import { nativeRepository } from '../repository/native-repository';

const writtenTags = new DeclaredOnce<string>();

/**
 * Warns about two constructs that write the same tag. The order of the deployment then decides to which image the tag points. Repositories
 * whose names are known only at deployment can be the same without a warning.
 */
export function warnOfTagsWrittenTwice(scope: IConstruct, repository: aws_ecr.IRepositoryRef, tags: readonly string[]): void {
  if (Token.isUnresolved(tags)) return;
  const place = placeOf(scope, repository);
  for (const tag of tags.filter(each => !Token.isUnresolved(each))) {
    const earlier = writtenTags.declare(scope, `${place}:${tag}`);
    if (earlier === undefined) continue;
    Annotations.of(scope).addWarningV2('cdk-ecr-keeper:tag-written-twice',
      `'${earlier.path}' also writes the tag '${tag}' in the same repository, so the tag points to the image of the construct that is`
      + ' deployed last. Let only one construct write each tag, or acknowledge this warning if both write the same image');
  }
}

function placeOf(scope: IConstruct, repository: aws_ecr.IRepositoryRef): string {
  const native = nativeRepository(repository);
  if (native) return native.node.path;
  const { account, region } = repository.env;
  // two stacks without an environment may be deployed to different environments
  const known = (value: string) => Token.isUnresolved(value) ? Stack.of(scope).node.path : value;
  return [known(account), known(region), repository.repositoryRef.repositoryName].join('/');
}
