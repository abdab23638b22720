import { CustomResource, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';
import { allowGuard } from './guard-permissions';
import type { Guard } from '../../core/lifecycle/guard';
import { encodeLifecycleGuard, LIFECYCLE_GUARD_RESOURCE_TYPE } from '../../core/wire/lifecycle-guard';
import { LIFECYCLE_GUARD_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { finalAttributes } from '../repository/native-repository';

/**
 * A check that the native repository depends on: refused, CloudFormation has not touched the policy yet. It must not refer to the repository, so it
 * is told the logical id, and what the template finally declares.
 */
export function guardNative(scope: Construct, id: string, native: ecr.CfnRepository, guard: Guard): CustomResource {
  const handler = HandlerFunction.of(scope, LIFECYCLE_GUARD_FUNCTION);
  allowGuard(handler, guard);
  const declared = (attribute: 'repositoryName' | 'lifecyclePolicyText' | 'encryptionType' | 'kmsKey' | 'fingerprint') =>
    Token.asString(Lazy.any({ produce: () => finalAttributes(native)[attribute] }));
  const resource = handler.customResource(scope, id, LIFECYCLE_GUARD_RESOURCE_TYPE, encodeLifecycleGuard({
    repositoryLogicalId: Lazy.string({ produce: () => Stack.of(native).resolve(native.logicalId) }),
    policyText: declared('lifecyclePolicyText'),
    guard,
    declaredName: declared('repositoryName'),
    declaredEncryption: declared('encryptionType'),
    declaredKey: declared('kmsKey'),
    fingerprint: declared('fingerprint'),
  }));
  native.node.addDependency(resource);
  scope.node.addValidation({
    validate: () => finalAttributes(native).lifecyclePolicyText === undefined ? ['a lifecycle guard needs a lifecycle policy to guard, got none'] : [],
  });
  return resource;
}
