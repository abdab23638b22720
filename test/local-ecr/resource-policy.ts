import { roleOf } from './caller-arn';
import { checkPolicy, evaluate, IamConditions, IamRequest, IamStatement } from './iam';
import type { Principal } from './principal';
import type { Readings } from './readings';
import { asList, PolicyPrincipal, PolicyStatement, RepositoryPolicy } from './repository-policy';

/** `delegated`: only the account of the caller is allowed, see authorisation.ts. `silent`: no statement matches the request. */
export type Ruling = 'denied' | 'allowed' | 'delegated' | 'silent';

type Reach = 'caller' | 'account';

/**
 * What the policy of a repository says of a request, by the evaluator of identity-based policies. The resource of each statement is the
 * repository.
 *
 * What it would misjudge is an error, whatever the request: NotPrincipal, NotAction, Resource, and what iam.ts does not evaluate.
 */
export function rulingOf(
  policy: RepositoryPolicy | undefined, caller: Principal, request: IamRequest, readings: Readings,
): Ruling {
  if (!policy) return 'silent';
  for (const element of ['NotPrincipal', 'NotAction', 'Resource'] as const) {
    if (policy.Statement.some(statement => statement[element] !== undefined)) throw new Error(`${element} is not evaluated here`);
  }
  checkPolicy(policy.Statement.map(asIamStatement));
  const concerning = policy.Statement.flatMap(statement => {
    const reach = reachOf(statement.Principal!, caller, readings);
    return reach === undefined ? [] : [{ reach, statement: asIamStatement(statement) }];
  });
  const { explicitDeny, grants } = evaluate(concerning.map(({ statement }) => statement), request);
  if (explicitDeny) return 'denied';
  if (grants.length === 0) return 'silent';
  return grants.some(({ statementIndex }) => concerning[statementIndex].reach === 'caller') ? 'allowed' : 'delegated';
}

function reachOf(principal: PolicyPrincipal, caller: Principal, readings: Readings): Reach | undefined {
  const { arn, account, service } = caller;
  const named = principal === '*' ? ['*'] : asList(principal.AWS ?? []);
  if (named.includes('*') && (service === undefined || !readings.isOther('star-matches-services'))) return 'caller';
  if (service !== undefined) return principal !== '*' && asList(principal.Service ?? []).includes(service) ? 'caller' : undefined;
  if (named.some(name => name === arn || name === roleOf(caller))) return 'caller';
  return named.includes(`arn:aws:iam::${account}:root`) ? 'account' : undefined;
}

function asIamStatement({ Sid, Effect, Action = [], Condition }: PolicyStatement): IamStatement {
  return {
    ...Sid === undefined ? {} : { Sid }, Effect, Action, Resource: '*', ...Condition ? { Condition: Condition as IamConditions } : {},
  };
}
