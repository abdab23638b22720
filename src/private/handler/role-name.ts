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
export function nameFunctionRole(role: iam.IRole, handler: string): void {
  const { stackName, region } = Stack.of(role);
  const resource = role.node.defaultChild as iam.CfnRole;
  const name = functionRoleName(stackName, region, handler);
  if (resource.roleName === name) return;
  resource.roleName = name;
  role.node.addValidation({ validate: () => changedNameProblems(resource, name) });
}

/** Validations run after the Aspects, which can change the name or the path of every role of an app. */
function changedNameProblems(resource: iam.CfnRole, name: string): string[] {
  const stack = Stack.of(resource);
  // Only the rendered resource contains raw overrides. The method is public at run time, and every synthesis uses it.
  const rendered = (resource as unknown as { _toCloudFormation(): unknown })._toCloudFormation();
  const { Resources } = stack.resolve(rendered) as { readonly Resources: Record<string, { readonly Properties: RoleProperties }> };
  const [{ Properties: { RoleName, Path = '/' } }] = Object.values(Resources);
  const isUnchanged = JSON.stringify(RoleName) === JSON.stringify(stack.resolve(name)) && Path === '/';
  return isUnchanged ? [] : [
    `the role '${resource.node.path}' must have the name '${name}' and the path '/', because the trust policy of a role in another account`
      + ` contains its ARN, got the name ${JSON.stringify(RoleName)} and the path ${JSON.stringify(Path)}. Exclude the role from the Aspect`
      + ' that changes it. If names of roles must have a prefix, give the stack a \'stackName\' with this prefix',
  ];
}

interface RoleProperties {
  readonly RoleName?: unknown;
  readonly Path?: unknown;
}
