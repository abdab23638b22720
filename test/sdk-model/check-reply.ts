import type * as XmlBuilder from '@aws-sdk/xml-builder';
import { problemsOf } from './check-value';
import { commonError, isThrottling } from './common-errors';
import { Declarations } from './declarations';
import { isExempt } from './exemptions';
import { CLIENTS, requireOnce } from './packages';
import { Member, Shape, Shapes } from './shapes';
import { recordViolation } from './violations';
import { isRecord } from '../local-ecr/policy-text';

/** One answer of a fake, as it is sent. */
export interface Answer {
  /** The name that requests to the service are signed with. */
  readonly signingName: string;
  readonly operation: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer that the service could not give according to the model of the SDK. */
export class ModelViolation extends Error {}

/**
 * Verifies the answer of a fake against the model in the installed SDK: the schemas from which its clients decode answers, and the
 * enumerations and declared errors of its type declarations. It throws for an answer that AWS does not give, and remembers the violation.
 * Then the test fails even if the caller catches the error.
 *
 * @param output what the fake serializes as JSON; undefined for XML, and for an answer without a body
 */
export function checkSuccess(answer: Answer, output: object | undefined): void {
  const model = modelOf(answer.signingName);
  const shape = model.outputOf(answer.operation);
  checkedOperations.add(`${answer.signingName}:${answer.operation}`);
  throwIfAny(answer, shape === undefined ? unexpectedBody(answer) : successProblems(answer, shape, output));
}

/** Verifies an error: its name, and on whose side its status code sees the fault. */
export function checkError(answer: Answer): void {
  const { signingName, operation, status } = answer;
  const { code, members } = errorIn(answer);
  if (isThrottling(code)) return;
  if (isExempt(code, `${signingName}:${operation}`)) return;
  const declared = modelOf(signingName).errorsOf(operation).get(code);
  const side = declared?.side ?? commonError(signingName, code);
  throwIfAny(answer, side === undefined ? [`the operation does not declare the error ${code}, and it is not an error of all operations`] : [
    ...(status >= 500) === (side === 'server') ? [] : [`the status code of ${code} is ${status}, but the fault is that of the ${side}`],
    ...declared && !isXml(answer) ? problemsOf(members, declared.shape, 'epoch-seconds', code) : [],
  ]);
}

/** The operations whose answers were verified, as `ecr:DescribeImages`. */
export const checkedOperations = new Set<string>();

interface ErrorTraits {
  readonly error: 'client' | 'server';
  /** Code and status code in the query protocol. */
  readonly awsQueryError?: readonly [string, number];
}

interface ErrorShape {
  readonly side: 'client' | 'server';
  readonly shape: Shape;
}

/** The model of one service. Everything is read when it is needed, and once. */
class Model {
  private readonly declarations: Declarations;
  private readonly client: Readonly<Record<string, unknown>>;
  private readonly shapes: Shapes;
  private readonly outputs = new Map<string, Shape | undefined>();
  private readonly errors = new Map<string, ReadonlyMap<string, ErrorShape>>();

  constructor(client: string) {
    this.client = requireOnce(client) as Readonly<Record<string, unknown>>;
    this.declarations = new Declarations(client);
    this.shapes = new Shapes(this.client, this.declarations);
  }

  /** Returns the output of an operation; undefined if it has none. */
  outputOf(operation: string): Shape | undefined {
    if (!this.outputs.has(operation)) this.outputs.set(operation, this.readOutput(operation));
    return this.outputs.get(operation);
  }

  /** Returns the errors that an operation declares, by the code that the service sends. */
  errorsOf(operation: string): ReadonlyMap<string, ErrorShape> {
    const known = this.errors.get(operation);
    if (known) return known;
    const names = this.client[`${operation}$`] === undefined ? [] : this.declarations.errorsOf(operation);
    const errors = new Map(names.map(name => {
      const schema = this.client[`${name}$`] as [number, string, string, ErrorTraits];
      const { error, awsQueryError } = schema[3];
      return [awsQueryError?.[0] ?? name, { side: error, shape: this.shapes.error(schema) }] as const;
    }));
    this.errors.set(operation, errors);
    return errors;
  }

  private readOutput(operation: string): Shape | undefined {
    const schema = this.client[`${operation}$`] as [unknown, unknown, string, unknown, unknown, () => unknown] | undefined;
    if (!schema) throw new ModelViolation(`the service has no operation ${operation}`);
    return this.shapes.output(schema[5]);
  }
}

/** Number of problems in a message. */
const MOST_PROBLEMS = 5;

const models = new Map<string, Model>();

function modelOf(signingName: string): Model {
  const known = models.get(signingName);
  if (known) return known;
  const client = CLIENTS[signingName];
  if (client === undefined) throw new Error(`test/sdk-model/packages.ts does not name the client of ${signingName}`);
  const model = new Model(client);
  models.set(signingName, model);
  return model;
}

function successProblems(answer: Answer, shape: Shape, output: object | undefined): string[] {
  if (shape.kind !== 'structure') throw new Error(`${answer.operation} does not return a structure`);
  const headers = [...shape.members].flatMap(([name, { header }]) => header === undefined ? [] : [[name, header] as const]);
  const inHeaders = Object.fromEntries(headers.flatMap(([name, header]) =>
    answer.headers[header] === undefined ? [] : [[name, leafFrom(answer.headers[header], shape.members.get(name)!.shape)]]));
  const payload = [...shape.members.values()].some(({ isPayload, shape: { kind } }) => isPayload || kind === 'blob');
  const body = payload ? {} : isXml(answer) ? bodyOf(answer, shape) : output ?? {};
  return problemsOf({ ...body, ...inHeaders }, shape, isXml(answer) ? 'date-time' : 'epoch-seconds', answer.operation);
}

function unexpectedBody({ body, operation }: Answer): string[] {
  return body === '' || body === '{}' ? [] : [`${operation} has no output, got ${body.slice(0, 80)}`];
}

function isXml({ headers, signingName }: Answer): boolean {
  return signingName === 's3' || (headers['content-type'] ?? '').includes('xml');
}

/** Returns the output in the body of the query protocol, which is in two elements, or of REST with XML. */
function bodyOf({ body, operation, signingName }: Answer, shape: Shape): Record<string, unknown> {
  if (body === '') return {};
  const root = Object.values(parseXml(body))[0] as Record<string, unknown>;
  const output = signingName === 's3' ? root : root[`${operation}Result`];
  return fromXml(output, shape) as Record<string, unknown>;
}

function errorIn(answer: Answer): { readonly code: string; readonly members: Record<string, unknown> } {
  if (isXml(answer)) {
    const root = Object.values(parseXml(answer.body))[0] as Record<string, unknown>;
    const error = (isRecord(root.Error) ? root.Error : root) as Record<string, unknown>;
    return { code: String(error.Code), members: error };
  }
  const { __type, ...members } = JSON.parse(answer.body) as Record<string, unknown>;
  return { code: String(__type ?? answer.headers['x-amzn-errortype']), members };
}

/** Gives the text of elements the types of the shape. Text that does not fit stays as it is. */
function fromXml(node: unknown, shape: Shape): unknown {
  switch (shape.kind) {
    case 'structure': {
      if (node === '') return {};
      if (!isRecord(node)) return node;
      const names = new Map([...shape.members].map(([name, { element }]) => [element, name]));
      return Object.fromEntries(Object.entries(node).filter(([element]) => element !== 'xmlns').map(([element, value]) => {
        const name = names.get(element) ?? element;
        const member = shape.members.get(name);
        return [name, member ? memberFrom(value, member) : value];
      }));
    }
    case 'list': return isRecord(node) ? entriesFrom(node[shape.element], shape.entry) : node === '' ? [] : node;
    case 'map': throw new Error('maps in XML are not read');
    default: return leafFrom(node, shape);
  }
}

function memberFrom(value: unknown, { shape, isFlat }: Member): unknown {
  return shape.kind === 'list' && isFlat ? entriesFrom(value, shape.entry) : fromXml(value, shape);
}

function entriesFrom(value: unknown, entry: Shape): unknown[] {
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).map(each => fromXml(each, entry));
}

function leafFrom(value: unknown, { kind }: Shape): unknown {
  if (kind === 'number' && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (kind === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function parseXml(text: string): Record<string, unknown> {
  return (requireOnce('@aws-sdk/xml-builder') as typeof XmlBuilder).parseXML(text) as Record<string, unknown>;
}

function throwIfAny({ signingName, operation }: Answer, found: readonly string[]): void {
  const problems = found.filter(problem => !isExempt(problem, `${signingName}:${operation}`));
  if (problems.length === 0) return;
  const more = problems.length > MOST_PROBLEMS ? `; and ${problems.length - MOST_PROBLEMS} more` : '';
  const text = `${signingName}:${operation} ${problems.slice(0, MOST_PROBLEMS).join('; ')}${more}`;
  recordViolation(text);
  throw new ModelViolation(text);
}
