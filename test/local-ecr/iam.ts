/**
 * Policy evaluation, pure: of identity-based policies, and of the statements of others that concern the caller (resource-policy.ts).
 * Behavior and sources: README.md.
 */
import { conditionHolds, readOperator } from './iam-conditions';
import { globMatches, resourceMatches } from './iam-patterns';
import { Readings } from './readings';

export type IamConditions = Record<string, Record<string, string | boolean | readonly (string | boolean)[]>>;

export interface IamStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: IamConditions;
}

export type IamContext = Record<string, string | readonly string[]>;

export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  readonly context?: IamContext;
}

/** One action pattern on one resource pattern of one Allow statement. */
export interface Grant {
  readonly statementIndex: number;
  readonly sid?: string;
  readonly action: string;
  readonly resource: string;
  readonly condition?: IamConditions;
}

export interface Decision {
  readonly allowed: boolean;
  readonly explicitDeny: boolean;
  /** Every grant that allows the request. Empty if the request is denied. */
  readonly grants: Grant[];
}

export function evaluate(policy: readonly IamStatement[], request: IamRequest, readings = new Readings()): Decision {
  const grants = new Array<Grant>();
  let explicitDeny = false;
  policy.forEach((statement, statementIndex) => {
    const matching = grantsOfStatement(statement, statementIndex).filter(grant =>
      globMatches(grant.action.toLowerCase(), request.action.toLowerCase()) && resourceMatches(grant.resource, request.resource));
    if (matching.length === 0 || !conditionsHold(statement.Condition, request.context ?? {}, readings)) return;
    if (statement.Effect === 'Deny') explicitDeny = true;
    else grants.push(...matching);
  });
  const allowed = grants.length > 0 && !explicitDeny;
  return { allowed, explicitDeny, grants: allowed ? grants : [] };
}

/** Returns all grants of a policy, so that a test can compare them with the used grants. */
export function grantsOf(policy: readonly IamStatement[]): Grant[] {
  return policy.flatMap((statement, index) => statement.Effect === 'Allow' ? grantsOfStatement(statement, index) : []);
}

/** @throws for a policy that this evaluator does not support */
export function checkPolicy(policy: readonly IamStatement[]): void {
  const known = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Condition']);
  policy.forEach((statement, index) => {
    const fail = (what: string): never => {
      throw new Error(`statement ${index}${statement.Sid ? ` (${statement.Sid})` : ''}: ${what}`);
    };
    const unknown = Object.keys(statement).filter(element => !known.has(element));
    if (unknown.length > 0) fail(`element ${unknown.join(', ')} is not evaluated here`);
    if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') fail('Effect must be Allow or Deny');
    if (asList(statement.Action).length === 0 || asList(statement.Resource).length === 0) fail('Action and Resource must not be empty');
    for (const pattern of [...asList(statement.Action), ...asList(statement.Resource)]) {
      if (typeof pattern !== 'string') fail(`${JSON.stringify(pattern)} is not a string: resolve the intrinsics of a template first`);
    }
    for (const pattern of asList(statement.Resource)) {
      if (pattern !== '*' && pattern.split(':').length < 6) fail(`Resource ${pattern} must be in ARN format or "*"`);
    }
    for (const [operator, keys] of Object.entries(statement.Condition ?? {})) {
      if (!readOperator(operator)) fail(`condition operator ${operator} is not evaluated here`);
      const variables = Object.values(keys).flatMap(value => asList(value)).filter(value => String(value).includes('${'));
      if (variables.length > 0) fail(`policy variable ${variables.join(', ')} is not evaluated here`);
    }
  });
}

function grantsOfStatement(statement: IamStatement, statementIndex: number): Grant[] {
  return asList(statement.Action).flatMap(action => asList(statement.Resource).map(resource => ({
    statementIndex,
    action,
    resource,
    ...statement.Sid ? { sid: statement.Sid } : {},
    ...statement.Condition ? { condition: statement.Condition } : {},
  })));
}

function conditionsHold(conditions: IamConditions | undefined, context: IamContext, readings: Readings): boolean {
  // Tag keys in condition keys are not case-sensitive (IAM user guide, "Condition").
  const present = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), asList(value)]));
  return Object.entries(conditions ?? {}).every(([operator, keys]) => Object.entries(keys).every(([key, value]) => {
    const found = present.get(key.toLowerCase());
    const isMissingTag = found === undefined && operator === 'StringNotEquals' && /:ResourceTag\//i.test(key);
    if (isMissingTag && readings.isOther('deny-without-tag')) return false;
    return conditionHolds(operator, asList(value).map(String), found);
  }));
}

function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value as readonly T[] : [value as T];
}
