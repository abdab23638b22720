import { isAboutAction } from './actions';
import { asList, Json, Statement } from './document';

/** Without these, whoever deploys can neither change the policy any more nor take anything back from it. */
const RECOVERY_ACTIONS = ['ecr:setrepositorypolicy', 'ecr:deleterepositorypolicy', 'ecr:getrepositorypolicy'];

/**
 * Whether a statement keeps whoever deploys from changing the policy again, whoever that is. A statement with conditions may spare them:
 * ECR judges that when the policy is set, and refuses it unless forced.
 * https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html (force)
 *
 * @param accounts the account of the repository, in all the ways in which it may be written
 */
export function locksOut(statement: Statement, accounts: readonly string[]): boolean {
  return mayLockOut(statement) && !hasCondition(statement) && isForEverybody(statement, accounts);
}

/** Whether it denies, to some, what changing the policy takes. */
export function mayLockOut(statement: Statement): boolean {
  return statement.Effect === 'Deny' && RECOVERY_ACTIONS.some(action => isAboutAction(statement, action));
}

function hasCondition({ Condition }: Statement): boolean {
  return Condition !== undefined && Condition !== null && Object.keys(Condition).length > 0;
}

/** NotPrincipal spares a role only where its session is named too, which nobody can know: then it is everybody. */
function isForEverybody({ Principal, NotPrincipal }: Statement, accounts: readonly string[]): boolean {
  if (NotPrincipal !== undefined) return true;
  const names = typeof Principal === 'string' ? [Principal] : asList((Principal as { AWS?: Json } | undefined)?.AWS as Json | undefined);
  return names.some(name => name === '*' || accounts.includes(accountOf(name)));
}

/** An account by its id or as its root; how CDK and CloudFormation write it does not matter. */
function accountOf(name: Json): string {
  return typeof name === 'string' ? /^arn:(?:\$\{[^}]*\}|[^:]+):iam::(.+):root$/.exec(name)?.[1] ?? name : JSON.stringify(name);
}
