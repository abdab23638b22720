import { deadPrincipals, withoutDeadPrincipals } from '../../../src/core/policy/dead-principals';
import { PolicyDocument, sidOf, Statement } from '../../../src/core/policy/document';
import type { Task } from '../protocol/job';

/** Removes principals that no longer exist from statements of other owners. Logs each of them, because no other copy exists. */
export function dropDeadPrincipals(
  task: Pick<Task, 'log'>, policy: PolicyDocument, isOwn: (statement: Statement) => boolean,
): PolicyDocument {
  return {
    ...policy,
    Statement: policy.Statement.flatMap(statement => {
      const principals = isOwn(statement) ? [] : deadPrincipals(statement);
      if (principals.length === 0) return [statement];
      const reduced = withoutDeadPrincipals(statement);
      if (reduced === statement) return [statement]; // a NotPrincipal, which cannot be reduced
      const consequence = reduced ? 'removed from this statement' : 'removed together with this statement, which has no other principal';
      task.log(`principals that no longer exist (${principals.join(', ')}) are ${consequence}: ${JSON.stringify(statement)}`);
      return reduced ? [reduced] : [];
    }),
  };
}

/** Returns the text of a message for each principal of the statement that no longer exists. */
export function describeDeadPrincipals(statement: Statement): string[] {
  const name = sidOf(statement) === undefined ? 'a statement without Sid' : `statement ${sidOf(statement)}`;
  return deadPrincipals(statement).map(principal => `${principal} in ${name}`);
}
