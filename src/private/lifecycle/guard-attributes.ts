import { CustomResource, Token } from 'aws-cdk-lib';
import { GUARD_ATTRIBUTES } from '../../core/wire/lifecycle-guard';
import { throwProblems } from '../problems';

/** What a guard found out, as attributes of the custom resource that asked. */
export function effectAttribute(path: string, resource: CustomResource | undefined, attribute: keyof typeof GUARD_ATTRIBUTES): string {
  if (!resource) throwProblems(path, ['a lifecycle policy without a guard is not previewed, so its effect is not known — give it a LifecycleGuard']);
  return resource!.getAttString(GUARD_ATTRIBUTES[attribute]);
}

export function countAttribute(path: string, resource: CustomResource | undefined, attribute: 'expiring' | 'archiving'): number {
  return Token.asNumber(Token.asAny(effectAttribute(path, resource, attribute)));
}
