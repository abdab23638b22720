import { CustomResource, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { PolicyResource, PolicySettings } from './policy-resource';
import { throwProblems } from '../problems';
import { nativeRepository } from '../repository/native-repository';
import { isPolicyExternal } from '../repository/repository-location';
import { belongsToAnotherStack } from '../repository/unowned-repository';

/** Which settings only a function can keep. */
const FUNCTION_SETTINGS = ['adopt', 'force', 'dropDeadPrincipals', 'trigger', 'checkEvery'] as const;

/** Says at once why statements for this repository cannot be written by this stack. */
export function refuseStatements(scope: Construct, repository: aws_ecr.IRepositoryRef, settings: PolicySettings): void {
  if (isPolicyExternal(repository)) {
    throwProblems(scope.node.path, ['\'repository\' was imported with policyManagement: EXTERNAL, so that nothing is written into its policy']);
  }
  const native = nativeRepository(repository);
  if (!native) return;
  if (Stack.of(native) !== Stack.of(scope)) throwProblems(scope.node.path, [belongsToAnotherStack(native, 'statements')]);
  throwProblems(scope.node.path, FUNCTION_SETTINGS.filter(name => settings[name] !== undefined && settings[name] !== false)
    .map(name => `'${name}' must not be given for a repository of the same stack, whose policy is the template's, got: ${String(settings[name])}`));
}

/**
 * Puts statements into the policy of a repository: natively where the stack declares it, else through the one custom resource of the stack for it.
 *
 * @returns the custom resource, if it is one
 */
export function addStatements(
  scope: Construct, repository: aws_ecr.IRepositoryRef, statements: readonly iam.PolicyStatement[], settings: PolicySettings,
): CustomResource | undefined {
  refuseStatements(scope, repository, settings);
  const native = nativeRepository(repository);
  if (native) {
    nativeStatements(scope, native, statements);
    return undefined;
  }
  const policy = PolicyResource.of(scope, repository);
  policy.add(scope.node.path, statements, settings);
  return policy.resource;
}

/** Through the repository's own construct, so that nothing it has is lost. */
function nativeStatements(scope: Construct, native: ecr.CfnRepository, statements: readonly iam.PolicyStatement[]): void {
  const repository = native.node.scope;
  if (!(repository instanceof ecr.RepositoryBase)) {
    return throwProblems(scope.node.path, [`'repository' is declared by '${native.node.path}' alone — set its 'repositoryPolicyText' there`]);
  }
  for (const statement of statements) repository.addToResourcePolicy(statement);
}
