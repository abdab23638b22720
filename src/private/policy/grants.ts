import { IResource, Resource, Stack, Tags, Token, TokenComparison } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { accessOf } from '../repository/repository-location';

/** A repository whose policy can be written. */
export interface Grantable extends IResource {
  readonly repositoryArn: string;
  addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult;
}

/**
 * To a principal of the same account in its own policy, to others in the repository's policy too. An account that is known only at deploy counts as
 * the same.
 */
export function grantOn(repository: Grantable, grantee: iam.IGrantable, actions: string[]): iam.Grant {
  const resourceArns = [repository.repositoryArn];
  if (mayBeAtHome(repository, grantee)) {
    const grant = iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
    if (grant.success) return grant;
  }
  const role = roleThatMayNotExistYet(repository, grantee);
  if (role === undefined) {
    return iam.Grant.addToPrincipalOrResource({ grantee, actions, resourceArns, resourceSelfArns: [], resource: repository });
  }
  // as aws-ecr does it: the account may, for the role that carries this tag
  const [key, value] = ['aws-cdk:id', `${Stack.of(role).stackName}_${role.node.addr}`];
  Tags.of(role).add(key, value);
  const statement = new iam.PolicyStatement({
    actions,
    principals: [new iam.AccountPrincipal(Stack.of(role).account)],
    conditions: { StringEquals: { [`aws:PrincipalTag/${key}`]: value } },
  });
  // the grant is to be waited for on both sides
  const resource = Object.create(repository, { addToResourcePolicy: { value: () => repository.addToResourcePolicy(statement) } }) as Grantable;
  return iam.Grant.addToPrincipalAndResource({ grantee, actions, resourceArns, resourceSelfArns: [], resource });
}

/** Whether the principal has an account, and no other than the repository for all that is known. Where access to another account is given, it is another. */
export function mayBeAtHome(repository: Grantable, { grantPrincipal: { principalAccount } }: iam.IGrantable): boolean {
  if (principalAccount === undefined) return false;
  const compared = Token.compareStrings(repository.env.account, principalAccount);
  return accessOf(repository) ? compared === TokenComparison.SAME : compared !== TokenComparison.DIFFERENT;
}

/** A role of another account is only known to ECR once its stack is deployed, which may be later. */
function roleThatMayNotExistYet(repository: Grantable, grantee: iam.IGrantable): IConstruct | undefined {
  if (grantee.grantPrincipal.principalAccount === undefined || mayBeAtHome(repository, grantee)) return undefined;
  const principal = grantee.grantPrincipal as unknown as IConstruct;
  const isOwned = Resource.isResource(principal) && Resource.isOwnedResource(principal);
  return isOwned && !repository.stack.dependencies.includes(Stack.of(principal)) ? principal : undefined;
}
