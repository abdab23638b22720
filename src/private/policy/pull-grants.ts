import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';
import { isLambda, LAMBDA_RETRIEVAL, PullingLambda } from './lambda-retrieval';
import { accessOf } from '../repository/repository-location';
import { isKnownToDiffer } from '../repository/unowned-repository';

const accountByPrincipal = new WeakMap<iam.IGrantable, string>();

/** Remembers that a principal represents the functions of an account. */
export function rememberFunctions(principal: iam.IGrantable, account: string): void {
  accountByPrincipal.set(principal, account);
}

/**
 * Grants pulling, to Lambda only the actions that it needs. Functions of another account are created by roles of that account, which need
 * the same.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
 *
 * @param grantDefault grants to any other principal
 */
export function grantPullOn(repository: ecr.IRepository, grantee: iam.IGrantable, grantDefault: () => iam.Grant): iam.Grant {
  const explicitAccount = accountByPrincipal.get(grantee);
  const account = explicitAccount ?? repository.stack.account;
  if (explicitAccount === undefined && !isLambda(grantee)) return grantDefault();
  // an explicit account is another one unless it is known to be the same
  const isAnother = explicitAccount === undefined
    ? isKnownToDiffer(account, repository.env.account) || accessOf(repository) !== undefined
    : account !== repository.env.account;
  if (isAnother) repository.grant(new iam.AccountPrincipal(account), ...LAMBDA_RETRIEVAL);
  const principal = explicitAccount === undefined ? new PullingLambda(grantee.grantPrincipal) : grantee;
  return repository.grant(principal, ...LAMBDA_RETRIEVAL);
}
