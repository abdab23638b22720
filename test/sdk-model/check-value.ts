import type { Member, Shape, Structure, TimeFormat } from './shapes';
import { isRecord } from '../local-ecr/policy-text';

/**
 * Returns what is wrong with a value: members that the structure does not have, missing members that it requires, other types, and values
 * outside of an enumeration. Undefined members are absent, as in JSON. The schemas do not distinguish integers from other numbers, and they
 * do not contain lengths, ranges, and patterns. They require few members: most outputs of ECR have only optional ones.
 *
 * @param format of timestamps in this protocol
 */
export function problemsOf(value: unknown, shape: Shape, format: TimeFormat, path: string): string[] {
  switch (shape.kind) {
    case 'structure':
      return isRecord(value) && !(value instanceof Date) ? problemsOfStructure(value, shape, format, path)
        : [expected('a structure', value, path)];
    case 'list':
      return Array.isArray(value) ? value.flatMap((entry, index) => problemsOf(entry, shape.entry, format, `${path}[${index}]`))
        : [expected('a list', value, path)];
    case 'map':
      if (!isRecord(value)) return [expected('a map', value, path)];
      return Object.entries(value).flatMap(([key, entry]) => [
        ...shape.keys?.has(key) === false ? [`${path} has the key ${JSON.stringify(key)}, which is not in the enumeration`] : [],
        ...problemsOf(entry, shape.value, format, `${path}.${key}`),
      ]);
    case 'text':
      if (typeof value !== 'string') return [expected('text', value, path)];
      return shape.values?.has(value) === false ? [`${path} is ${JSON.stringify(value)}, which is not in the enumeration`] : [];
    case 'time': {
      const { isValid, name } = TIMES[shape.format ?? format];
      return isValid(value) ? [] : [expected(name, value, path)];
    }
    case 'number': return typeof value === 'number' && Number.isFinite(value) ? [] : [expected('a number', value, path)];
    case 'boolean': return typeof value === 'boolean' ? [] : [expected('a boolean', value, path)];
    case 'blob': return typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? [] : [expected('base64 text', value, path)];
    case 'document': return [];
  }
}

function problemsOfStructure(
  value: Readonly<Record<string, unknown>>, { name, members, isUnion }: Structure, format: TimeFormat, path: string,
): string[] {
  const problems = new Array<string>();
  let present = 0;
  for (const key of Object.keys(value)) {
    if (value[key] === undefined) continue;
    present += 1;
    const member: Member | undefined = members.get(key);
    if (member) problems.push(...problemsOf(value[key], member.shape, format, `${path}.${key}`));
    else problems.push(`${path}.${key} is not a member of ${name}`);
  }
  for (const [key, { isRequired }] of members) {
    if (isRequired && value[key] === undefined) problems.push(`${path}.${key} is missing, but ${name} requires it`);
  }
  if (isUnion && present !== 1) problems.push(`${path} has ${present} members, but the union ${name} has exactly one`);
  return problems;
}

const TIMES: Readonly<Record<TimeFormat, { readonly name: string; isValid(value: unknown): boolean }>> = {
  // 1e11 seconds are in the year 5138, so a larger number is in milliseconds
  'epoch-seconds': {
    name: 'a time in epoch seconds',
    isValid: value => typeof value === 'number' && Number.isFinite(value) && value < 1e11,
  },
  'date-time': {
    name: 'a time such as 2026-11-28T12:00:00Z',
    isValid: value => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value),
  },
  'http-date': {
    name: 'a time such as Sat, 28 Nov 2026 12:00:00 GMT',
    isValid: value => typeof value === 'string' && /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/.test(value),
  },
};

function expected(what: string, value: unknown, path: string): string {
  const text = value instanceof Date ? 'a Date' : JSON.stringify(value) ?? String(value);
  return `${path} must be ${what}, got ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`;
}
