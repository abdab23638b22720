import { deadPrincipals, withoutDeadPrincipals } from '../../src/core/policy/dead-principals';
import { PolicyDocument, sidOf, Statement } from '../../src/core/policy/document';
import type { Task } from '../shared/protocol/job';

/** The policy without principals that no longer exist in statements of others. Each is logged, because nothing else has a copy. */
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
      const consequence = reduced ? 'removed from this statement' : 'removed with this statement, which has no other principal';
      task.log(`${principals.join(', ')} no longer exists and is ${consequence}: ${JSON.stringify(statement)}`);
      return reduced ? [reduced] : [];
    }),
  };
}

/** How a message names each of these principals and its statement. */
export function describeDeadPrincipals(statement: Statement): string[] {
  const name = sidOf(statement) === undefined ? 'a statement without Sid' : `statement ${sidOf(statement)}`;
  return deadPrincipals(statement).map(principal => `${principal} in ${name}`);
}
