import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { servicesOf } from './rendered-statement';
import { Json, Statement } from '../../core/policy/document';

/** What Lambda needs to retrieve an image. https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions */
export const LAMBDA_RETRIEVAL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

const LAMBDA = 'lambda.amazonaws.com';

/** Not `aws:SourceIp` and its like. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn */
const SAYS_WHOSE = /^aws:source(arn|account|orgid|orgpaths)$/i;

/** For whose functions a statement is that does not say so. */
export interface Functions {
  readonly account: string;
  readonly region: string;
}

export function isLambda({ grantPrincipal }: iam.IGrantable): boolean {
  return grantPrincipal instanceof iam.ServicePrincipal && grantPrincipal.service === LAMBDA;
}

/**
 * Lambda acts for the functions of every account, so that a statement for it says of which: `aws:SourceArn` is the key that AWS documents for it, and
 * the account is a part of that.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
 */
export function sourceCondition(account: string, region: string, functionName = '*'): Record<string, Record<string, string>> {
  return { ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:lambda:${region}:${account}:function:${functionName}` } };
}

/** A statement that allows Lambda something and does not say for whose functions: for these. What it says of others stays a statement of its own. */
export function forFunctions(statement: Statement, { account, region }: Functions): Statement[] {
  const services = servicesOf(statement);
  const conditions = (statement.Condition ?? {}) as { [operator: string]: { [key: string]: Json } };
  const saysWhose = Object.values(conditions).some(keys => Object.keys(keys).some(key => SAYS_WHOSE.test(key)));
  if (statement.Effect !== 'Allow' || !services.includes(LAMBDA) || saysWhose) return [statement];
  const { Service: _, ...others } = statement.Principal as { [type: string]: Json };
  const otherServices = services.filter(service => service !== LAMBDA);
  const rest = { ...others, ...otherServices.length > 0 ? { Service: otherServices } : {} };
  const source = sourceCondition(account, region);
  const ours: Statement = {
    ...statement,
    Principal: { Service: LAMBDA },
    Condition: { ...conditions, ArnLike: { ...conditions.ArnLike, ...source.ArnLike } },
  };
  if (Object.keys(rest).length === 0) return [ours];
  return [{ ...statement, Principal: rest }, { ...ours, ...statement.Sid === undefined ? {} : { Sid: `${String(statement.Sid)}Lambda` } }];
}
