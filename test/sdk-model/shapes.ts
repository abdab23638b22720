import type * as Schemas from '@smithy/core/schema';
import type { Declarations } from './declarations';
import { requireOnce } from './packages';

/** Loaded on first use, because processes of the bench have no packages. */
const normalize = (schema: unknown) =>
  (requireOnce('@smithy/core/schema') as typeof Schemas).NormalizedSchema.of(schema as never);

export type TimeFormat = 'epoch-seconds' | 'date-time' | 'http-date';

export interface Member {
  readonly shape: Shape;
  readonly isRequired: boolean;
  /** Name of the HTTP header that contains the member, in lower case. */
  readonly header?: string;
  /** Whether the body of the response is the member. */
  readonly isPayload: boolean;
  /** Name of the XML element. */
  readonly element: string;
  /** Whether a list has no element around its entries. */
  readonly isFlat: boolean;
}

export interface Structure {
  readonly kind: 'structure';
  readonly name: string;
  readonly isUnion: boolean;
  readonly members: ReadonlyMap<string, Member>;
}

export type Shape =
  | Structure
  | { readonly kind: 'list'; readonly entry: Shape; readonly element: string }
  | { readonly kind: 'map'; readonly value: Shape; readonly keys?: ReadonlySet<string> }
  | { readonly kind: 'text'; readonly values?: ReadonlySet<string> }
  | { readonly kind: 'time'; readonly format?: TimeFormat }
  | { readonly kind: 'number' | 'boolean' | 'blob' | 'document' };

const STRUCTURE = 3;

/** Kind, namespace, name, traits, names of the members, their schemas, and the number of required members, which come first. */
type StaticStructure = readonly [number, string, string, unknown, readonly string[], unknown, number?];

/** Formats that a schema names. Any other timestamp has the format of the protocol. https://smithy.io/2.0/spec/protocol-traits.html */
const TIME_FORMATS: Readonly<Record<number, TimeFormat>> = { 5: 'date-time', 6: 'http-date', 7: 'epoch-seconds' };

/** Reads the schemas of one client. Each structure is read once. */
export class Shapes {
  private readonly structures = new Map<string, Shape>();

  constructor(private readonly client: Readonly<Record<string, unknown>>, private readonly declarations: Declarations) {}

  /** Returns the output of an operation; undefined if it has none. */
  output(schema: unknown): Shape | undefined {
    const normalized = normalize(schema);
    return normalized.isUnitSchema() ? undefined : this.read(normalized, '');
  }

  error(schema: unknown): Shape {
    return this.read(normalize(schema), '');
  }

  private read(schema: Schemas.NormalizedSchema, type: string): Shape {
    if (schema.isListSchema()) {
      const value = schema.getValueSchema();
      const element = String(value.getMemberTraits().xmlName ?? 'member');
      return { kind: 'list', entry: this.read(value, type.replace(/\[\]$/, '')), element };
    }
    if (schema.isMapSchema()) {
      const [, key, value] = /Record< ?(\w+), ?([^>]+)>/.exec(type) ?? [];
      const keys = this.valuesOf(key);
      return { kind: 'map', value: this.read(schema.getValueSchema(), value ?? ''), ...keys ? { keys } : {} };
    }
    if (schema.isStructSchema()) return this.readStructure(schema);
    if (schema.isBlobSchema()) return { kind: 'blob' };
    if (schema.isTimestampSchema()) {
      const format = TIME_FORMATS[schema.getSchema() as number];
      return { kind: 'time', ...format ? { format } : {} };
    }
    if (schema.isBooleanSchema()) return { kind: 'boolean' };
    if (schema.isNumericSchema()) return { kind: 'number' };
    if (schema.isDocumentSchema()) return { kind: 'document' };
    if (!schema.isStringSchema()) throw new Error(`${schema.getName(true)} has an unknown kind of schema`);
    const values = this.valuesOf(type);
    return { kind: 'text', ...values ? { values } : {} };
  }

  private readStructure(schema: Schemas.NormalizedSchema): Shape {
    const name = schema.getName()!;
    const known = this.structures.get(name);
    if (known) return known;
    const members = new Map<string, Member>();
    const shape: Shape = { kind: 'structure', name, isUnion: schema.isUnionSchema(), members };
    this.structures.set(name, shape);
    const [type, , , , names, , required = 0] = schema.getSchema() as unknown as StaticStructure;
    // The declarations of unions and errors have another form. Their members have no enumerations in the clients used here.
    const isDeclared = type === STRUCTURE;
    for (const [member, memberSchema] of schema.structIterator()) {
      const traits = memberSchema.getMergedTraits();
      members.set(member, {
        shape: this.read(memberSchema, isDeclared ? this.declarations.typeOf(name, member) : ''),
        isRequired: names.indexOf(member) < required,
        ...traits.httpHeader === undefined ? {} : { header: String(traits.httpHeader).toLowerCase() },
        isPayload: traits.httpPayload !== undefined,
        element: String(memberSchema.getMemberTraits().xmlName ?? member),
        isFlat: traits.xmlFlattened !== undefined,
      });
    }
    return shape;
  }

  /** Returns the values of an enumeration; undefined for other types. */
  private valuesOf(type: string | undefined): ReadonlySet<string> | undefined {
    const values = type === undefined || !/^[A-Z]\w*$/.test(type) ? undefined : this.client[type];
    return typeof values === 'object' && values !== null && !Array.isArray(values)
      ? new Set(Object.values(values as Record<string, string>)) : undefined;
  }
}
