import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { isLambda, LAMBDA_RETRIEVAL, PullingLambda } from './lambda-retrieval';
import { toReadableJson } from './rendered-statement';
import { accessOf } from '../repository/repository-location';
import { isKnownToDiffer } from '../repository/unowned-repository';

const accountByPrincipal = new WeakMap<iam.IGrantable, string>();

/** Remembers that a principal represents the functions of an account. */
export function rememberFunctions(principal: iam.IGrantable, account: string): void {
  accountByPrincipal.set(principal, account);
}

/**
 * Grants pulling, and to Lambda only the actions that it needs. Roles of another account that create functions need the same actions.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
 *
 * @param grantDefault grants to any other principal
 */
export function grantPullOn(repository: ecr.IRepository, grantee: iam.IGrantable, grantDefault: () => iam.Grant): iam.Grant {
  const explicitAccount = accountByPrincipal.get(grantee);
  const account = explicitAccount ?? repository.stack.account;
  if (explicitAccount === undefined && !isLambda(grantee)) return grantDefault();
  if (explicitAccount === undefined && isBootstrapAssets(repository)) return held(repository, grantee);
  // an explicit account counts as a different account unless it is known to be the same
  const isAnother = explicitAccount === undefined
    ? isKnownToDiffer(account, repository.env.account) || accessOf(repository) !== undefined
    : account !== repository.env.account;
  if (isAnother) repository.grant(new iam.AccountPrincipal(account), ...LAMBDA_RETRIEVAL);
  const principal = explicitAccount === undefined ? new PullingLambda(grantee.grantPrincipal) : grantee;
  return repository.grant(principal, ...LAMBDA_RETRIEVAL);
}

/**
 * Whether an import is the repository of image assets that `cdk bootstrap` creates in the account and Region of the stack. Its policy
 * already allows Lambda to pull for functions there.
 * https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml (ContainerAssetsRepository)
 */
function isBootstrapAssets(repository: ecr.IRepository): boolean {
  const { stack, env, repositoryName } = repository;
  if (repository instanceof ecr.Repository || env.account !== stack.account || env.region !== stack.region) return false;
  const readable = (value: string) => String(toReadableJson(stack.resolve(value)));
  const suffixes = [stack.account, '${AWS::AccountId}'].flatMap(account =>
    [stack.region, '${AWS::Region}'].map(region => `-container-assets-${readable(account)}-${readable(region)}`));
  const name = readable(repositoryName);
  return suffixes.some(suffix => name.endsWith(suffix) && /^cdk-[a-z0-9]+$/.test(name.slice(0, -suffix.length)));
}

/** Returns a grant without a new statement, because the policy already contains it. */
function held(repository: ecr.IRepository, grantee: iam.IGrantable): iam.Grant {
  const { env, node, stack, repositoryArn } = repository;
  const resource = { env, node, stack, addToResourcePolicy: () => ({ statementAdded: true, policyDependable: repository }) };
  return iam.Grant.addToPrincipalOrResource({
    grantee, actions: LAMBDA_RETRIEVAL, resourceArns: [repositoryArn], resource: resource as unknown as iam.IResourceWithPolicy,
  });
}
