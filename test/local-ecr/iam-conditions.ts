import { arnMatches, globMatches } from './iam-patterns';

type Comparison = (policyValue: string, requestValue: string) => boolean;

const comparisons: Record<string, { readonly compare: Comparison; readonly negated?: boolean }> = {
  StringEquals: { compare: (wanted, found) => wanted === found },
  StringNotEquals: { compare: (wanted, found) => wanted === found, negated: true },
  StringLike: { compare: globMatches },
  StringNotLike: { compare: globMatches, negated: true },
  // Both sides are "true" or "false" (IAM user guide, "Condition operators").
  Bool: { compare: (wanted, found) => wanted === found },
  ArnLike: { compare: arnMatches },
  // ArnEquals behaves identically to ArnLike (IAM user guide, "Condition operators").
  ArnEquals: { compare: arnMatches },
  ArnNotLike: { compare: arnMatches, negated: true },
  ArnNotEquals: { compare: arnMatches, negated: true },
};

interface Operator {
  readonly name: string;
  readonly set?: 'ForAllValues' | 'ForAnyValue';
  readonly ifExists: boolean;
}

/** Returns the parts of an operator such as `ForAnyValue:StringLikeIfExists`, or undefined if it is not supported. */
export function readOperator(operator: string): Operator | undefined {
  const [, set, name, ifExists] = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/.exec(operator) ?? [];
  if (operator === 'Null') return { name: operator, ifExists: false };
  if (!name || !(name in comparisons)) return undefined;
  return { name, ifExists: ifExists !== undefined, ...set ? { set: set as Operator['set'] } : {} };
}

/** `found` is undefined if the request does not contain the key. */
export function conditionHolds(operator: string, wanted: readonly string[], found: readonly string[] | undefined): boolean {
  const read = readOperator(operator);
  if (!read) throw new Error(`condition operator ${operator} is not evaluated here`);
  if (read.name === 'Null') return wanted.some(value => (value === 'true') === (found === undefined));
  const { compare, negated = false } = comparisons[read.name];
  const holds = (value: string) => wanted.some(pattern => compare(pattern, value)) !== negated;
  if (read.set === 'ForAllValues') return (found ?? []).every(holds);
  if (found === undefined) return read.ifExists || (negated && read.set === undefined);
  return read.set === 'ForAnyValue' ? found.some(holds) : found.length === 1 && holds(found[0]);
}
