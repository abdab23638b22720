import { IResource, Resource, Stack, Tags, Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { accessOf } from '../repository/repository-location';

/** Repository whose policy can be written. */
export interface Grantable extends IResource {
  readonly repositoryArn: string;
  addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult;
}

/**
 * Grants to a principal of the same account in its own policy, and to other principals also in the repository policy. An account that is
 * known only at deployment counts as the same.
 */
export function grantOn(repository: Grantable, grantee: iam.IGrantable, actions: string[]): iam.Grant {
  const resourceArns = [repository.repositoryArn];
  if (mayBeInSameAccount(repository, grantee)) {
    const grant = iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
    if (grant.success) return grant;
  }
  const statement = statementForRole(repository, grantee, actions);
  if (statement === undefined) {
    return iam.Grant.addToPrincipalOrResource({ grantee, actions, resourceArns, resourceSelfArns: [], resource: repository });
  }
  // dependents of the grant wait for both policies
  const resource = Object.create(repository, {
    addToResourcePolicy: { value: () => repository.addToResourcePolicy(statement) },
  }) as Grantable;
  return iam.Grant.addToPrincipalAndResource({ grantee, actions, resourceArns, resourceSelfArns: [], resource });
}

/**
 * Returns the statement that the repository policy needs for a role of another account that may not exist yet. As in aws-ecr, it allows the
 * account under the condition that the role carries a tag, and adds that tag to the role.
 */
export function statementForRole(repository: Grantable, grantee: iam.IGrantable, actions: string[]): iam.PolicyStatement | undefined {
  const role = roleOfAnotherAccount(repository, grantee);
  if (role === undefined) return undefined;
  const [key, value] = ['aws-cdk:id', `${Stack.of(role).stackName}_${role.node.addr}`];
  Tags.of(role).add(key, value);
  return new iam.PolicyStatement({
    actions,
    principals: [new iam.AccountPrincipal(Stack.of(role).account)],
    conditions: { StringEquals: { [`aws:PrincipalTag/${key}`]: value } },
  });
}

/**
 * Whether the account of the principal may be the account of the repository. A repository that was imported with `access` is in another
 * account unless the accounts are known to be the same.
 */
export function mayBeInSameAccount(repository: Grantable, { grantPrincipal: { principalAccount } }: iam.IGrantable): boolean {
  if (principalAccount === undefined) return false;
  const comparison = Token.compareStrings(repository.env.account, principalAccount);
  return accessOf(repository) ? comparison === TokenComparison.SAME : comparison !== TokenComparison.DIFFERENT;
}

/**
 * Returns the grantee if it is a role of another account whose stack may be deployed later. ECR rejects a principal that does not exist.
 */
function roleOfAnotherAccount(repository: Grantable, grantee: iam.IGrantable): IConstruct | undefined {
  if (grantee.grantPrincipal.principalAccount === undefined || mayBeInSameAccount(repository, grantee)) return undefined;
  const principal = grantee.grantPrincipal as unknown as IConstruct;
  const isOwned = Resource.isResource(principal) && Resource.isOwnedResource(principal);
  return isOwned && !repository.stack.dependencies.includes(Stack.of(principal)) ? principal : undefined;
}
