import { isAboutAction } from './actions';
import { asList, hasPolicyVariables, Json, PolicyDocument, sidOf, Statement } from './document';
import { extentOf } from './resources';

/**
 * Actions that the policy of a registry allows to another account that replicates. Without `ecr:CreateRepository`, images are replicated
 * only to repositories that exist.
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions-create-replication.html
 */
export const REPLICATE_IMAGE = 'ecr:ReplicateImage';
export const CREATE_REPOSITORY = 'ecr:CreateRepository';

/** What the policy of a registry says of an action of another account, and the statement or the lack of one that decides. */
export interface ReplicationRuling {
  /** The policy is uncertain if a condition, or a principal within the account, decides. Nobody knows them before ECR replicates. */
  readonly verdict: 'allowed' | 'uncertain' | 'not allowed' | 'denied';
  readonly because: string;
}

/**
 * Judges the policy of a registry.
 *
 * @param policy undefined if the registry has none
 * @param source account that replicates
 * @param prefix beginning of the ARNs of the repositories that it replicates
 */
export function replicationRuling(policy: PolicyDocument | undefined, source: string, action: string, prefix: string): ReplicationRuling {
  if (!policy) return { verdict: 'not allowed', because: 'the registry has no policy' };
  const rulings = policy.Statement.flatMap(statement => rulingOf(statement, source, action, prefix) ?? []);
  const find = (effect: string, isCertain: boolean) =>
    rulings.find(ruling => ruling.effect === effect && ruling.isCertain === isCertain && ruling.isForAll)?.name;
  const denial = find('Deny', true);
  if (denial !== undefined) return { verdict: 'denied', because: `${denial} denies ${action}` };
  const [allowance, possible] = [find('Allow', true), find('Allow', false)];
  const exception = rulings.find(({ effect }) => effect === 'Deny')?.name;
  if (allowance === undefined && possible === undefined) {
    const part = rulings.find(({ effect }) => effect === 'Allow')?.name;
    return {
      verdict: 'not allowed',
      because: part === undefined ? `no statement allows ${action}` : `${part} allows ${action} only for some of them`,
    };
  }
  if (exception !== undefined) return { verdict: 'uncertain', because: `${exception} may deny ${action}, or denies it for some of them` };
  return allowance === undefined
    ? { verdict: 'uncertain', because: `${possible} allows ${action} under a condition, or not to the whole account` }
    : { verdict: 'allowed', because: `${allowance} allows ${action}` };
}

interface StatementRuling {
  readonly effect: Json;
  /** Name of the statement in messages. */
  readonly name: string;
  readonly isForAll: boolean;
  readonly isCertain: boolean;
}

/** Returns undefined for a statement that is about another action, account, or repository. */
function rulingOf(statement: Statement, source: string, action: string, prefix: string): StatementRuling | undefined {
  const [extent, isForSource] = [extentOf(statement, prefix), appliesTo(statement, source)];
  if (!isAboutAction(statement, action) || extent === 'none' || isForSource === 'no') return undefined;
  const sid = sidOf(statement);
  return {
    effect: statement.Effect,
    name: sid === undefined ? 'a statement without a Sid' : `statement '${sid}'`,
    isForAll: extent === 'all',
    isCertain: isForSource === 'yes' && Object.keys(statement.Condition ?? {}).length === 0 && !hasPolicyVariables(statement),
  };
}

type Answer = 'yes' | 'maybe' | 'no';

function appliesTo({ Principal, NotPrincipal }: Statement, account: string): Answer {
  if (NotPrincipal === undefined) return namesAccount(Principal, account);
  return ({ yes: 'no', maybe: 'maybe', no: 'yes' } as const)[namesAccount(NotPrincipal, account)];
}

/** UNCERTAIN: which principal of the source account ECR uses. AWS documents only statements for the whole account. */
function namesAccount(principal: Json | undefined, account: string): Answer {
  const types = principal === '*' ? { AWS: '*' } : (principal ?? {}) as { [type: string]: Json };
  const answers = Object.entries(types).flatMap(([type, names]) => asList(names).map((name): Answer => {
    if (type !== 'AWS') return 'maybe';
    if (name === '*') return 'yes';
    const [, owner, rest = 'root'] = /^(?:arn:[^:]+:(?:iam|sts)::)?(\d{12})(?::(.+))?$/.exec(String(name)) ?? [];
    if (owner !== account) return 'no';
    return rest === 'root' ? 'yes' : 'maybe';
  }));
  return answers.find(answer => answer === 'yes') ?? answers.find(answer => answer === 'maybe') ?? 'no';
}

/** Returns the statement with which a registry lets another account replicate into its repositories. */
export function replicationStatement(
  source: { readonly partition: string; readonly account: string }, resources: readonly string[],
): Statement {
  return {
    Effect: 'Allow',
    Principal: { AWS: `arn:${source.partition}:iam::${source.account}:root` },
    Action: [CREATE_REPOSITORY, REPLICATE_IMAGE],
    Resource: [...resources],
  };
}
