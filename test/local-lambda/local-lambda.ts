/** A local AWS Lambda for calls of handlers. Behavior and sources: README.md. */
import { FunctionProps, LambdaFunction, notFound } from './function';
import { restWire } from './rest-wire';
import { accessDenied } from '../local-ecr/authorisation';
import { AwsError } from '../local-ecr/aws-error';
import { Input, LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import { PageTokens } from '../local-ecr/page-tokens';
import type { Place } from '../local-ecr/registry';

export interface LocalLambdaOptions extends LocalServiceOptions {
  /** Maximum number of rows in a page. @default 50 */
  readonly pageSize?: number;
}

interface Reference {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly qualifier?: string;
}

const MEMBERS: Record<string, readonly string[]> = {
  ListFunctions: ['FunctionVersion', 'Marker', 'MaxItems'],
  GetFunction: ['FunctionName', 'Qualifier'],
};

export class LocalLambda extends LocalService {
  static async start(options: LocalLambdaOptions = {}): Promise<LocalLambda> {
    const lambda = new LocalLambda(options);
    await lambda.listen();
    return lambda;
  }

  /** By ARN. */
  private readonly functions = new Map<string, LambdaFunction>();
  private readonly tokens = new PageTokens();
  private readonly pageSize: number;

  private constructor(options: LocalLambdaOptions) {
    super(restWire, options);
    this.pageSize = Math.min(50, options.pageSize ?? 50);
  }

  /** Creates or replaces the function, and returns its ARN. */
  function(name: string, props: FunctionProps = {}, place: Place = {}): string {
    const added = new LambdaFunction(name, props, place, this.now());
    this.functions.set(added.arn, added);
    return added.arn;
  }

  /** Deletes the function. */
  deleteFunction(arn: string): void {
    if (!this.functions.delete(arn)) throw new Error(`no function ${arn}`);
  }

  protected perform(request: ServiceRequest): object {
    const { operation, input, fault } = request;
    if (fault?.kind === 'kms' || fault?.kind === 'imageFailure') throw new Error(`${operation} cannot act out the fault "${fault.kind}"`);
    const unknown = Object.keys(input).filter(member => !MEMBERS[operation].includes(member));
    if (unknown.length > 0) throw new Error(`${unknown.join(', ')} of ${operation} is not modelled`);
    return operation === 'ListFunctions' ? this.listFunctions(request) : this.getFunction(request);
  }

  private listFunctions({ input, accessKeyId, region }: ServiceRequest): object {
    this.principals.authorise(accessKeyId, [{ action: 'lambda:ListFunctions', resource: '*' }]);
    const { FunctionVersion: versions, Marker: marker } = input as Record<string, string | undefined>;
    if (versions !== undefined && versions !== 'ALL') throw invalid(versions, 'functionVersion', 'satisfy enum value set: [ALL]');
    const size = Math.min(maxItems(input), this.pageSize);
    const prefix = `arn:aws:lambda:${region}:${this.principals.find(accessKeyId).account}:function:`;
    const rows = [...this.functions.values()].filter(({ arn }) => arn.startsWith(prefix)).flatMap(each => each.list(versions === 'ALL'));
    const scope = `${prefix} ${versions ?? ''}`;
    const from = this.open(scope, marker);
    return {
      Functions: rows.slice(from, from + size),
      ...from + size < rows.length ? { NextMarker: this.tokens.seal(scope, [from + size]) } : {},
    };
  }

  private getFunction({ input, accessKeyId, region }: ServiceRequest): object {
    const { arn: caller, account } = this.principals.find(accessKeyId);
    const reference = read(input, { account, region });
    const arn = `arn:aws:lambda:${reference.region}:${reference.account}:function:${reference.name}`;
    const qualified = reference.qualifier === undefined ? arn : `${arn}:${reference.qualifier}`;
    const need = { action: 'lambda:GetFunction', resource: this.readings.isOther('lambda-qualified-arn') ? arn : qualified };
    if (reference.account !== account) throw accessDenied(caller, need);
    this.principals.authorise(accessKeyId, [need]);
    if (reference.region !== region) {
      const sentence = `Functions from '${reference.region}' are not reachable in this region ('${region}')`;
      throw new AwsError('ResourceNotFoundException', sentence, 404);
    }
    const found = this.functions.get(arn);
    if (!found) throw notFound(qualified);
    return found.get(reference.qualifier);
  }

  private open(scope: string, marker: string | undefined): number {
    try {
      return this.tokens.open(scope, marker)?.[0] ?? 0;
    } catch {
      throw new AwsError('InvalidParameterValueException', 'Invalid marker');
    }
  }
}

/** `name`, `account:function:name` or an ARN, each with `:qualifier` or without. */
function read({ FunctionName: text, Qualifier: asked }: Input, here: { readonly account: string; readonly region: string }): Reference {
  const pattern = /^(?:(?:arn:aws:lambda:([a-z0-9-]+):)?(\d{12}):function:)?([\w-]{1,64})(?::(\$LATEST|[\w-]+))?$/;
  const [, region = here.region, account = here.account, name, inName] = pattern.exec(String(text)) ?? [];
  if (!name) throw invalid(text, 'functionName', `satisfy regular expression pattern: ${pattern.source}`);
  if (inName !== undefined && asked !== undefined && inName !== asked) {
    throw new AwsError('InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.');
  }
  const qualifier = asked as string | undefined ?? inName;
  return { name, account, region, ...qualifier === undefined ? {} : { qualifier } };
}

function maxItems({ MaxItems: text }: Input): number {
  const value = text === undefined ? 50 : Number(text);
  if (!Number.isInteger(value)) throw invalid(text, 'maxItems', 'be an integer');
  if (value < 1) throw invalid(text, 'maxItems', 'have value greater than or equal to 1');
  if (value > 10_000) throw invalid(text, 'maxItems', 'have value less than or equal to 10000');
  return value;
}

function invalid(value: unknown, at: string, constraint: string): AwsError {
  return new AwsError('ValidationException',
    `1 validation error detected: Value '${String(value)}' at '${at}' failed to satisfy constraint: Member must ${constraint}`);
}
