import { Aws } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import * as iam from 'aws-cdk-lib/aws-iam';

/** What Lambda needs to retrieve an image. https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions */
export const LAMBDA_RETRIEVAL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

const LAMBDA = 'lambda.amazonaws.com';

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

/** A statement for Lambda alone that does not say for whose functions: for those of the account, in the Region of the repository. */
export function withSourceAccount(statement: iam.PolicyStatement, { env }: ecr.IRepository, account: string): iam.PolicyStatement {
  const { principals } = statement;
  const isForLambda = statement.effect === iam.Effect.ALLOW && principals.length > 0 && principals.every(isLambda);
  const keys = Object.values(statement.conditions as Record<string, object>).flatMap(condition => Object.keys(condition));
  if (!isForLambda || keys.some(key => /^aws:source/i.test(key))) return statement;
  const narrowed = statement.copy();
  narrowed.addConditions(sourceCondition(account, env.region));
  return narrowed;
}
