import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { isLambda, LAMBDA_RETRIEVAL } from './lambda-retrieval';
import { accessOf } from '../repository/repository-location';
import { differ } from '../repository/unowned-repository';

const functionAccounts = new WeakMap<iam.IGrantable, string>();

/** Remembers that a principal stands for the functions of an account. */
export function rememberFunctions(principal: iam.IGrantable, account: string): void {
  functionAccounts.set(principal, account);
}

/**
 * Pulling, for Lambda by the actions that it needs. Functions of another account are made by roles of that account, which need the same.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
 *
 * @param usual what is granted to anybody else
 */
export function grantPullOn(repository: ecr.IRepository, grantee: iam.IGrantable, usual: () => iam.Grant): iam.Grant {
  const named = functionAccounts.get(grantee);
  const account = named ?? repository.stack.account;
  if (named === undefined && !isLambda(grantee)) return usual();
  // an account that somebody names is another one unless it is known to be the same
  const isAnother = named === undefined
    ? differ(account, repository.env.account) || accessOf(repository) !== undefined
    : account !== repository.env.account;
  if (isAnother) repository.grant(new iam.AccountPrincipal(account), ...LAMBDA_RETRIEVAL);
  return repository.grant(grantee, ...LAMBDA_RETRIEVAL);
}
