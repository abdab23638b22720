import { CustomResource, Lazy, Stack, Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Construct } from 'constructs';
import { allowGuard } from './guard-permissions';
import type { Guard } from '../../core/lifecycle/guard';
import { encodeLifecycleGuard, LIFECYCLE_GUARD_RESOURCE_TYPE } from '../../core/wire/lifecycle-guard';
import { canRefuse } from '../events/refusals';
import { LIFECYCLE_GUARD_FUNCTION } from '../handler/descriptors';
import { HandlerFunction } from '../handler/handler-function';
import { finalAttributes } from '../repository/native-repository';

/**
 * Adds a check on which the native repository depends, so that a failed check prevents CloudFormation from changing the policy. The check
 * must not refer to the repository. It gets the logical id and the final properties of the template.
 */
export function guardNative(scope: Construct, id: string, native: ecr.CfnRepository, guard: Guard): CustomResource {
  const handler = HandlerFunction.of(scope, LIFECYCLE_GUARD_FUNCTION);
  allowGuard(handler, guard);
  const finalAttribute = (attribute: 'repositoryName' | 'lifecyclePolicyText' | 'encryptionType' | 'kmsKey' | 'fingerprint') =>
    Token.asString(Lazy.any({ produce: () => finalAttributes(native)[attribute] }));
  const resource = handler.customResource(scope, id, LIFECYCLE_GUARD_RESOURCE_TYPE, encodeLifecycleGuard({
    repositoryLogicalId: Lazy.string({ produce: () => Stack.of(native).resolve(native.logicalId) }),
    policyText: finalAttribute('lifecyclePolicyText'),
    guard,
    declaredName: finalAttribute('repositoryName'),
    declaredEncryption: finalAttribute('encryptionType'),
    declaredKey: finalAttribute('kmsKey'),
    fingerprint: finalAttribute('fingerprint'),
  }));
  if (guard.mode === 'refuse') canRefuse(resource);
  native.node.addDependency(resource);
  scope.node.addValidation({
    validate: () => finalAttributes(native).lifecyclePolicyText === undefined
      ? ['\'lifecycleGuard\' requires a lifecycle policy, got none. Set a policy, or omit the guard'] : [],
  });
  return resource;
}
