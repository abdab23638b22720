import { UnsettledError } from './converge';
import { describeDeadPrincipals } from './dead-principals';
import { causeBesidePrincipals, MAX_POLICY_LENGTH, PolicyDocument, sidOf, Statement } from '../../src/core/policy/document';
import { mayLockOut } from '../../src/core/policy/lock-out';
import { OperationError } from '../shared/protocol/errors';
import { GAP } from '../shared/repository/settling';

export function deadPrincipalsRefusal(name: string, statements: Statement[], cause: Error): OperationError {
  return new OperationError(
    `Repository '${name}': ECR refuses the policy because it names a principal that no longer exists:`
    + ` ${statements.flatMap(describeDeadPrincipals).join(', ')}`
    + ' — that statement is not from this stack; remove it, let its owner remove it, or set \'dropDeadPrincipals: true\', then try again'
    + `\n${cause.message}`, { cause });
}

/** A refusal that waiting does not change. */
export function invalidPolicyRefusal(name: string, cause: Error): OperationError {
  return new OperationError(`Repository '${name}': ECR refuses the policy — correct it and deploy again\n${cause.message}`, { cause });
}

export function policyRefusal(
  name: string, policy: PolicyDocument, isOwn: (statement: Statement) => boolean, cause: Error,
): OperationError {
  const principalsOf = (statements: Statement[]) => statements
    .map(statement => `${JSON.stringify(statement.Principal ?? statement.NotPrincipal)} in`
      + ` ${sidOf(statement) ?? 'a statement without Sid'}`).join(', ') || 'none';
  const [own, others] = [policy.Statement.filter(isOwn), policy.Statement.filter(statement => !isOwn(statement))];
  const lockOut = own.some(mayLockOut) ? '; where a statement denies ecr:SetRepositoryPolicy to whoever deploys, set \'force: true\'' : '';
  return new OperationError(
    `Repository '${name}': ECR refused the policy for 120 seconds — check that these principals exist and that their accounts have the`
    + ` Region enabled${causeBesidePrincipals(cause.message)}${lockOut};`
    + ` of this stack: ${principalsOf(own)}; of others: ${principalsOf(others)}\n${cause.message}`, { cause });
}

export function lengthRefusal(name: string, length: number, own: number): OperationError {
  return new OperationError(
    `Repository '${name}': the policy would have ${length} characters, ECR allows ${MAX_POLICY_LENGTH}, of which ${own} are from this`
    + ' stack and the others were there before — put several principals into one statement, or use an organization condition');
}

export function unsettledRefusal(name: string, { why }: UnsettledError): OperationError {
  return new OperationError(why === 'slow'
    ? `Repository '${name}': ECR takes more than ${GAP / 1_000} seconds to return the policy, so it cannot be written without undoing what`
      + ' others write — try again later'
    : `Repository '${name}': its policy was written 12 times, and did not stay as it was written — see what else writes it,`
      + ' then try again');
}
