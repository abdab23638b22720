import { Aws } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { servicesOf } from './rendered-statement';
import { Json, Statement } from '../../core/policy/document';

/**
 * Actions that Lambda needs to retrieve an image.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
 */
export const LAMBDA_RETRIEVAL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

const LAMBDA = 'lambda.amazonaws.com';

/**
 * Not `aws:SourceIp` and its like.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn
 */
const SOURCE_KEY = /^aws:source(arn|account|orgid|orgpaths)$/i;

/** Functions that a statement without a condition on its source is limited to. */
export interface LambdaFunctions {
  readonly account: string;
  readonly region: string;
}

export function isLambda({ grantPrincipal }: iam.IGrantable): boolean {
  return grantPrincipal instanceof iam.ServicePrincipal && grantPrincipal.service === LAMBDA;
}

/**
 * Lambda acts for the functions of every account, so a statement for Lambda needs a condition. `aws:SourceArn` is the key that AWS
 * documents for Lambda, and it contains the account.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
 */
export function sourceCondition(account: string, region: string, functionName = '*'): Record<string, Record<string, string>> {
  return { ArnLike: { 'aws:SourceArn': `arn:${Aws.PARTITION}:lambda:${region}:${account}:function:${functionName}` } };
}

/** Limits a statement for Lambda without such a condition to the given functions. Its other principals get a statement of their own. */
export function limitToFunctions(statement: Statement, { account, region }: LambdaFunctions): Statement[] {
  const services = servicesOf(statement);
  const conditions = (statement.Condition ?? {}) as { [operator: string]: { [key: string]: Json } };
  const hasSource = Object.values(conditions).some(keys => Object.keys(keys).some(key => SOURCE_KEY.test(key)));
  if (statement.Effect !== 'Allow' || !services.includes(LAMBDA) || hasSource) return [statement];
  const { Service: _, ...others } = statement.Principal as { [type: string]: Json };
  const otherServices = services.filter(service => service !== LAMBDA);
  const rest = { ...others, ...otherServices.length > 0 ? { Service: otherServices } : {} };
  const source = sourceCondition(account, region);
  const forLambda: Statement = {
    ...statement,
    Principal: { Service: LAMBDA },
    Condition: { ...conditions, ArnLike: { ...conditions.ArnLike, ...source.ArnLike } },
  };
  if (Object.keys(rest).length === 0) return [forLambda];
  const sid: Statement = statement.Sid === undefined ? {} : { Sid: `${String(statement.Sid)}Lambda` };
  return [{ ...statement, Principal: rest }, { ...forLambda, ...sid }];
}
