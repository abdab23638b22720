import { CustomResource, Token } from 'aws-cdk-lib';
import { GUARD_ATTRIBUTES } from '../../core/wire/lifecycle-guard';
import { throwProblems } from '../problems';

/** Returns a result of a lifecycle guard, which is an attribute of its custom resource. */
export function effectAttribute(
  path: string, resource: CustomResource | undefined, attribute: keyof typeof GUARD_ATTRIBUTES, property = 'lifecycleGuard',
): string {
  if (!resource) throwProblems(path, [`a lifecycle policy is previewed only with a '${property}', got none. Set '${property}'`]);
  return resource!.getAttString(GUARD_ATTRIBUTES[attribute]);
}

export function countAttribute(
  path: string, resource: CustomResource | undefined, attribute: 'expiring' | 'archiving', property?: string,
): number {
  return Token.asNumber(Token.asAny(effectAttribute(path, resource, attribute, property)));
}
