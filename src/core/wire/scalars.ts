/**
 * Property that does not decode. CloudFormation passes every scalar of a custom resource's properties as a string, and the functions of
 * this file decode them.
 */
export class WireError extends Error {
  constructor(property: string, expected: string, got: unknown) {
    super(`'${property}' must be ${expected}, got: ${got === undefined ? 'nothing' : JSON.stringify(got)}`);
    this.name = 'WireError';
  }
}

type Raw = Readonly<Record<string, unknown>>;

export function text(raw: Raw, property: string): string {
  const value = raw[property];
  if (typeof value !== 'string' || value === '') throw new WireError(property, 'a string', value);
  return value;
}

export function optionalText(raw: Raw, property: string): string | undefined {
  return raw[property] === undefined ? undefined : text(raw, property);
}

export function optionalWholeNumber(raw: Raw, property: string): number | undefined {
  const value = raw[property];
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(String(value))) throw new WireError(property, 'a whole number of at least 0', value);
  return Number(value);
}

export function wholeNumber(raw: Raw, property: string): number {
  const value = optionalWholeNumber(raw, property);
  if (value === undefined) throw new WireError(property, 'a whole number of at least 0', value);
  return value;
}

export function flag(raw: Raw, property: string): boolean {
  const value = raw[property];
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new WireError(property, 'true or false', value);
}

/** Decodes a flag that is omitted if it is false. */
export function isSet(raw: Raw, property: string): boolean {
  return raw[property] === undefined ? false : flag(raw, property);
}

export function oneOf<T extends string>(raw: Raw, property: string, allowed: readonly T[]): T {
  const value = raw[property];
  if (!allowed.includes(value as T)) throw new WireError(property, `one of ${allowed.join(', ')}`, value);
  return value as T;
}

export function optionalNumber(raw: Raw, property: string): number | undefined {
  const value = raw[property];
  if (value === undefined) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' || typeof value === 'number' ? Number(value) : NaN;
  if (!(Number.isFinite(number) && number >= 0)) throw new WireError(property, 'a number of at least 0', value);
  return number;
}

export function texts(raw: Raw, property: string): string[] | undefined {
  const value = raw[property];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.some(item => typeof item !== 'string' || item === '')) {
    throw new WireError(property, 'a list of strings', value);
  }
  return value as string[];
}

export function object(value: unknown, property: string): Raw {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new WireError(property, 'an object', value);
  return value as Raw;
}
