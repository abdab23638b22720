import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { shortHash } from '../short-hash';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
const MAX_ROLE_NAME_LENGTH = 64;

/** Returns the name of a role, which does not depend on the account. The hash distinguishes names that are cut off. */
export function functionRoleName(stackName: string, region: string, handler: string): string {
  const hash = shortHash(JSON.stringify([stackName, region, handler]), 8);
  const end = `-${region}-${handler}-${hash}`;
  return `${stackName.slice(0, MAX_ROLE_NAME_LENGTH - end.length)}${end}`;
}

/** Gives the role of a function a name that the trust policy of a role in another account can contain before the function exists. */
export function nameFunctionRole(role: iam.Role, handler: string): void {
  const { stackName, region } = Stack.of(role);
  (role.node.defaultChild as iam.CfnRole).roleName = functionRoleName(stackName, region, handler);
}
