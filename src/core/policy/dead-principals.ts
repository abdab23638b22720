import { asList, Json, Statement } from './document';

/**
 * A principal that was deleted is read back as its unique id.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
const UNIQUE_ID = /^A(ROA|IDA)[A-Z0-9]+$/;

/** The unique ids among the principals of a statement. */
export function deadPrincipals({ Principal, NotPrincipal }: Statement): string[] {
  return [...namesOf(Principal), ...namesOf(NotPrincipal)].filter(name => UNIQUE_ID.test(name));
}

/**
 * The statement without them, its Sid and all else as it was.
 *
 * @returns undefined where nobody is left that it speaks of; one that speaks of everybody else is kept as it is then
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
