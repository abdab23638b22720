/** The part of JSON Schema that docs/reference/report-json.md uses. Members that the schema does not describe are problems, too. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: 'date-time';
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** Returns where a value violates the schema. */
export function violations(value: unknown, schema: Schema, root = schema, at = '$'): string[] {
  if (schema.$ref !== undefined) return violations(value, root.$defs![schema.$ref.replace('#/$defs/', '')], root, at);
  if (schema.oneOf) {
    const results = schema.oneOf.map(each => violations(value, each, root, at));
    return results.filter(({ length }) => length === 0).length === 1 ? [] : [`${at} fits not exactly one: ${results.flat().join('; ')}`];
  }
  if ('const' in schema) return value === schema.const ? [] : [`${at} is not ${String(schema.const)}`];
  if (schema.enum) return schema.enum.includes(value) ? [] : [`${at} is not in the enumeration`];
  if (typeOf(value) !== schema.type) return [`${at} is ${typeOf(value)}, not ${schema.type}`];
  if (schema.format === 'date-time' && new Date(value as string).toISOString() !== value) return [`${at} is no time`];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => schema.items ? violations(item, schema.items, root, `${at}[${index}]`) : []);
  }
  if (schema.type !== 'object') return [];
  const { properties, additionalProperties, required = [] } = schema;
  const members = value as Record<string, unknown>;
  return [
    ...required.filter(name => !(name in members)).map(name => `${at}.${name} is missing`),
    ...Object.entries(members).flatMap(([name, member]) => {
      const own = properties?.[name] ?? additionalProperties;
      if (own) return violations(member, own, root, `${at}.${name}`);
      return properties ? [`${at}.${name} is not described`] : [];
    }),
  ];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return Number.isInteger(value) ? 'integer' : typeof value;
}
