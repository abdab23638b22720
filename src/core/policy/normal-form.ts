import { asList, hasPolicyVariables, Json, PolicyDocument, sidOf, Statement } from './document';

/**
 * Two policies mean the same if their normal forms are equal. The normal form ignores order, and the differences between a value and a list
 * with one value, the case of actions, an account id and its root ARN, `"*"` and `{ "AWS": "*" }`, and scalars and texts in conditions. The
 * version matters only if a statement has policy variables.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function normalForm(document: PolicyDocument): string {
  const { Version, Statement: statements } = document;
  return JSON.stringify([statements.some(hasPolicyVariables) ? Version : '', ...statements.map(statementNormalForm).sort()]);
}

export function sameMeaning(one: PolicyDocument, other: PolicyDocument): boolean {
  return normalForm(one) === normalForm(other);
}

/** Includes the Sid, because a statement with a different Sid has a different owner. */
export function statementNormalForm(statement: Statement): string {
  const parts = Object.entries(statement).filter(([key]) => key !== 'Sid').map(([key, value]) => [key, normalizePart(key, value)] as const);
  return JSON.stringify([sidOf(statement) ?? '', ...parts.sort(byKey)]);
}

function normalizePart(key: string, value: Json): Json {
  if (key === 'Action' || key === 'NotAction') return distinctTexts(value).map(action => action.toLowerCase()).sort();
  if (key === 'Principal' || key === 'NotPrincipal') return normalizePrincipals(value);
  if (key === 'Condition') return normalizeConditions(value);
  return sortDeep(value);
}

function normalizePrincipals(value: Json): Json {
  const byType = value === '*' ? { AWS: '*' } : value as { [type: string]: Json };
  return Object.entries(byType)
    .map(([type, names]) => [type, [...new Set(distinctTexts(names).map(accountRoot))].sort()] as [string, Json])
    .sort(byKey);
}

/**
 * `arn:<partition>:iam::<account>:root` is the account.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
function accountRoot(principal: string): string {
  return /^arn:[^:]+:iam::(\d{12}):root$/.exec(principal)?.[1] ?? principal;
}

function normalizeConditions(value: Json): Json {
  return Object.entries(value as { [operator: string]: { [key: string]: Json } }).map(([operator, keys]) => [
    operator,
    Object.entries(keys).map(([key, values]) => [key.toLowerCase(), distinctTexts(values).sort()] as [string, Json]).sort(byKey),
  ] as [string, Json]).sort(byKey);
}

function distinctTexts(value: Json): string[] {
  return [...new Set(asList(value).map(String))];
}

function sortDeep(value: Json): Json {
  if (Array.isArray(value)) {
    return value.length === 1 ? sortDeep(value[0]) : value.map(sortDeep).sort((a, b) => compare(JSON.stringify(a), JSON.stringify(b)));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value).map(([key, item]) => [key, sortDeep(item)] as [string, Json]).sort(byKey);
}

function byKey(one: readonly [string, Json], other: readonly [string, Json]): number {
  return compare(one[0], other[0]);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
