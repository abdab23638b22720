import { stackUuid } from '../mark';
import { emptyPolicy, hasPolicyVariables, PolicyDocument, sidOf, Statement, VERSION } from './document';

/**
 * The Sid of a statement names its owner: `<label>CdkEcrKeeper<UUID of the stack, without dashes><logical id>`. Letters and digits only, as
 * IAM wants of a Sid. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
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
  /** The Sid as the user wrote it; without one, statements are numbered. */
  readonly statements: readonly Statement[];
  readonly suffix: string;
  /** Sids under which a statement of somebody else is replaced. */
  readonly replaceExistingSids: readonly string[];
}

/** Sids that the claim uses and that the live policy has without an owner; those that were replaced before are among them. */
export function contestedSids(live: PolicyDocument, claim: Claim): string[] {
  const wanted = new Set(claim.statements.map(sidOf).filter(sid => sid !== undefined));
  return [...new Set(live.Statement.map(sidOf).filter((sid): sid is string => sid !== undefined && wanted.has(sid)))];
}

/**
 * The live policy with the claim's statements in it: its earlier ones are replaced, everyone else's are kept as they are.
 * Where a contested Sid is replaced, the statement keeps that Sid, so that it stays when the claim is removed. The version becomes the one
 * that policy variables of the claim need; where that changes what others wrote, see `reinterpretedStatements`.
 */
export function merge(live: PolicyDocument | undefined, claim: Claim): PolicyDocument {
  const base = live ?? emptyPolicy();
  const replacedSids = replacedSidsOf(base, claim);
  const version = claim.statements.some(hasPolicyVariables) ? { Version: VERSION } : {};
  return { ...base, ...version, Statement: [...keptStatements(base, claim), ...ownStatements(claim, replacedSids)] };
}

/** Statements of others whose `${…}` is plain text now and would be a policy variable after the merge. */
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

/** The live policy without the claim's own statements. */
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
