import { Token } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Grantable, grantOn } from '../policy/grants';
import { throwProblems } from '../problems';

/** https://docs.aws.amazon.com/AmazonECR/latest/public/public-repository-policy-examples.html */
const PUSH_ACTIONS = ['BatchCheckLayerAvailability', 'CompleteLayerUpload', 'InitiateLayerUpload', 'PutImage', 'UploadLayerPart']
  .map(action => `ecr-public:${action}`);

/** Grants actions to a principal of the same account in its own policy, and to other principals also in the policy of the repository. */
export function grantActions(repository: Grantable, grantee: iam.IGrantable, actions: string[]): iam.Grant {
  throwProblems(repository.node.path, actions.filter(action => !Token.isUnresolved(action) && !/^ecr-public:/i.test(action))
    .map(action => `'actions' must be of ECR Public (ecr-public:…), got: ${action}`));
  return grantOn(repository, grantee, actions);
}

/** A principal without a policy in this app needs a grant for the token in its own account. */
export function grantPush(repository: Grantable, grantee: iam.IGrantable): iam.Grant {
  ecr.PublicGalleryAuthorizationToken.grantRead(grantee);
  return grantActions(repository, grantee, PUSH_ACTIONS);
}

/** A principal that can push has the token, and the images of a public repository can be pulled without a grant. */
export function grantPullPush(repository: Grantable, grantee: iam.IGrantable): iam.Grant {
  return grantPush(repository, grantee);
}

/** Throws for a grantee without a policy in this app, because the grant would have no effect. */
export function grantPull({ node }: Grantable, grantee: iam.IGrantable): iam.Grant {
  const grant = iam.Grant.addToPrincipal({
    grantee, actions: ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken'], resourceArns: ['*'],
  });
  if (!grant.success) {
    throwProblems(node.path, [`${String(grantee.grantPrincipal)} has no policy in this app to which the token can be granted. Public`
      + ' images can be pulled without a grant. For higher rate limits, grant the token in the account of the principal']);
  }
  return grant;
}
