import { stackUuid } from '../mark';
import { emptyPolicy, hasPolicyVariables, PolicyDocument, sidOf, Statement, VERSION } from './document';

/**
 * The Sid of a statement names its owner: `<label>CdkEcrKeeper<UUID of the stack, without dashes><logical id>`. It has only letters and
 * digits, which every service accepts. Amazon ECR accepts more characters.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
 */
const OWNER = 'CdkEcrKeeper';

export function ownerSuffix(stackId: string, logicalId: string): string {
  return `${OWNER}${stackUuid(stackId).replace(/-/g, '')}${logicalId}`;
}

/** Whether a custom resource of some stack wrote the statement. */
export function isMergedStatement(statement: Statement): boolean {
  return new RegExp(`${OWNER}[0-9a-f]{32}`).test(sidOf(statement) ?? '');
}

export function isOwnedBy(statement: Statement, suffix: string): boolean {
  return sidOf(statement)?.endsWith(suffix) ?? false;
}

export interface Claim {
  /** Statements with the Sids of the user. Statements without a Sid are numbered. */
  readonly statements: readonly Statement[];
  readonly suffix: string;
  /** Sids for which existing statements of other owners are replaced. */
  readonly replaceExistingSids: readonly string[];
}

/** Returns the Sids of the claim that the live policy contains without an owner, including Sids that were replaced before. */
export function contestedSids(live: PolicyDocument, claim: Claim): string[] {
  const wanted = new Set(claim.statements.map(sidOf).filter(sid => sid !== undefined));
  return [...new Set(live.Statement.map(sidOf).filter((sid): sid is string => sid !== undefined && wanted.has(sid)))];
}

/**
 * Returns the live policy with the statements of the claim. Earlier statements of the claim are replaced, and all other statements are
 * kept. A statement that replaces a contested Sid keeps that Sid, so it remains when the claim is removed. The version is changed if policy
 * variables of the claim require it. `reinterpretedStatements` returns the other statements whose meaning this changes.
 */
export function merge(live: PolicyDocument | undefined, claim: Claim): PolicyDocument {
  const base = live ?? emptyPolicy();
  const replacedSids = replacedSidsOf(base, claim);
  const version = claim.statements.some(hasPolicyVariables) ? { Version: VERSION } : {};
  return { ...base, ...version, Statement: [...keptStatements(base, claim), ...ownStatements(claim, replacedSids)] };
}

/** Returns other statements whose `${…}` is plain text now and would become a policy variable with the merge. */
export function reinterpretedStatements(live: PolicyDocument, claim: Claim): Statement[] {
  return live.Version === merge(live, claim).Version ? [] : keptStatements(live, claim).filter(hasPolicyVariables);
}

function replacedSidsOf(live: PolicyDocument, claim: Claim): Set<string> {
  return new Set(contestedSids(live, claim).filter(sid => claim.replaceExistingSids.includes(sid)));
}

function keptStatements(live: PolicyDocument, claim: Claim): Statement[] {
  const replacedSids = replacedSidsOf(live, claim);
  return live.Statement.filter(statement => !isOwnedBy(statement, claim.suffix) && !replacedSids.has(sidOf(statement) ?? ''));
}

/** Returns the live policy without the statements of the claim. */
export function subtract(live: PolicyDocument, suffix: string): PolicyDocument {
  return { ...live, Statement: live.Statement.filter(statement => !isOwnedBy(statement, suffix)) };
}

function ownStatements({ statements, suffix }: Claim, replacedSids: ReadonlySet<string>): Statement[] {
  const taken = new Set(statements.map(sidOf));
  let number = 0;
  const nextLabel = (): string => {
    do number++; while (taken.has(`Statement${number}`));
    return `Statement${number}`;
  };
  return statements.map(statement => {
    const sid = sidOf(statement);
    const label = sid ?? nextLabel();
    return { ...statement, Sid: sid !== undefined && replacedSids.has(sid) ? sid : `${label}${suffix}` };
  });
}
