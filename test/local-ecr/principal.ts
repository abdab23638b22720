import type { IamContext, IamStatement } from './iam';

export interface PrincipalProps {
  /** @default '000000000000' */
  readonly account?: string;
  /** Policy of the caller. @default - everything is allowed, as in an account without IAM */
  readonly policy?: readonly IamStatement[];
  /** @default - an assumed role of the account, named after the access key id */
  readonly arn?: string;
  /** The role of the session `arn`. @default - the role of that name without a path */
  readonly roleArn?: string;
  /** An AWS service that calls by itself, such as `lambda.amazonaws.com`; it has no account, ARN and policy of its own. @default - none */
  readonly service?: string;
  /**
   * Condition keys that requests of this caller carry: `aws:PrincipalOrgID`, `aws:PrincipalTag/…`, `aws:SourceArn` and the like; a list for
   * those of several values, such as `aws:PrincipalOrgPaths`. @default - those that follow from the caller itself, which cannot be given
   */
  readonly context?: IamContext;
}

/** A service uses the default account if its requests contain no registry. */
export interface Principal extends Omit<PrincipalProps, 'account' | 'arn'> {
  readonly arn: string;
  readonly account: string;
}
