import { describeDeadPrincipals } from './dead-principals';
import type { PolicyTarget } from './target';
import { causeBesidePrincipals, MAX_POLICY_LENGTH, PolicyDocument, sidOf, Statement } from '../../../src/core/policy/document';
import { mayLockOut } from '../../../src/core/policy/lock-out';
import type { UnsettledError } from '../aws/converge';
import { OperationError } from '../protocol/errors';
import { GAP } from '../repository/settling';

export function deadPrincipalsRefusal(target: PolicyTarget, statements: Statement[], cause: Error): OperationError {
  return new OperationError(
    `${target.name}: ECR rejected the policy because it names a principal that no longer exists:`
    + ` ${statements.flatMap(describeDeadPrincipals).join(', ')}. The statement is not from this stack.`
    + ' Remove it, ask its owner to remove it, or set \'dropDeadPrincipals: true\', then try again.'
    + `\n${cause.message}`, { cause });
}

/** The error for a policy that ECR will not accept later either. */
export function invalidPolicyRefusal(target: PolicyTarget, cause: Error): OperationError {
  return new OperationError(`${target.name}: ECR rejected the policy. Correct it and deploy again.\n${cause.message}`, { cause });
}

export function policyRefusal(
  target: PolicyTarget, policy: PolicyDocument, isOwn: (statement: Statement) => boolean, cause: Error,
): OperationError {
  const principalsOf = (statements: Statement[]) => statements
    .map(statement => `${JSON.stringify(statement.Principal ?? statement.NotPrincipal)} in`
      + ` ${sidOf(statement) ?? 'a statement without Sid'}`).join(', ') || 'none';
  const [own, others] = [policy.Statement.filter(isOwn), policy.Statement.filter(statement => !isOwn(statement))];
  const lockOut = target.canForce && own.some(mayLockOut)
    ? `. If a statement denies ${target.setAction} to the principal that deploys, set 'force: true'` : '';
  return new OperationError(
    `${target.name}: ECR rejected the policy for 120 seconds. Check that these principals exist and that their accounts have the`
    + ` Region enabled${causeBesidePrincipals(cause.message)}${lockOut}.`
    + ` Principals of this stack: ${principalsOf(own)}. Principals of other owners: ${principalsOf(others)}.\n${cause.message}`, { cause });
}

export function lengthRefusal(target: PolicyTarget, length: number, own: number): OperationError {
  return new OperationError(
    `${target.name}: the policy would have ${length} characters, but ECR allows at most ${MAX_POLICY_LENGTH}. This stack adds`
    + ` ${own} of them; the others are from statements of other owners. Put several principals into one statement, or use an`
    + ' organization condition.');
}

export function unsettledRefusal(target: PolicyTarget, { why }: UnsettledError): OperationError {
  return new OperationError(why === 'slow'
    ? `${target.name}: ECR takes more than ${GAP / 1_000} seconds to return the policy, so that a write could undo changes of other`
      + ' writers. Try again later.'
    : `${target.name}: the policy was written 12 times, but changed again each time. Find out what else writes it,`
      + ' then try again.');
}
