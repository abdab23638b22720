import { isAboutAction, matchesAction } from './actions';
import { asList, Json, Statement } from './document';

/** Operators for which one matching value is sufficient, so more values allow more. */
const ANY_VALUE = /^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like))(IfExists)?$/;

/** Whether one of the statements allows all that the wanted statement allows. Denials are not considered. */
export function isAllowedBy(statements: readonly Statement[], wanted: Statement): boolean {
  return wanted.Effect === 'Allow' && statements.some(statement => statement.Effect === 'Allow'
    && coversActions(statement, wanted) && coversPrincipals(statement.Principal, wanted.Principal)
    && coversConditions(statement.Condition, wanted.Condition));
}

function coversActions(statement: Statement, { Action, NotAction }: Statement): boolean {
  return NotAction === undefined && asList(Action).every(action => matchesAction(statement.Action, String(action))
    || (statement.NotAction !== undefined && isAboutAction(statement, String(action))));
}

function coversPrincipals(principal: Json | undefined, wanted: Json | undefined): boolean {
  const [covering, needed] = [byType(principal), byType(wanted)];
  return needed.size > 0 && [...needed].every(([type, names]) => {
    const all = covering.get(type) ?? [];
    return (type === 'AWS' && all.includes('*')) || names.every(name => all.includes(name));
  });
}

/** Whether no condition is narrower than the conditions of the wanted statement. */
function coversConditions(conditions: Json | undefined, wanted: Json | undefined): boolean {
  const needed = (wanted ?? {}) as { [operator: string]: { [key: string]: Json } };
  return Object.entries((conditions ?? {}) as typeof needed).every(([operator, keys]) => Object.entries(keys).every(([key, values]) => {
    const ours = Object.entries(needed[operator] ?? {}).find(([name]) => name.toLowerCase() === key.toLowerCase());
    if (!ours) return false;
    const [one, other] = [asList(values).map(String), asList(ours[1]).map(String)];
    return other.every(value => one.includes(value)) && (ANY_VALUE.test(operator) || one.length === other.length);
  }));
}

/** An account by its ID is the same as its root. */
function byType(principal: Json | undefined): Map<string, string[]> {
  const types = principal === '*' ? { AWS: '*' } : (principal ?? {}) as { [type: string]: Json };
  return new Map(Object.entries(types).map(([type, names]) =>
    [type, asList(names).map(name => /^arn:.*:iam::([^:]+):root$/.exec(String(name))?.[1] ?? String(name))]));
}
