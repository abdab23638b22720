import { asList, Json, Statement } from './document';
import { ACCOUNT_ID } from '../environment';

/** Action in an example of aws-cdk. Whether ECR accepts it is UNCERTAIN, so it causes a warning. */
export const EVERY_ACTION = '*';

const SERVICE_NAMES: Readonly<Record<string, string>> = { 'ecr': 'ECR', 'ecr-public': 'ECR Public' };

/**
 * Returns the problems of a statement that ECR would reject in a repository policy.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
 */
export function statementProblems(statement: Statement, name: string, service: 'ecr' | 'ecr-public' = 'ecr'): string[] {
  return [...resourceProblems(statement, name), ...lastingProblems(statement, name, service), ...incompleteProblems(statement, name)];
}

/**
 * Whether ECR rejects resources is UNCERTAIN. It did in the past, but a page of its documentation shows `"Resource": "*"`. aws-cdk issues
 * 3583 and 24314
 */
export function resourceProblems(statement: Statement, name: string): string[] {
  return ['Resource', 'NotResource'].filter(key => statement[key] !== undefined)
    .map(key => `'${name}' must not have resources, because the policy of a repository applies to that repository, got:`
      + ` ${JSON.stringify(statement[key])}`);
}

/** Returns the problems that remain regardless of later additions to the statement. */
export function lastingProblems(statement: Statement, name: string, service: 'ecr' | 'ecr-public' = 'ecr'): string[] {
  const { Action, NotAction, Principal, NotPrincipal, Sid } = statement;
  const actions = [...asList(Action), ...asList(NotAction)].map(String);
  const foreign = actions.filter(action => !action.toLowerCase().startsWith(`${service}:`) && !/^\$\{Token/.test(action)
    && !(service === 'ecr' && action === EVERY_ACTION));
  return [
    ...foreign.length === 0 ? []
      : [`'${name}' must have actions of ${SERVICE_NAMES[service]} only (${service}:…), got: ${foreign.join(', ')}`],
    ...[Principal, NotPrincipal].flatMap(principal => principalProblems(principal, name)),
    ...sidProblems(Sid, name),
  ];
}

/** Returns the missing elements of a statement. They can still be added while the app runs. */
export function incompleteProblems({ Action, NotAction, Principal, NotPrincipal }: Statement, name: string): string[] {
  return [
    ...asList(Action).length + asList(NotAction).length > 0 ? [] : [`'${name}' must have an action, got: nothing`],
    ...hasPrincipal(Principal) || hasPrincipal(NotPrincipal) ? [] : [`'${name}' must have a principal, got: nothing`],
  ];
}

function hasPrincipal(principal: Json | undefined): boolean {
  if (principal === undefined || principal === null) return false;
  return typeof principal === 'string' ? principal !== '' : Object.values(principal).some(names => asList(names as Json).length > 0);
}

/**
 * "You cannot use a wildcard to match part of a principal name or ARN", and "you cannot identify a user group as a principal".
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html; terraform-provider-aws issue 3924
 */
function principalProblems(principal: Json | undefined, name: string): string[] {
  if (typeof principal !== 'object' || principal === null || Array.isArray(principal)) return [];
  return asList(principal.AWS).map(String).filter(arn => !arn.includes('${Token')).flatMap(arn => {
    const problem = principalProblem(arn);
    return problem === undefined ? [] : [`'${name}' must not have the principal ${arn}: ${problem}`];
  });
}

function principalProblem(arn: string): string | undefined {
  const [, , service, , account, resource = ''] = arn.split(':');
  if (arn.includes('*') && arn !== '*') {
    return 'a wildcard cannot match a part of an ARN. Use RepositoryPrincipal.roles, or a condition on aws:PrincipalArn';
  }
  if (/^\d+$/.test(arn)) return ACCOUNT_ID.test(arn) ? undefined : 'an account has 12 digits';
  if ((service !== 'iam' && service !== 'sts') || account === undefined) return undefined;
  if (!ACCOUNT_ID.test(account)) return 'an account has 12 digits';
  return resource.startsWith('group/') ? 'a user group cannot be a principal. Specify the users, or a role that they assume' : undefined;
}

/**
 * ECR allows more characters than the letters and digits of IAM's identity policies.
 * https://github.com/awsdocs/amazon-ecr-user-guide/issues/33
 */
function sidProblems(sid: Json | undefined, name: string): string[] {
  return sid === undefined || /^[\w -]+$/.test(String(sid)) || /^\$\{Token/.test(String(sid))
    ? [] : [`'${name}' must have a Sid of letters, digits, spaces, '-', and '_', got: "${String(sid)}"`];
}
