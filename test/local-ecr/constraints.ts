import { invalidParameter } from './aws-error';

/** `__` and runs of `-` are legal separators (ECR API reference, CreateRepository). */
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const REPOSITORY_NAME = `(?:${COMPONENT}/)*${COMPONENT}`;

export interface TextBounds {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
}

export function requiredText(at: string, value: unknown, bounds: TextBounds = {}): string {
  if (value === undefined || value === null) throw invalidParameter(at, 'Member must not be null');
  if (typeof value !== 'string') throw invalidParameter(at, 'Member must be a string');
  const { min = 0, max = Infinity, pattern } = bounds;
  if (value.length < min) throw invalidParameter(at, `Member must have length greater than or equal to ${min}`);
  if (value.length > max) throw invalidParameter(at, `Member must have length less than or equal to ${max}`);
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(value)) {
    throw invalidParameter(at, `must satisfy regular expression '${pattern}'`);
  }
  return value;
}

export function optionalText(at: string, value: unknown, bounds: TextBounds = {}): string | undefined {
  return value === undefined || value === null ? undefined : requiredText(at, value, bounds);
}

export function integer(at: string, value: unknown, min: number, max: number): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw invalidParameter(at, 'Member must be an integer');
  if (value < min) throw invalidParameter(at, `Member must have value greater than or equal to ${min}`);
  if (value > max) throw invalidParameter(at, `Member must have value less than or equal to ${max}`);
  return value;
}

export function oneOf<T extends string>(at: string, value: unknown, allowed: readonly T[]): T | undefined {
  if (value === undefined || value === null) return undefined;
  if (!allowed.includes(value as T)) throw invalidParameter(at, `Member must satisfy enum value set: [${allowed.join(', ')}]`);
  return value as T;
}

export function list<T>(at: string, value: unknown, min: number, max: number): T[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw invalidParameter(at, 'Member must be a list');
  if (value.length < min) throw invalidParameter(at, `Member must have length greater than or equal to ${min}`);
  if (value.length > max) throw invalidParameter(at, `Member must have length less than or equal to ${max}`);
  return value as T[];
}

export function required<T>(at: string, value: T | undefined): T {
  if (value === undefined) throw invalidParameter(at, 'Member must not be null');
  return value;
}

export function repositoryName(value: unknown, at = 'repositoryName'): string {
  return requiredText(at, value, { min: 2, max: 256, pattern: REPOSITORY_NAME });
}

export function registryId(value: unknown): string | undefined {
  return optionalText('registryId', value, { pattern: '[0-9]{12}' });
}
