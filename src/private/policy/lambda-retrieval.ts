import { Aws, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { isAboutAction } from '../../core/policy/actions';
import { asList, Json, Statement } from '../../core/policy/document';

/**
 * Actions that Lambda needs to retrieve an image.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions
 */
export const LAMBDA_RETRIEVAL = ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

const LAMBDA = 'lambda.amazonaws.com';

/**
 * Keys about the source of a service call. `aws:SourceIp` and similar keys are not included.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn
 */
const SOURCE_KEY = /^aws:source(arn|account|orgid|orgpaths)$/i;

type Conditions = { [operator: string]: { [key: string]: Json } };

/** Functions for which the grants of this library allow Lambda to pull. */
export interface LambdaFunctions {
  readonly account: string;
  readonly region: string;
}

/**
 * Lambda as the principal of a statement that `grantPull` adds. Statements of users have the original principal and are rendered unchanged.
 */
export class PullingLambda extends iam.PrincipalBase {
  public readonly policyFragment: iam.PrincipalPolicyFragment;

  constructor(lambda: iam.IPrincipal) {
    super();
    this.policyFragment = lambda.policyFragment;
  }

  public dedupeString(): string {
    return `PullingLambda:${JSON.stringify(this.policyFragment.conditions)}`;
  }
}

export function isLambda({ grantPrincipal }: iam.IGrantable): boolean {
  return grantPrincipal instanceof iam.ServicePrincipal && grantPrincipal.service === LAMBDA;
}

/**
 * Lambda acts for the functions of every account, so a grant to Lambda gets a condition. `aws:SourceArn` is the key that AWS documents for
 * Lambda, and it contains the account.
 * https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#configuration-images-xaccount-permissions
 */
export function sourceCondition(account: string, region: string, functionName = '*'): Record<string, Record<string, string>> {
  return { ArnLike: { 'aws:SourceArn': functionsOf(account, region, functionName) } };
}

function functionsOf(account: string, region: string, functionName = '*'): string {
  return `arn:${Aws.PARTITION}:lambda:${region}:${account}:function:${functionName}`;
}

/** Principals that can pull from the repository according to its policy. */
export interface Pullers {
  readonly isEverybody: boolean;
  readonly accounts: readonly string[];
  readonly organizations: readonly Json[];
  readonly organizationPaths: readonly Json[];
}

/**
 * Returns the accounts and organizations that the statements allow to pull. A role counts as its account, regardless of its conditions.
 * Accounts are omitted if a statement has a condition on their functions.
 */
export function pullersOf(stack: Stack, statements: ReadonlyArray<readonly [iam.PolicyStatement, Statement]>): Pullers {
  const accounts = new Set<string>();
  const limited = new Set<string>();
  const organizations = new Set<Json>();
  const organizationPaths = new Set<Json>();
  let isEverybody = false;
  for (const [{ principals }, statement] of statements) {
    if (statement.Effect !== 'Allow' || !isAboutAction(statement, LAMBDA_RETRIEVAL[0])) continue;
    const names = awsNames(statement.Principal);
    for (const account of accountsOfFunctions(statement)) limited.add(account);
    for (const account of [...principals.map(one => one.principalAccount), ...names.map(accountOf)]) {
      if (account !== undefined) accounts.add(account);
    }
    if (!names.includes('*')) continue;
    const conditions = (statement.Condition ?? {}) as Conditions;
    isEverybody ||= Object.keys(conditions).length === 0;
    for (const id of valuesOf(conditions, 'StringEquals', 'aws:PrincipalOrgID')) organizations.add(id);
    for (const path of valuesOf(conditions, 'ForAnyValue:StringLike', 'aws:PrincipalOrgPaths')) organizationPaths.add(path);
    for (const account of valuesOf(conditions, 'StringEquals', 'aws:PrincipalAccount')) accounts.add(String(account));
  }
  return {
    isEverybody,
    accounts: [...accounts].filter(account => !limited.has(account) && !isOwnAccount(stack, account)),
    organizations: [...organizations],
    organizationPaths: [...organizationPaths],
  };
}

/**
 * Limits a statement of `grantPull` for Lambda to functions of the stack's account and of every account that can already pull. A statement
 * with a condition on the source is not changed.
 */
export function limitToFunctions(statement: Statement, { account, region }: LambdaFunctions, pullers: Pullers): Statement[] {
  const conditions = (statement.Condition ?? {}) as Conditions;
  const hasSource = Object.values(conditions).some(keys => Object.keys(keys).some(key => SOURCE_KEY.test(key)));
  if (hasSource || pullers.isEverybody) return [statement];
  const accounts = [...new Set([account, ...pullers.accounts])].map(id => functionsOf(id, region));
  const limitedTo = (operator: string, key: string, values: readonly Json[]): Statement[] => values.length === 0 ? [] : [{
    ...statement,
    Condition: { ...conditions, [operator]: { ...conditions[operator], [key]: values.length === 1 ? values[0] : [...values] } },
  }];
  return [
    ...limitedTo('ArnLike', 'aws:SourceArn', accounts),
    ...limitedTo('StringEquals', 'aws:SourceOrgID', pullers.organizations),
    ...limitedTo('ForAnyValue:StringLike', 'aws:SourceOrgPaths', pullers.organizationPaths),
  ];
}

function awsNames(principal: Json | undefined): string[] {
  if (principal === '*') return ['*'];
  return asList((principal as { AWS?: Json } | undefined)?.AWS).map(String);
}

/** Returns the account of a principal whose account is literal or a complete token. */
function accountOf(name: string): string | undefined {
  if (/^\d{12}$/.test(name)) return name;
  return /^arn:[^:]+:(?:iam|sts)::([^:]+):/.exec(name)?.[1];
}

/** Returns the accounts in conditions on the source of a call. */
function accountsOfFunctions({ Condition }: Statement): string[] {
  return Object.values((Condition ?? {}) as Conditions).flatMap(keys => Object.entries(keys))
    .filter(([key]) => SOURCE_KEY.test(key)).flatMap(([, values]) => asList(values).map(String))
    .flatMap(value => /^arn:[^:]+:lambda:[^:]*:([^:]+):/.exec(value)?.[1] ?? value);
}

/** Whether both are the same account when the stack is deployed. */
function isOwnAccount(stack: Stack, account: string): boolean {
  const resolved = JSON.stringify(stack.resolve(account));
  return resolved === JSON.stringify(stack.resolve(stack.account)) || resolved === '{"Ref":"AWS::AccountId"}';
}

function valuesOf(conditions: Conditions, operator: string, key: string): Json[] {
  const entry = Object.entries(conditions[operator] ?? {}).find(([name]) => name.toLowerCase() === key.toLowerCase());
  return asList(entry?.[1]);
}
