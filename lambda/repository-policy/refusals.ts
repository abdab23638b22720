import { GAP, Unsettled } from './converge';
import { deadIn } from './dead-principals';
import { MAX_POLICY_LENGTH, PolicyDocument, sidOf, Statement } from '../../src/core/policy/document';
import { mayLockOut } from '../../src/core/policy/lock-out';
import { Prevented } from '../shared/protocol/errors';

export function deadPrincipalsRefused(name: string, statements: Statement[], cause: Error): Prevented {
  return new Prevented(
    `Repository '${name}': ECR refuses the policy because it names a principal that no longer exists: ${statements.flatMap(deadIn).join(', ')}`
    + ' — that statement is not ours; remove it, let its owner do so, or say dropDeadPrincipals: true, then try again'
    + `\n${cause.message}`, { cause });
}

export function refused(name: string, policy: PolicyDocument, isOwn: (statement: Statement) => boolean, cause: Error): Prevented {
  const named = (statements: Statement[]) => statements
    .map(statement => `${JSON.stringify(statement.Principal ?? statement.NotPrincipal)} in ${sidOf(statement) ?? 'a statement without Sid'}`).join(', ') || 'none';
  const [own, others] = [policy.Statement.filter(isOwn), policy.Statement.filter(statement => !isOwn(statement))];
  const lockOut = own.some(mayLockOut) ? '; where a statement denies ecr:SetRepositoryPolicy to whoever deploys, say force: true' : '';
  return new Prevented(
    `Repository '${name}': ECR refused the policy for 120 seconds — see that these principals exist and their accounts have the Region enabled${lockOut}: ours:`
    + ` ${named(own)}; not ours: ${named(others)}\n${cause.message}`, { cause });
}

export function tooLong(name: string, length: number, own: number): Prevented {
  return new Prevented(
    `Repository '${name}': the policy would have ${length} characters, ECR allows ${MAX_POLICY_LENGTH}, of which ${own} are this resource's and the rest`
    + ' was there before — put several principals into one statement, or use an organization condition');
}

export function unsettled(name: string, { why }: Unsettled): Prevented {
  return new Prevented(why === 'slow'
    ? `Repository '${name}': ECR takes more than ${GAP / 1_000} seconds to say what the policy is, so that it cannot be written without undoing what others write — try again later`
    : `Repository '${name}': somebody else kept writing its policy while it was written 12 times — try again when they are done`);
}
