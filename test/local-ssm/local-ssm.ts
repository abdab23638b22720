/** A local Parameter Store of AWS Systems Manager, with parameters of the type String. Behavior and sources: README.md. */
import { crc32 } from 'node:zlib';
import { maxResults, parameterName, parameterPath, parameterValue, refuseOthers, requireWritable } from './constraints';
import { AwsError } from '../local-ecr/aws-error';
import { epochSeconds } from '../local-ecr/epoch-seconds';
import type { IamContext } from '../local-ecr/iam';
import { jsonWire } from '../local-ecr/json-wire';
import { Input, LocalService, LocalServiceOptions, ServiceRequest } from '../local-ecr/local-service';
import { PageTokens } from '../local-ecr/page-tokens';
import { DEFAULT_ACCOUNT } from '../local-ecr/principals';
import type { Place } from '../local-ecr/registry';

/** Errors that have a member `Message`; others have a member `message`. */
const CAPITALIZED = ['InternalServerError', 'InvalidNextToken', 'TooManyUpdates'];

export interface LocalSsmOptions extends LocalServiceOptions {
  /** Most parameters in a page, also if a request allows more. @default 10 */
  readonly pageSize?: number;
}

interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly version: number;
  readonly modifiedAt: number;
}

type Parameters = ReadonlyMap<string, Parameter>;

/** The parameters of one account in one Region. Names with and without a slash at the beginning are the same. */
class Store {
  private current: Parameters = new Map();
  /** What the next read shows, if it shows a write late. */
  private before?: Parameters;

  constructor(readonly prefix: string) {}

  get parameters(): Parameters {
    return this.current;
  }

  find(name: string): Parameter | undefined {
    return this.current.get(keyOf(name));
  }

  /** @param isLate whether the next read shows the parameters before this write */
  write(name: string, parameter: Parameter | undefined, isLate: boolean): void {
    if (isLate) this.before ??= this.current;
    const next = new Map(this.current);
    if (parameter) next.set(keyOf(name), parameter);
    else next.delete(keyOf(name));
    this.current = next;
  }

  read(): Parameters {
    const shown = this.before ?? this.current;
    this.before = undefined;
    return shown;
  }
}

export class LocalSsm extends LocalService {
  static async start(options: LocalSsmOptions = {}): Promise<LocalSsm> {
    const ssm = new LocalSsm(options);
    await ssm.listen();
    return ssm;
  }

  /** Number of pages without parameters at the beginning of each list. */
  emptyPages = 0;
  private readonly pageSize: number;
  private readonly tokens = new PageTokens();
  private readonly stores = new Map<string, Store>();

  private constructor({ pageSize = 10, ...options }: LocalSsmOptions) {
    const message = (code: string) => CAPITALIZED.includes(code) ? 'Message' : 'message';
    super(jsonWire('ssm', 'AmazonSSM', { message, names: { ServerException: 'InternalServerError' } }), options);
    this.pageSize = pageSize;
  }

  /** Creates or replaces a parameter, as somebody else does. */
  put(name: string, value: string, place: Place = {}): void {
    this.write(this.storeOf(place), name, value, false);
  }

  /** Deletes a parameter, as somebody else does. */
  remove(name: string, place: Place = {}): void {
    this.storeOf(place).write(name, undefined, false);
  }

  /** Returns the values of all parameters by name, sorted by name. */
  values(place: Place = {}): Record<string, string> {
    const parameters = [...this.storeOf(place).parameters.values()].sort((one, other) => one.name < other.name ? -1 : 1);
    return Object.fromEntries(parameters.map(({ name, value }) => [name, value]));
  }

  protected perform({ operation, input, accessKeyId, region, fault }: ServiceRequest): object {
    if (fault?.kind === 'kms' || fault?.kind === 'imageFailure') throw new Error(`${operation} cannot act out the fault "${fault.kind}"`);
    const store = this.storeOf({ account: this.principals.find(accessKeyId).account, region });
    const authorise = (name: string, context: IamContext = {}) => this.principals.authorise(accessKeyId, [{
      action: `ssm:${operation}`, resource: `${store.prefix}${keyOf(name)}`, context,
    }]);
    switch (operation) {
      case 'PutParameter': return this.putParameter(store, input, authorise);
      case 'GetParameter': return this.getParameter(store, input, authorise);
      case 'GetParametersByPath': return this.getParametersByPath(store, input, authorise);
      case 'DeleteParameter': return this.deleteParameter(store, input, authorise);
      default: throw new AwsError('UnknownOperationException', 'The operation is not known');
    }
  }

  private putParameter(store: Store, input: Input, authorise: (name: string, context: IamContext) => void): object {
    refuseOthers('PutParameter', input, ['Name', 'Value', 'Type', 'Overwrite', 'Tier', 'Description', 'DataType']);
    const { Type, Overwrite = false, Tier = 'Standard', DataType = 'text' } = input;
    const name = parameterName(input.Name, store.prefix);
    authorise(name, { 'ssm:Overwrite': String(Overwrite) });
    requireWritable(name);
    const value = parameterValue(input.Value);
    if (![undefined, 'String'].includes(Type as string) || Tier !== 'Standard' || DataType !== 'text') {
      throw new Error('only text of the type String in the tier Standard is modelled');
    }
    const isNew = store.find(name) === undefined;
    if (isNew && Type === undefined) throw new AwsError('ValidationException', 'A parameter type is required when you create a parameter.');
    if (!isNew && Overwrite !== true) {
      throw new AwsError('ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.');
    }
    return { Version: this.write(store, name, value, this.readings.isOther('parameter-read-after-write')).version, Tier };
  }

  private getParameter(store: Store, input: Input, authorise: (name: string) => void): object {
    refuseOthers('GetParameter', input, ['Name', 'WithDecryption']);
    const name = parameterName(input.Name, store.prefix);
    authorise(name);
    const parameter = store.read().get(keyOf(name));
    if (!parameter) throw notFound();
    return { Parameter: view(parameter, store) };
  }

  private getParametersByPath(store: Store, input: Input, authorise: (path: string, context: IamContext) => void): object {
    refuseOthers('GetParametersByPath', input, ['Path', 'Recursive', 'WithDecryption', 'MaxResults', 'NextToken']);
    const { Recursive = false, NextToken } = input;
    const path = parameterPath(input.Path);
    authorise(path, { 'ssm:Recursive': String(Recursive) });
    const scope = JSON.stringify([path, Recursive]);
    const [empty, after] = this.open(scope, NextToken as string | undefined);
    if (empty > 0) return { Parameters: [], NextToken: this.tokens.seal(scope, [empty - 1, after]) };

    const folder = keyOf(path).replace(/\/?$/, '/').replace(/^\//, '');
    const isListed = (key: string) => key.startsWith(folder) && (Recursive === true || !key.slice(folder.length).includes('/'));
    const rows = [...store.read()].filter(([key]) => isListed(key))
      .map(([key, parameter]) => ({ checksum: crc32(key), parameter })).filter(({ checksum }) => checksum > after)
      .sort((one, other) => one.checksum - other.checksum);
    const page = rows.slice(0, Math.min(this.pageSize, maxResults(input.MaxResults)));
    return {
      Parameters: page.map(({ parameter }) => view(parameter, store)),
      ...rows.length > page.length ? { NextToken: this.tokens.seal(scope, [0, page[page.length - 1].checksum]) } : {},
    };
  }

  private deleteParameter(store: Store, input: Input, authorise: (name: string) => void): object {
    refuseOthers('DeleteParameter', input, ['Name']);
    const name = parameterName(input.Name, store.prefix);
    authorise(name);
    if (!store.find(name)) throw notFound();
    store.write(name, undefined, this.readings.isOther('parameter-read-after-write'));
    return {};
  }

  /** Returns how many empty pages follow, and the checksum after which the page begins. */
  private open(scope: string, token: string | undefined): number[] {
    try {
      return this.tokens.open(scope, token) ?? [this.emptyPages, -1];
    } catch {
      throw new AwsError('InvalidNextToken', 'The specified token isn\'t valid.');
    }
  }

  private write(store: Store, name: string, value: string, isLate: boolean): Parameter {
    const version = (store.find(name)?.version ?? 0) + 1;
    const parameter = { name: store.find(name)?.name ?? name, value, version, modifiedAt: this.now().getTime() };
    store.write(name, parameter, isLate);
    return parameter;
  }

  private storeOf({ account = DEFAULT_ACCOUNT, region = 'us-east-1' }: Place): Store {
    const prefix = `arn:aws:ssm:${region}:${account}:parameter/`;
    const store = this.stores.get(prefix) ?? new Store(prefix);
    this.stores.set(prefix, store);
    return store;
  }
}

function keyOf(name: string): string {
  return name.replace(/^\//, '');
}

function view({ name, value, version, modifiedAt }: Parameter, { prefix }: Store): object {
  return {
    Name: name,
    Type: 'String',
    Value: value,
    Version: version,
    LastModifiedDate: epochSeconds(modifiedAt),
    ARN: `${prefix}${keyOf(name)}`,
    DataType: 'text',
  };
}

/** The real service sends no message. */
function notFound(): AwsError {
  return new AwsError('ParameterNotFound', '');
}
