import { isIntrinsic, resolveIntrinsics } from '../../core/intrinsics';

/** In place of what is known only at deployment. The checks of statements leave a text with it alone, as they do tokens of CDK. */
const UNKNOWN = '${Token}';

/** What a value can be, by the conditions of the template; nothing where it is left out. */
export function alternatives(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (!isIntrinsic(value)) return [value];
  const { Ref, 'Fn::If': choices } = value;
  if (Ref === 'AWS::NoValue') return [];
  return Array.isArray(choices) ? choices.slice(1).flatMap(alternatives) : [value];
}

/** A text that is known before deployment, also where functions put it together; undefined for another value. */
export function literalText(value: unknown): string | undefined {
  const resolved = resolveIntrinsics(value, {});
  return typeof resolved === 'string' ? resolved : undefined;
}

/** The value with a placeholder for everything that is known only at deployment. */
export function withPlaceholders(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPlaceholders);
  if (typeof value !== 'object' || value === null) return value;
  if (isIntrinsic(value)) return literalText(value) ?? UNKNOWN;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPlaceholders(item)]));
}
