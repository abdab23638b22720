import { asList, Json, Statement } from './document';

/**
 * ECR returns a deleted principal as its unique id.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
const UNIQUE_ID = /^A(ROA|IDA)[A-Z0-9]+$/;

/** Returns the unique ids among the principals of a statement. */
export function deadPrincipals({ Principal, NotPrincipal }: Statement): string[] {
  return [...namesOf(Principal), ...namesOf(NotPrincipal)].filter(name => UNIQUE_ID.test(name));
}

/**
 * Returns the statement without deleted principals. Its Sid and its other elements are not changed.
 *
 * @returns undefined if no principal is left; a statement whose `NotPrincipal` would become empty is not changed
 */
export function withoutDeadPrincipals(statement: Statement): Statement | undefined {
  if (deadPrincipals(statement).length === 0) return statement;
  const { Principal, NotPrincipal } = statement;
  if (NotPrincipal !== undefined) {
    const rest = removeUniqueIds(NotPrincipal);
    return rest === undefined ? statement : { ...statement, NotPrincipal: rest };
  }
  const rest = removeUniqueIds(Principal);
  return rest === undefined ? undefined : { ...statement, Principal: rest };
}

function namesOf(principal: Json | undefined): string[] {
  return typeof principal === 'object' && principal !== null
    ? Object.values(principal).flatMap(names => asList(names as Json)).map(String) : [];
}

function removeUniqueIds(principal: Json): Json | undefined {
  const rest = Object.entries(principal as { [type: string]: Json })
    .map(([type, names]) => [type, asList(names).filter(name => !UNIQUE_ID.test(String(name)))] as const)
    .filter(([, names]) => names.length > 0);
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}
