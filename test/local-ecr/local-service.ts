import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { accessDenied } from './authorisation';
import { AwsError } from './aws-error';
import { connectionError, Fault, FaultKind, Faults } from './faults';
import type { Grant } from './iam';
import { InProcessTransport, InProcessTransportOptions } from './in-process-transport';
import { Exchange, LoopbackServer } from './loopback-server';
import type { PrincipalProps } from './principal';
import { Principals } from './principals';
import { RateLimit, RateLimits } from './rate-limits';
import { Readings } from './readings';
import { Answer, checkError, checkSuccess } from '../sdk-model/check-reply';

export type Input = Record<string, unknown>;

export interface LocalServiceOptions {
  /** @default - a free one */
  readonly port?: number;
  /** Added to every request. @default 0 */
  readonly latencyMs?: number;
  /** Principals of another fake, if one process calls both. They then share policies, used grants, and kills. */
  readonly principals?: Principals;
  /** Readings that several fakes share. @default - as assumed */
  readonly readings?: Readings;
  /** @default - the real time */
  readonly now?: () => Date;
}

export interface ServiceRequest {
  readonly operation: string;
  readonly input: Input;
  readonly accessKeyId: string;
  readonly region: string;
  /** A fault that the operation itself must handle. */
  readonly fault?: Fault;
}

export interface Call {
  readonly operation: string;
  readonly accessKeyId: string;
  readonly region: string;
  readonly repositoryName?: string;
  readonly input: Input;
  /** 'ok', the name of the error, or the fault of the connection. 'hang' and 'dead' mean no response and no effect. */
  readonly outcome: string;
  readonly fault?: FaultKind;
}

export interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Method and URL of a request. Used only by REST, because other protocols post everything to `/`. */
export interface RequestLine {
  readonly method: string;
  readonly url: URL;
}

/** How a service throttles a call. */
export interface Throttling {
  /** Name of the error. An empty text means a response without a name and a body, as from a proxy. @default - that of the protocol */
  readonly code?: string;
  /** @default - that of the protocol */
  readonly status?: number;
}

/** Protocol of a service: JSON 1.1, the query protocol, or REST. */
export interface Wire {
  readonly signingName: string;
  read(headers: IncomingHttpHeaders, body: string, line: RequestLine): { readonly operation: string; readonly input: Input };
  success(operation: string, output: object, requestId: string): Reply;
  failure(error: AwsError, requestId: string): Reply;
}

/** Base of all fake AWS services: callers, faults, rate limits, latency, and the log. Signatures are read, but not verified. */
export abstract class LocalService {
  /** Whether answers are verified against the model in the SDK. A process without packages cannot do that. */
  static verifiesAnswers = true;

  readonly faults = new Faults();
  readonly principals: Principals;
  readonly readings: Readings;
  calls = new Array<Call>();
  latencyMs: number;
  /** For the fault `throttle` and for rate limits. Services of AWS use several names. */
  throttling: Throttling = {};
  /** Called and awaited for each call after its effect and before its response, so that a test can change the state between two calls. */
  onCall?: (call: Call) => void | Promise<void>;
  /** A test can set it before or between calls. */
  now: () => Date;
  /** Clock in milliseconds for rate limits. A test can set it before it sets a limit. */
  elapsed?: () => number;
  private readonly rateLimits = new RateLimits(() => this.elapsed?.() ?? performance.now());
  private server?: LoopbackServer;

  protected constructor(private readonly wire: Wire, private readonly options: LocalServiceOptions) {
    this.readings = options.readings ?? new Readings();
    this.principals = options.principals ?? new Principals(this.readings);
    this.latencyMs = options.latencyMs ?? 0;
    this.now = options.now ?? (() => new Date());
  }

  get endpoint(): string {
    return this.started.url;
  }

  /** The same service without sockets, for clients in this process. */
  inProcess(options: InProcessTransportOptions = {}): InProcessTransport {
    return new InProcessTransport(() => this.started.listener, options);
  }

  private get started(): LoopbackServer {
    if (!this.server) throw new Error('not started');
    return this.server;
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  principal(accessKeyId: string, props: PrincipalProps): void {
    this.principals.define(accessKeyId, props);
  }

  granted(accessKeyId: string): Grant[] {
    return this.principals.granted(accessKeyId);
  }

  revive(accessKeyId: string): void {
    this.principals.revive(accessKeyId);
  }

  limitRate(limit: RateLimit): void {
    this.rateLimits.set(limit);
  }

  clearCalls(): void {
    this.calls = [];
  }

  /**
   * Handles a call without HTTP and without the SDK, which take most of its time, for simulations of millions of calls. There are no faults
   * and no latency.
   */
  async call(request: ServiceRequest): Promise<object> {
    let output: object;
    try {
      this.refuse(request, undefined);
      output = await this.perform(request);
    } catch (error) {
      await this.log(request, asAwsError(error).code);
      throw error;
    }
    await this.log(request, 'ok');
    return output;
  }

  protected abstract perform(request: ServiceRequest): object | Promise<object>;

  protected describe(_input: Input): Pick<Call, 'repositoryName'> {
    return {};
  }

  /** Returns the input to store in `calls`. */
  protected logged(input: Input): Input {
    return input;
  }

  /** Handles a different protocol on the same server, based on the request line and the headers. */
  protected stream(_request: IncomingMessage, _response: ServerResponse): Promise<void> | undefined {
    return undefined;
  }

  protected async listen(): Promise<void> {
    const stream = (request: IncomingMessage, response: ServerResponse) => this.stream(request, response);
    this.server = await LoopbackServer.start(exchange => this.serve(exchange), this.options.port, stream);
  }

  private async serve({ request, response, body }: Exchange): Promise<void> {
    const requestId = randomUUID();
    const answer = (reply: Reply) => response.writeHead(reply.status, reply.headers).end(reply.body);
    let incoming: ServiceRequest;
    try {
      const line = { method: request.method ?? '', url: new URL(request.url ?? '/', 'http://localhost') };
      incoming = { ...this.wire.read(request.headers, body, line), ...callerOf(request.headers.authorization, this.wire.signingName) };
    } catch (error) {
      answer(this.failure(asAwsError(error), '', requestId));
      return;
    }
    const { operation, accessKeyId, region } = incoming;
    const log = (outcome: string, kind?: FaultKind) => this.log(incoming, outcome, kind);
    if (this.principals.isDead(accessKeyId)) {
      await log('dead');
      request.socket.destroy();
      return;
    }
    if (this.latencyMs > 0) await new Promise(resolve => setTimeout(resolve, this.latencyMs));
    const fault = this.faults.take(operation, accessKeyId, region);
    const broken = connectionError(fault?.kind);
    if (fault && (broken || fault.kind === 'hang')) {
      await log(fault.kind, fault.kind);
      if (broken) request.socket.destroy(broken);
      return;
    }
    let outcome = 'ok';
    let reply: Reply;
    try {
      this.refuse(incoming, fault);
      const output = this.perform(fault ? { ...incoming, fault } : incoming);
      // Most operations end in the same turn, so that tests of concurrent calls control their order.
      reply = this.success(operation, output instanceof Promise ? await output as object : output, requestId);
    } catch (error) {
      const refusal = asAwsError(error);
      outcome = refusal.code;
      reply = this.failure(refusal, operation, requestId);
    }
    if (fault?.kind === 'killAfter') this.principals.kill(accessKeyId);
    await log(outcome, fault?.kind);
    // A request of a killed caller has its effect, but no response.
    if (this.principals.isDead(accessKeyId)) request.socket.destroy();
    else answer(reply);
  }

  private success(operation: string, output: object, requestId: string): Reply {
    const reply = this.wire.success(operation, output, requestId);
    if (LocalService.verifiesAnswers) checkSuccess(this.answer(operation, reply), output);
    return reply;
  }

  private failure(error: AwsError, operation: string, requestId: string): Reply {
    if (error.code === '') return { status: error.status, headers: {}, body: '' };
    const reply = this.wire.failure(error, requestId);
    try {
      if (LocalService.verifiesAnswers) checkError(this.answer(operation, reply));
    } catch (violation) {
      return this.wire.failure(asAwsError(violation), requestId);
    }
    return reply;
  }

  private answer(operation: string, reply: Reply): Answer {
    return { signingName: this.wire.signingName, operation, ...reply };
  }

  private async log({ operation, accessKeyId, region, input }: ServiceRequest, outcome: string, kind?: FaultKind): Promise<void> {
    const call: Call = {
      operation, accessKeyId, region, ...this.describe(input), input: this.logged(input), outcome, ...kind ? { fault: kind } : {},
    };
    this.calls.push(call);
    await this.onCall?.(call);
  }

  protected refuse({ operation, accessKeyId, region }: Omit<ServiceRequest, 'input'>, fault: Fault | undefined): void {
    if (fault?.kind === 'throttle' || !this.rateLimits.admits(operation, region)) {
      const isOther = this.wire.signingName === 'ecr' && this.readings.isOther('throttling-code');
      const { code = isOther ? 'ThrottleException' : 'ThrottlingException', status } = this.throttling;
      throw new AwsError(code, 'Rate exceeded', status);
    }
    if (fault?.kind === 'serverError') throw new AwsError('ServerException', 'Service is unavailable. Please try again later.', 500);
    if (fault?.kind === 'accessDenied') {
      throw accessDenied(this.principals.find(accessKeyId).arn, { action: `${this.wire.signingName}:${operation}`, resource: '*' });
    }
  }
}

function callerOf(authorization: string | undefined, signingName: string): { accessKeyId: string; region: string } {
  const scope = /Credential=([^/\s]+)\/\d{8}\/([^/\s]+)\/([^/\s]+)\/aws4_request/.exec(authorization ?? '');
  if (!scope) throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const [, accessKeyId, region, service] = scope;
  if (service !== signingName) {
    throw new AwsError('InvalidSignatureException', `Credential should be scoped to correct service: '${signingName}'.`);
  }
  return { accessKeyId, region };
}

function asAwsError(error: unknown): AwsError {
  // Not retryable, unlike a 5xx, so that a defect of the fake is visible immediately.
  return error instanceof AwsError ? error
    : new AwsError('LocalServiceDefect', error instanceof Error ? error.stack ?? error.message : String(error));
}
