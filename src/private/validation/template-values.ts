/** In place of what is known only at deployment. The checks of statements leave a text with it alone, as they do tokens of CDK. */
const UNKNOWN = '${Token}';

/** Whether a value of a template is an intrinsic function. */
export function isIntrinsic(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const names = Object.keys(value);
  return names.length === 1 && (names[0] === 'Ref' || names[0].startsWith('Fn::'));
}

/** What a value can be, by the conditions of the template; nothing where it is left out. */
export function alternatives(value: unknown): unknown[] {
  if (value === undefined || value === null) return [];
  if (!isIntrinsic(value)) return [value];
  const { Ref, 'Fn::If': choices } = value as { 'Ref'?: unknown; 'Fn::If'?: unknown };
  if (Ref === 'AWS::NoValue') return [];
  return Array.isArray(choices) ? choices.slice(1).flatMap(alternatives) : [value];
}

/** A text that is known before deployment, also where functions put it together; undefined for another value. */
export function literalText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (!isIntrinsic(value)) return undefined;
  const { 'Fn::Join': join, 'Fn::Sub': sub } = value as { 'Fn::Join'?: unknown; 'Fn::Sub'?: unknown };
  if (Array.isArray(join) && Array.isArray(join[1])) {
    const parts = join[1].map(literalText);
    return parts.includes(undefined) ? undefined : parts.join(String(join[0]));
  }
  const text: unknown = Array.isArray(sub) ? sub[0] : sub;
  return typeof text === 'string' && !/\$\{(?!!)/.test(text) ? text.replaceAll('${!', '${') : undefined;
}

/** The value with a placeholder for everything that is known only at deployment. */
export function withPlaceholders(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withPlaceholders);
  if (typeof value !== 'object' || value === null) return value;
  if (isIntrinsic(value)) return literalText(value) ?? UNKNOWN;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPlaceholders(item)]));
}
