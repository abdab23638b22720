import { asList, Json, Statement } from './document';

const SERVICE_NAMES: Readonly<Record<string, string>> = { 'ecr': 'ECR', 'ecr-public': 'ECR Public' };

/**
 * What ECR refuses in a repository policy, told before it is asked.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html,
 * aws-cdk issues 3583 and 24314 (`Resource` is refused in a repository's own policy)
 */
export function statementProblems(statement: Statement, name: string, service: 'ecr' | 'ecr-public' = 'ecr'): string[] {
  return [
    ...['Resource', 'NotResource'].filter(key => statement[key] !== undefined)
      .map(key => `'${name}' must not have resources, a repository's policy speaks of that repository alone, got:`
        + ` ${JSON.stringify(statement[key])}`),
    ...actionProblems(statement, name, service),
    ...(hasPrincipal(statement.Principal) || hasPrincipal(statement.NotPrincipal) ? [] : [`'${name}' must have a principal, got: nothing`]),
    ...sidProblems(statement.Sid, name),
  ];
}

function actionProblems(statement: Statement, name: string, service: string): string[] {
  const actions = [...asList(statement.Action), ...asList(statement.NotAction)].map(String);
  if (actions.length === 0) return [`'${name}' must have an action, got: nothing`];
  const foreign = actions.filter(action => !action.toLowerCase().startsWith(`${service}:`) && !/^\$\{Token/.test(action));
  return foreign.length === 0 ? []
    : [`'${name}' must have actions of ${SERVICE_NAMES[service]} only (${service}:…), got: ${foreign.join(', ')}`];
}

function hasPrincipal(principal: Json | undefined): boolean {
  if (principal === undefined || principal === null) return false;
  return typeof principal === 'string' ? principal !== '' : Object.values(principal).some(names => asList(names as Json).length > 0);
}

function sidProblems(sid: Json | undefined, name: string): string[] {
  return sid === undefined || /^[A-Za-z0-9]+$/.test(String(sid)) || /^\$\{Token/.test(String(sid))
    ? [] : [`'${name}' must have a Sid of letters and digits, got: ${String(sid)}`];
}
