import { isIntrinsic, resolveIntrinsics } from '../../core/intrinsics';

/** Placeholder for values that are known only at deployment. The checks of statements ignore a text with it, like tokens of CDK. */
const UNKNOWN = '${Token}';

/** Returns the possible values according to the conditions of the template. Empty if the value is omitted. */
export function alternatives(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (!isIntrinsic(value)) return [value];
  const { Ref, 'Fn::If': choices } = value;
  if (Ref === 'AWS::NoValue') return [];
  return Array.isArray(choices) ? choices.slice(1).flatMap(alternatives) : [value];
}

/** Returns a text that is known before deployment, including the result of intrinsic functions. Undefined for any other value. */
export function literalText(value: unknown): string | undefined {
  const resolved = resolveIntrinsics(value, {});
  return typeof resolved === 'string' ? resolved : undefined;
}

/** Returns the value with a placeholder for every part that is known only at deployment. */
export function withPlaceholders(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPlaceholders);
  if (typeof value !== 'object' || value === null) return value;
  if (isIntrinsic(value)) return literalText(value) ?? UNKNOWN;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPlaceholders(item)]));
}
