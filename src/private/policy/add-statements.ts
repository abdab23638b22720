import { CustomResource, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { PolicyResource, PolicySettings } from './policy-resource';
import { throwProblems } from '../problems';
import { nativeRepository } from '../repository/native-repository';
import { isPolicyExternal } from '../repository/repository-location';
import { anotherStackProblem } from '../repository/unowned-repository';

/** Settings that need a function of the stack to write the policy. */
export const POLICY_SETTINGS = ['replaceExistingSids', 'force', 'dropDeadPrincipals', 'trigger', 'checkEvery'] as const;

/** Throws if this stack cannot write statements for this repository. */
export function refuseStatements(scope: Construct, repository: aws_ecr.IRepositoryRef, settings: PolicySettings): void {
  if (isPolicyExternal(repository)) {
    throwProblems(scope.node.path, [
      '\'repository\' was imported with PolicyManagement.EXTERNAL, so this stack must not write its policy — import it with'
      + ' PolicyManagement.MERGE, or let its owner add the statements',
    ]);
  }
  const native = nativeRepository(repository);
  if (!native) return;
  if (Stack.of(native) !== Stack.of(scope)) throwProblems(scope.node.path, [anotherStackProblem(native, 'statements')]);
  throwProblems(scope.node.path, POLICY_SETTINGS.filter(name => settings[name] !== undefined && settings[name] !== false)
    .map(name => `'${name}' must not be set for a repository of the same stack, whose policy is part of the template, got:`
      + ` ${String(settings[name])}`));
}

/**
 * Adds statements to the policy of a repository: to the native property if the stack declares it, otherwise to the custom resource of the
 * stack for it.
 *
 * @returns the custom resource, if there is one
 */
export function addStatements(
  scope: Construct, repository: aws_ecr.IRepositoryRef, statements: readonly iam.PolicyStatement[], settings: PolicySettings,
): CustomResource | undefined {
  refuseStatements(scope, repository, settings);
  const native = nativeRepository(repository);
  if (native) {
    addNativeStatements(scope, native, statements);
    return undefined;
  }
  const policy = PolicyResource.of(scope, repository);
  policy.add(scope.node.path, statements, settings);
  return policy.resource;
}

/** Through the construct of the repository, so that its other statements stay. */
function addNativeStatements(scope: Construct, native: ecr.CfnRepository, statements: readonly iam.PolicyStatement[]): void {
  const repository = native.node.scope;
  if (!(repository instanceof ecr.RepositoryBase)) {
    return throwProblems(scope.node.path, [
      `'repository' must be a construct whose policy can be extended, got the L1 resource '${native.node.path}' — set its`
      + ' \'repositoryPolicyText\', or declare it as a Repository',
    ]);
  }
  for (const statement of statements) repository.addToResourcePolicy(statement);
}
