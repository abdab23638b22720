import { Stack, Token, TokenComparison } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { DeclaredOnce } from '../declared-once';
import { namesake } from './native-repository';
import { markKey } from '../../core/mark';
import { shortHash } from '../short-hash';

/** Whether two values certainly differ. A value that is known only at deployment may be the same. */
export function isKnownToDiffer(one: string, other: string): boolean {
  return Token.compareStrings(one, other) === TokenComparison.DIFFERENT;
}

const effects = new DeclaredOnce<string>();

/**
 * Returns the path of the construct that already declared an effect of which a repository can have only one. Without an earlier one,
 * returns undefined and remembers this one. Environments that are known only at deployment are distinguished by their stack.
 */
export function declaredBefore(scope: Construct, repository: aws_ecr.IRepositoryRef, effect: string): string | undefined {
  if (Token.isUnresolved(repository.repositoryRef.repositoryName)) return undefined;
  const { account, region } = repository.env;
  const environment = Token.isUnresolved(account) || Token.isUnresolved(region) ? Stack.of(scope).node.path : `${account}/${region}`;
  return effects.declare(scope, `${effect} ${environment}/${repository.repositoryRef.repositoryName}`)?.path;
}

/**
 * Returns a suffix of the logical ids that depends on a literal target. A different target is therefore a new resource, and the old
 * resource is deleted. A target that is known only at deployment cannot be part of the ids. The handlers reject an Update request that
 * changes it.
 */
export function targetSuffix(scope: Construct, repository: aws_ecr.IRepositoryRef): string {
  const target = JSON.stringify(Stack.of(scope).resolve(repository.repositoryRef.repositoryArn));
  const literal = !Token.isUnresolved(repository.repositoryRef.repositoryName) && target.includes(repository.repositoryRef.repositoryName);
  return literal ? shortHash(target, 8) : '';
}

/** Returns, at the end of synthesis, why an import must not have an effect on a repository that the app declares with the same name. */
export function importOfDeclaredProblems(scope: Construct, repository: aws_ecr.IRepositoryRef, effect: string): string[] {
  const native = namesake(scope, repository);
  return native === undefined ? [] : [
    `'repository' is imported as '${repository.repositoryRef.repositoryName}', but the app declares it at '${native.node.path}'. Set the`
      + ` ${effect} there`,
  ];
}

export function anotherStackProblem(native: ecr.CfnRepository, effect: string): string {
  return `'repository' belongs to the stack '${Stack.of(native).node.path}', and only that stack can change it. Set the ${effect} there,`
    + ` on '${native.node.path}'`;
}

/**
 * Allows setting the mark of a handler on one repository, and no other tag.
 *
 * @param stackUuid UUID of the stack whose marks may be set; unknown in the role of another account
 */
export function markStatement(repository: aws_ecr.IRepositoryRef, handler: string, stackUuid?: string): iam.PolicyStatement {
  const key = markKey(handler);
  const ofStack = `${stackUuid}:*`;
  return new iam.PolicyStatement({
    actions: ['ecr:TagResource'],
    resources: [repository.repositoryRef.repositoryArn],
    conditions: {
      'ForAllValues:StringEquals': { 'aws:TagKeys': [key] },
      ...stackUuid === undefined ? {} : {
        StringLike: { [`aws:RequestTag/${key}`]: ofStack },
        // a repository without a mark does not have this key
        StringLikeIfExists: { [`aws:ResourceTag/${key}`]: ofStack },
      },
    },
  });
}
