import { deadPrincipals, withoutDeadPrincipals } from '../../src/core/policy/dead-principals';
import { PolicyDocument, sidOf, Statement } from '../../src/core/policy/document';
import type { Task } from '../shared/protocol/job';

/** The policy without the principals of other people's statements that no longer exist; each is logged, since nothing else remembers it. */
export function dropDead(task: Pick<Task, 'log'>, policy: PolicyDocument, isOwn: (statement: Statement) => boolean): PolicyDocument {
  return {
    ...policy,
    Statement: policy.Statement.flatMap(statement => {
      const dead = isOwn(statement) ? [] : deadPrincipals(statement);
      if (dead.length === 0) return [statement];
      const rest = withoutDeadPrincipals(statement);
      if (rest === statement) return [statement]; // it speaks of everybody else, and cannot be mended
      task.log(`${dead.join(', ')} no longer exists and is taken out of ${rest ? 'this statement' : 'this statement, which names nobody else and goes'}: ${JSON.stringify(statement)}`);
      return rest ? [rest] : [];
    }),
  };
}

/** How a message names a principal and where it stands. */
export function deadIn(statement: Statement): string[] {
  const place = sidOf(statement) === undefined ? 'a statement without Sid' : `statement ${sidOf(statement)}`;
  return deadPrincipals(statement).map(principal => `${principal} in ${place}`);
}
