import { CfnResource, Reference, Stack, Stage, Token, Tokenization } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EXTERNAL_ID, ROLE_ARN } from '../../core/environment';
import type { RoleToAssume } from '../../core/wire/location';
import { unlessToken } from '../problems';

/** Returns the problems of the values, and of the ARN if it cannot be known in the stack that assumes the role. */
export function accessProblems(scope: Construct, access: RoleToAssume | undefined, property = 'access'): string[] {
  return [...accessValueProblems(access, property), ...roleReferenceProblems(scope, access, property)];
}

/** Returns the part of `accessProblems` that does not depend on a stack. */
export function accessValueProblems(access: RoleToAssume | undefined, property = 'access'): string[] {
  return [
    ...access !== undefined && typeof access.roleArn !== 'string'
      ? [`'${property}.roleArn' must be the ARN of a role, got: ${String(access.roleArn)}`] : [],
    ...unlessToken(access?.roleArn, arn => ROLE_ARN.test(arn) ? []
      : [`'${property}.roleArn' must be arn:<partition>:iam::<account>:role/<name>, got: "${arn}"`]),
    ...externalIdProblems(`${property}.externalId`, access?.externalId),
  ];
}

/**
 * A role of a third account would act in that account.
 *
 * @param owner words for the account, before its ID
 */
export function roleAccountProblems(
  access: RoleToAssume | undefined, account: string | undefined, property = 'access', owner = 'the repository\'s account',
): string[] {
  return unlessToken(access?.roleArn, arn => unlessToken(account, expected => {
    const roleAccount = arn.split(':')[4];
    return roleAccount === expected || !ROLE_ARN.test(arn) ? []
      : [`'${property}.roleArn' must be a role in ${owner} ${expected}, got a role in account ${roleAccount}`];
  }));
}

export function externalIdProblems(property: string, externalId: string | undefined): string[] {
  return unlessToken(externalId, id => EXTERNAL_ID.test(id) ? []
    : [`'${property}' must have 2 to 1,224 letters, digits, or characters of _+=,.@:/-, got: ${JSON.stringify(id.slice(0, 60))}`]);
}

/**
 * Returns why a role of the app cannot be referenced in the stack that assumes it. Between two environments, CDK builds the ARN from the
 * account and the name of the role. With an unknown account, the ARN would silently contain the account of the wrong stack.
 */
export function roleReferenceProblems(scope: Construct, access: RoleToAssume | undefined, property = 'access'): string[] {
  const role = declaredRole(access);
  if (!role || Stack.of(role).environment === Stack.of(scope).environment) return [];
  const stack = Stack.of(role);
  const isNamed = canResolve(scope, access!.roleArn);
  if (isNamed && !Token.isUnresolved(stack.account)) return [];
  const need = isNamed || Token.isUnresolved(stack.account) || Token.isUnresolved(stack.region)
    ? `the stack '${stack.node.path}' needs an 'env' with account and Region` : 'the role needs a \'roleName\' that is known at synthesis';
  return [`'${property}' is used in a different environment than its role '${role.node.path}', so ${need}`];
}

/** Between environments, CDK cannot resolve the ARN of a role without a name that is known or can be generated. */
function canResolve(scope: Construct, roleArn: string): boolean {
  try {
    Stack.of(scope).resolve(roleArn);
    return true;
  } catch {
    return false;
  }
}

/** Returns why the name of the function's role, which the role trusts, cannot be known. */
export function callerProblems(scope: Construct): string[] {
  const { region, stackName } = Stack.of(scope);
  return [
    ...Token.isUnresolved(stackName)
      ? ['\'access\' requires a stack whose name is known at synthesis, because the name of the function\'s role contains it. The name of'
        + ' a nested stack is not known'] : [],
    ...Token.isUnresolved(region)
      ? ['\'access\' requires a stack whose Region is known at synthesis (\'env\'), because the name of the function\'s role contains it']
      : [],
  ];
}

/** Makes CDK deploy the role before the stack that assumes it. CDK does this itself only for references within one environment. */
export function deployRoleFirst(scope: Construct, access: RoleToAssume): void {
  const role = declaredRole(access);
  if (!role || Stack.of(role) === Stack.of(scope) || Stage.of(role) !== Stage.of(scope)) return;
  scope.node.addDependency(role); // between stacks, CDK makes it a dependency of the stacks
}

/** Returns the role if the app declares it and the ARN is a reference to it. */
function declaredRole(access: RoleToAssume | undefined): iam.CfnRole | undefined {
  return Tokenization.reverseString(access?.roleArn ?? '').tokens
    .filter(token => Reference.isReference(token))
    .map(token => (token as Reference).target)
    .find(isRole);
}

function isRole(construct: unknown): construct is iam.CfnRole {
  return CfnResource.isCfnResource(construct) && construct.cfnResourceType === iam.CfnRole.CFN_RESOURCE_TYPE_NAME;
}
