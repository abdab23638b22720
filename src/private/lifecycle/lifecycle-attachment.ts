import { CustomResource, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { allowSearch, ANY_REGION, destinationStatements, guardReads, PREVIEW_READS } from './guard-permissions';
import { LIFECYCLE_WRITES, lifecycleReads } from './lifecycle-permissions';
import { guardNative } from './native-guard';
import type { Guard } from '../../core/lifecycle/guard';
import { markKey } from '../../core/mark';
import { encodeLifecyclePolicy, LIFECYCLE_POLICY_HANDLER, LIFECYCLE_POLICY_RESOURCE_TYPE } from '../../core/wire/lifecycle-policy';
import { canRefuse } from '../events/refusals';
import { LIFECYCLE_POLICY_FUNCTION } from '../handler/descriptors';
import { HandlerFunction, stackUuidToken } from '../handler/handler-function';
import { throwProblems } from '../problems';
import { accessOf, allowOnRepository, locateRepository, locationProblems } from '../repository/repository-location';
import { importOfDeclaredProblems, declaredBefore, markStatement, targetSuffix } from '../repository/unowned-repository';

export interface LifecycleSettings {
  readonly policyText: string;
  readonly overwrite: boolean;
  readonly onDeleteText?: string;
  readonly guard?: Guard;
}

/**
 * Sets the native property. Synthesis fails if this replaced rules of aws-ecr.
 *
 * @returns the custom resource of the guard, if there is one
 */
export function setNativeLifecycle(scope: Construct, native: ecr.CfnRepository, settings: LifecycleSettings): CustomResource | undefined {
  const ruleText = native.lifecyclePolicy;
  const hasRules = () => {
    const rules = Stack.of(native).resolve(ruleText) as ecr.CfnRepository.LifecyclePolicyProperty | undefined;
    return rules?.lifecyclePolicyText !== undefined;
  };
  throwProblems(scope.node.path, [
    ...hasRules() ? ['the repository already has lifecycle rules. Put all rules into one policy'] : [],
    ...settings.overwrite
      ? ['\'overwrite\' must not be set for a repository of the same stack, whose policy is part of the template, got: true'] : [],
    ...settings.onDeleteText === undefined ? []
      : ['\'onDelete\' must not be set for a repository of the same stack, whose policy is part of the template'],
  ]);
  native.lifecyclePolicy = { lifecyclePolicyText: settings.policyText };
  scope.node.addValidation({
    validate: () => hasRules()
      ? ['lifecycle rules were added to a repository that has a RepositoryLifecycle. Put all rules into its policy'] : [],
  });
  return settings.guard && guardNative(scope, 'Guard', native, settings.guard);
}

/** Attaches the policy of a repository that no stack of the app declares, with a function of the stack. */
export function attachUnownedLifecycle(scope: Construct, repository: aws_ecr.IRepositoryRef, settings: LifecycleSettings): CustomResource {
  const access = accessOf(repository);
  const problems = locationProblems(scope, repository, access);
  if (access && settings.guard && settings.guard.inUseBy.length > 0 && !settings.guard.inUseBy.some(use => use.role)) {
    problems.push('\'inUseBy\' must have an ImageUse with \'access\' to the account of the repository, where its images run, got none');
  }
  const before = problems.length === 0 ? declaredBefore(scope, repository, 'lifecycle policy') : undefined;
  throwProblems(scope.node.path, before === undefined ? problems : [`'repository' already has a lifecycle policy, set at '${before}'`]);
  scope.node.addValidation({ validate: () => importOfDeclaredProblems(scope, repository, 'lifecycle policy') });

  const handler = HandlerFunction.of(scope, LIFECYCLE_POLICY_FUNCTION);
  if (settings.overwrite) handler.keepLogs();
  const location = locateRepository(scope, repository, access);
  const { guard, onDeleteText } = settings;
  allowSearch(handler, guard?.inUseBy ?? [], ANY_REGION);
  if (!access) handler.allowMarkedWrites(LIFECYCLE_WRITES, [markKey(LIFECYCLE_POLICY_HANDLER)], location.region);
  const suffix = targetSuffix(scope, repository);
  // a Delete request checks the guard too, after CloudFormation has already changed the shared policy
  const isGuardedOnDelete = guard !== undefined && onDeleteText !== undefined;
  const policies = allowOnRepository(handler, scope, `MarkPolicy${suffix}`, location, {
    reads: lifecycleReads(isGuardedOnDelete ? undefined : guard),
    statements: [
      markStatement(repository, LIFECYCLE_POLICY_HANDLER, stackUuidToken()),
      ...isGuardedOnDelete ? [new iam.PolicyStatement({
        actions: [...PREVIEW_READS, ...guardReads(guard)], resources: [repository.repositoryRef.repositoryArn],
      })] : [],
      ...guard ? destinationStatements(scope, guard, [repository.repositoryRef.repositoryName]) : [],
    ],
  });
  const resource = handler.customResource(scope, `Resource${suffix}`, LIFECYCLE_POLICY_RESOURCE_TYPE, encodeLifecyclePolicy({
    repositoryArn: repository.repositoryRef.repositoryArn,
    ...settings,
    ...location,
  }));
  if (guard?.mode === 'refuse') canRefuse(resource);
  resource.node.addDependency(...policies);
  return resource;
}
