import { CustomResource, Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { aws_ecr } from 'aws-cdk-lib/interfaces';
import { Construct } from 'constructs';
import { allowLook } from './guard-permissions';
import { LIFECYCLE_WRITES, lifecycleReads } from './lifecycle-permissions';
import { guardNative } from './native-guard';
import type { Guard } from '../../core/lifecycle/guard';
import { markKey } from '../../core/mark';
import { encodeLifecyclePolicy, LIFECYCLE_POLICY_HANDLER, LIFECYCLE_POLICY_RESOURCE_TYPE } from '../../core/wire/lifecycle-policy';
import { LIFECYCLE_POLICY_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { throwProblems } from '../problems';
import { accessOf, allowThere, locationOf, locationProblems } from '../repository/repository-location';
import { declaredElsewhere, declaredBefore, mayMark, targetSuffix } from '../repository/unowned-repository';

export interface LifecycleTexts {
  readonly policyText: string;
  readonly overwrite: boolean;
  readonly onDeleteText?: string;
  readonly guard?: Guard;
}

/**
 * Sets the native property, and sees at the end of synthesis that no rule of aws-ecr was lost by it.
 *
 * @returns what the guard asks with, if there is one
 */
export function nativeLifecycle(scope: Construct, native: ecr.CfnRepository, texts: LifecycleTexts): CustomResource | undefined {
  const ruleText = native.lifecyclePolicy;
  const hasRules = () => {
    const rules = Stack.of(native).resolve(ruleText) as ecr.CfnRepository.LifecyclePolicyProperty | undefined;
    return rules?.lifecyclePolicyText !== undefined;
  };
  throwProblems(scope.node.path, [
    ...hasRules() ? ['the repository has lifecycle rules of its own — put all rules into one policy'] : [],
    ...texts.overwrite ? ['\'overwrite\' must not be given for a repository of the same stack, whose policy is the template\'s, got: true'] : [],
    ...texts.onDeleteText === undefined ? [] : ['\'onDelete\' must not be given for a repository of the same stack, whose policy goes with it'],
  ]);
  native.lifecyclePolicy = { lifecyclePolicyText: texts.policyText };
  scope.node.addValidation({
    validate: () => hasRules() ? ['lifecycle rules were added to a repository that was given a whole policy — put all rules into that policy'] : [],
  });
  return texts.guard && guardNative(scope, 'Guard', native, texts.guard);
}

export function foreignLifecycle(scope: Construct, repository: aws_ecr.IRepositoryRef, texts: LifecycleTexts): CustomResource {
  const access = accessOf(repository);
  const problems = locationProblems(scope, repository, access);
  if (access && texts.guard && texts.guard.inUseBy.length > 0 && !texts.guard.inUseBy.some(use => use.role)) {
    problems.push('\'inUseBy\' must have a source with a \'roleArn\' of the repository\'s account, where its images run, got none');
  }
  const before = problems.length === 0 ? declaredBefore(scope, repository, 'lifecycle policy') : undefined;
  throwProblems(scope.node.path, before === undefined ? problems : [`'repository' has a lifecycle policy already, given at '${before}'`]);
  scope.node.addValidation({ validate: () => declaredElsewhere(scope, repository, 'lifecycle policy') });

  const handler = HandlerFunction.of(scope, LIFECYCLE_POLICY_FUNCTION);
  if (texts.overwrite) handler.keepLogs();
  for (const user of texts.guard?.inUseBy ?? []) allowLook(handler, user);
  const place = locationOf(scope, repository, access);
  if (!access) handler.allowMarkedWrites(LIFECYCLE_WRITES, [markKey(LIFECYCLE_POLICY_HANDLER)], place.region);
  const suffix = targetSuffix(scope, repository);
  const policies = allowThere(handler, scope, `MarkPolicy${suffix}`, place, {
    reads: lifecycleReads(texts.guard), statements: [mayMark(repository, LIFECYCLE_POLICY_HANDLER)],
  });
  const resource = handler.customResource(scope, `Resource${suffix}`, LIFECYCLE_POLICY_RESOURCE_TYPE, encodeLifecyclePolicy({
    repositoryArn: repository.repositoryRef.repositoryArn,
    ...texts,
    ...place,
  }));
  resource.node.addDependency(...policies);
  return resource;
}
