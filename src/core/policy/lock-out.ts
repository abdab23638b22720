import { isAboutAction } from './actions';
import { asList, Json, Statement } from './document';

/** Without these actions, the deploying principal can no longer change or restore the policy. */
const RECOVERY_ACTIONS = ['ecr:setrepositorypolicy', 'ecr:deleterepositorypolicy', 'ecr:getrepositorypolicy'];

/**
 * Whether a statement prevents every principal from changing the policy again. A statement with conditions may exempt the deploying
 * principal. ECR checks this when the policy is set, and rejects the policy unless it is forced.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html (force)
 *
 * @param accounts account of the repository, in all forms in which it may be written
 */
export function locksOut(statement: Statement, accounts: readonly string[]): boolean {
  return mayLockOut(statement) && !hasCondition(statement) && isForEverybody(statement, accounts);
}

/** Whether the statement denies an action that is required to change the policy to some principals. */
export function mayLockOut(statement: Statement): boolean {
  return statement.Effect === 'Deny' && RECOVERY_ACTIONS.some(action => isAboutAction(statement, action));
}

function hasCondition({ Condition }: Statement): boolean {
  return Condition !== undefined && Condition !== null && Object.keys(Condition).length > 0;
}

/** NotPrincipal exempts a role only if its session is listed too. The session is unknown, so such a statement applies to everybody. */
function isForEverybody({ Principal, NotPrincipal }: Statement, accounts: readonly string[]): boolean {
  if (NotPrincipal !== undefined) return true;
  const names = typeof Principal === 'string' ? [Principal] : asList((Principal as { AWS?: Json } | undefined)?.AWS as Json | undefined);
  return names.some(name => name === '*' || accounts.includes(accountOf(name)));
}

/** Returns the account of a principal that is an account id or an account root, in any form that CDK and CloudFormation write. */
function accountOf(name: Json): string {
  return typeof name === 'string' ? /^arn:(?:\$\{[^}]*\}|[^:]+):iam::(.+):root$/.exec(name)?.[1] ?? name : JSON.stringify(name);
}
