import { IResource, Resource, Stack, Tags, Token, TokenComparison } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IConstruct } from 'constructs';
import { throwProblems } from './problems';

/** A public repository that can be granted, declared or imported. */
export interface Grantable extends IResource {
  readonly repositoryArn: string;
  addToResourcePolicy(statement: iam.PolicyStatement): iam.AddToResourcePolicyResult;
}

/** https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policy-examples.html */
const PUSH_ACTIONS = ['BatchCheckLayerAvailability', 'CompleteLayerUpload', 'InitiateLayerUpload', 'PutImage', 'UploadLayerPart']
  .map(action => `ecr-public:${action}`);

/** To a principal of the same account in its own policy, to others in the repository's policy too. */
export function grantActions(repository: Grantable, grantee: iam.IGrantable, actions: string[]): iam.Grant {
  throwProblems(repository.node.path, actions.filter(action => !Token.isUnresolved(action) && !/^ecr-public:/i.test(action))
    .map(action => `'actions' must be of ECR Public (ecr-public:…), got: ${action}`));
  const resourceArns = [repository.repositoryArn];
  const role = roleThatMayNotExistYet(repository, grantee);
  if (role === undefined) {
    return iam.Grant.addToPrincipalOrResource({ grantee, actions, resourceArns, resourceSelfArns: [], resource: repository });
  }
  // as aws-ecr does it: the account may, for the role that carries this tag
  const [key, value] = ['aws-cdk:id', `${Stack.of(role).stackName}_${role.node.addr}`];
  Tags.of(role).add(key, value);
  repository.addToResourcePolicy(new iam.PolicyStatement({
    actions,
    principals: [new iam.AccountPrincipal(Stack.of(role).account)],
    conditions: { StringEquals: { [`aws:PrincipalTag/${key}`]: value } },
  }));
  return iam.Grant.addToPrincipal({ grantee, actions, resourceArns });
}

/** A principal without a policy in this app has to get its token in its own account. */
export function grantPush(repository: Grantable, grantee: iam.IGrantable): iam.Grant {
  ecr.PublicGalleryAuthorizationToken.grantRead(grantee);
  return grantActions(repository, grantee, PUSH_ACTIONS);
}

/** Whoever has no policy here would be granted nothing, which must not pass for a grant. */
export function grantPull({ node }: Grantable, grantee: iam.IGrantable): iam.Grant {
  const grant = iam.Grant.addToPrincipal({
    grantee, actions: ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'], resourceArns: ['*'],
  });
  if (!grant.success) {
    throwProblems(node.path, [`${String(grantee.grantPrincipal)} has no policy in this app that could be given the token — public images need no grant to be pulled;`
      + ' the token for higher rate limits is given in the principal\'s own account']);
  }
  return grant;
}

/** A role of another account is only known to ECR once its stack is deployed, which may be later. */
function roleThatMayNotExistYet({ env, stack }: Grantable, { grantPrincipal }: iam.IGrantable): IConstruct | undefined {
  const { principalAccount } = grantPrincipal;
  if (principalAccount === undefined || Token.compareStrings(env.account, principalAccount) !== TokenComparison.DIFFERENT) return undefined;
  const principal = grantPrincipal as unknown as IConstruct;
  const isOwned = Resource.isResource(principal) && Resource.isOwnedResource(principal);
  return isOwned && !stack.dependencies.includes(Stack.of(principal)) ? principal : undefined;
}
