import { asList, Json, Statement } from './document';
import { isJsonObject } from '../json';

/**
 * Operators for which one matching value is sufficient. Two statements that differ only in the values of one key mean the same as one
 * statement with all values. This does not hold for negated operators and ForAllValues.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
 */
const ANY_VALUE = /^(ForAnyValue:)?(String(Equals|EqualsIgnoreCase|Like)|Arn(Equals|Like)|NumericEquals|DateEquals|IpAddress)(IfExists)?$/;

/** Part of a statement that can be merged with the same part of another statement if everything else is equal. */
interface Part {
  readonly key: string;
  readonly values: readonly Json[];
  with(values: Json[]): Statement;
}

/**
 * Returns fewer statements with the same meaning. Principals, actions, and condition values of otherwise equal statements are merged.
 * Statements with a Sid of the user are not changed.
 */
export function fold(statements: readonly Statement[]): Statement[] {
  let result = [...statements];
  for (;;) {
    const lengthBefore = result.length;
    result = keysOf(result).reduce(foldBy, result);
    if (result.length === lengthBefore) return result;
  }
}

/**
 * Returns the keys of all parts by which statements can be merged. Principals come first, because there are more principals than actions.
 */
function keysOf(statements: readonly Statement[]): string[] {
  const keys = [...new Set(statements.flatMap(statement => partsOf(statement).map(part => part.key)))];
  return [...keys.filter(key => key !== 'Action'), ...keys.filter(key => key === 'Action')];
}

function foldBy(statements: readonly Statement[], key: string): Statement[] {
  const places = new Map<string, number>();
  const result = new Array<Statement>();
  for (const statement of statements) {
    const part = partsOf(statement).find(one => one.key === key);
    const rest = part && orderIndependentForm(part.with(['*']));
    const place = rest === undefined ? undefined : places.get(rest);
    if (place === undefined) {
      if (rest !== undefined) places.set(rest, result.length);
      result.push(statement);
    } else {
      const first = partsOf(result[place]).find(one => one.key === key)!;
      result[place] = first.with([...first.values, ...part!.values]);
    }
  }
  return result;
}

/** A list that is known only at deployment cannot be merged. */
const LIST_TOKEN = /^#\{Token\[/;

function partsOf(statement: Statement): Part[] {
  return allPartsOf(statement).filter(({ values }) => !values.some(value => LIST_TOKEN.test(String(value))));
}

function allPartsOf(statement: Statement): Part[] {
  if (statement.Sid !== undefined) return [];
  const { Action, Principal, Condition } = statement;
  return [
    ...principalParts(statement, Principal),
    ...conditionParts(statement, Condition),
    ...Action === undefined ? []
      : [{ key: 'Action', values: asList(Action), with: (values: Json[]) => ({ ...statement, Action: toSingleOrList(values) }) }],
  ];
}

/** Returns the principals if they have only one type. Several types in one statement cannot be merged in one step. */
function principalParts(statement: Statement, principal: Json | undefined): Part[] {
  const entries = isJsonObject(principal) ? Object.entries(principal) : [];
  if (entries.length !== 1) return [];
  const [[type, names]] = entries;
  return [{
    key: `Principal ${type}`, values: asList(names), with: values => ({ ...statement, Principal: { [type]: toSingleOrList(values) } }),
  }];
}

function conditionParts(statement: Statement, condition: Json | undefined): Part[] {
  if (!isJsonObject(condition)) return [];
  const isListOfValues = ([operator, keys]: [string, Json]) => ANY_VALUE.test(operator) && isJsonObject(keys);
  return Object.entries(condition).filter(isListOfValues).flatMap(([operator, keys]) =>
    Object.entries(keys as { [key: string]: Json }).map(([key, values]) => ({
      key: `Condition ${operator} ${key}`,
      values: asList(values),
      with: (all: Json[]) => ({ ...statement, Condition: { ...condition, [operator]: { ...keys as object, [key]: toSingleOrList(all) } } }),
    })));
}

/** The order of keys and lists is irrelevant in a statement. */
function orderIndependentForm(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(orderIndependentForm).sort().join()}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  return `{${Object.keys(value).sort().map(key => `${JSON.stringify(key)}:${orderIndependentForm(value[key])}`).join()}}`;
}

function toSingleOrList(values: Json[]): Json {
  const distinct = [...new Map(values.map(value => [JSON.stringify(value), value])).values()];
  return distinct.length === 1 ? distinct[0] : distinct;
}
