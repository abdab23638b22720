import { CustomResource, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { expectStatements } from './declared-policy';
import { PolicyResource, PolicySettings } from './policy-resource';
import { throwProblems } from '../problems';
import { namesake, nativeRepository } from '../repository/native-repository';
import { isPolicyExternal } from '../repository/repository-location';
import { anotherStackProblem } from '../repository/unowned-repository';

/** Settings that require a function of the stack to write the policy. */
export const POLICY_SETTINGS = ['replaceExistingSids', 'force', 'dropDeadPrincipals', 'trigger', 'checkEvery'] as const;

/** Throws if this stack cannot write statements for this repository. */
export function refuseStatements(scope: Construct, repository: aws_ecr.IRepositoryRef, settings: PolicySettings): void {
  const native = nativeRepository(repository);
  refuseSettings(scope, repository, native, settings);
  if (native && Stack.of(native) !== Stack.of(scope)) throwProblems(scope.node.path, [anotherStackProblem(native, 'statements')]);
}

function refuseSettings(
  scope: Construct, repository: aws_ecr.IRepositoryRef, native: ecr.CfnRepository | undefined, settings: PolicySettings,
): void {
  if (isPolicyExternal(repository)) {
    throwProblems(scope.node.path, [
      '\'repository\' was imported with PolicyManagement.EXTERNAL, so this stack must not change its policy. Import it with'
      + ' PolicyManagement.MERGE, or let its owner add the statements',
    ]);
  }
  if (!native) return;
  throwProblems(scope.node.path, POLICY_SETTINGS.filter(name => settings[name] !== undefined && settings[name] !== false)
    .map(name => `'${name}' must not be set for a repository that the app declares, whose policy is part of a template, got:`
      + ` ${String(settings[name])}`));
}

/**
 * Adds statements to the policy of a repository: to the native property if the stack declares it, otherwise to the custom resource of the
 * stack for it. If another stack of the app declares the repository, nothing is written, and the policy in that stack must allow the same.
 *
 * @returns the custom resource, if there is one
 */
export function addStatements(
  scope: Construct, repository: aws_ecr.IRepositoryRef, statements: readonly iam.PolicyStatement[], settings: PolicySettings,
): CustomResource | undefined {
  const native = nativeRepository(repository);
  if (native && Stack.of(native) === Stack.of(scope)) {
    refuseSettings(scope, repository, native, settings);
    addNativeStatements(scope, native, statements);
    return undefined;
  }
  const declared = native ?? (PolicyResource.find(Stack.of(scope), repository) ? undefined : namesake(scope, repository));
  refuseSettings(scope, repository, declared, settings);
  if (declared) {
    expectStatements(scope, repository, declared, statements);
    return undefined;
  }
  const policy = PolicyResource.of(scope, repository);
  policy.add(scope.node.path, statements, settings);
  return policy.resource;
}

/** Adds statements through the construct of the repository, so that its other statements are kept. */
function addNativeStatements(scope: Construct, native: ecr.CfnRepository, statements: readonly iam.PolicyStatement[]): void {
  const repository = native.node.scope;
  if (!(repository instanceof ecr.RepositoryBase)) {
    return throwProblems(scope.node.path, [
      `'repository' must be a construct whose policy can be extended, got the L1 resource '${native.node.path}'. Set its`
        + ' \'repositoryPolicyText\', or declare it as a Repository',
    ]);
  }
  for (const statement of statements) repository.addToResourcePolicy(statement);
}
