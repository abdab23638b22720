/** The presigned URL for the responses of custom resources. Behavior and sources: README.md. */
import { connectionError, Fault, Faults } from '../local-ecr/faults';
import { Exchange, LoopbackServer } from '../local-ecr/loopback-server';
import { Principals } from '../local-ecr/principals';

export interface Delivery {
  readonly requestId: string;
  readonly method: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
  /** The body as JSON, or undefined if it is not JSON. */
  readonly json?: Record<string, unknown>;
  /** Status of the reply, or the fate of the socket. */
  readonly answer: number | 'reset' | 'hang' | 'killed' | 'dead';
  /** Whether CloudFormation received this body. */
  readonly accepted: boolean;
  readonly contentTypeIsEmpty: boolean;
  readonly isShortEnough: boolean;
}

export interface ResponseEndpointOptions {
  readonly port?: number;
  /** Principals of the other fakes, so that a killed process cannot respond here. */
  readonly principals?: Principals;
}

const LIMIT = 4096;
const STATUS: Partial<Record<Fault['kind'], number>> = { serverError: 500, throttle: 503, accessDenied: 403 };

export class ResponseEndpoint {
  static async start(options: ResponseEndpointOptions = {}): Promise<ResponseEndpoint> {
    const endpoint = new ResponseEndpoint(options.principals ?? new Principals());
    endpoint.server = await LoopbackServer.start(exchange => endpoint.serve(exchange), options.port);
    return endpoint;
  }

  readonly faults = new Faults();
  /** Every attempt, including refused and failed ones. */
  readonly deliveries = new Array<Delivery>();
  /** The responses that CloudFormation has read, in order. */
  readonly accepted = new Array<Delivery>();
  private taken = 0;
  private waiting = new Array<() => void>();
  private server?: LoopbackServer;

  private constructor(private readonly principals: Principals) {}

  /** `accessKeyId` is the caller that will respond. It matters only for `killAfter` and for killed callers. */
  url(requestId: string, accessKeyId = ''): string {
    return `${this.server!.url}/${encodeURIComponent(requestId)}?caller=${encodeURIComponent(accessKeyId)}&X-Amz-Signature=0000`;
  }

  /** Returns the next accepted delivery that was not returned yet. */
  async next(timeoutMs = 5000): Promise<Delivery> {
    if (this.taken >= this.accepted.length) {
      await new Promise<void>((resolve, reject) => {
        const arrived = () => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          this.waiting = this.waiting.filter(other => other !== arrived);
          reject(new Error(`no response within ${timeoutMs} ms`));
        }, timeoutMs);
        this.waiting.push(arrived);
      });
    }
    this.taken += 1;
    return this.accepted[this.taken - 1];
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  private async serve({ request, response, body }: Exchange): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const requestId = decodeURIComponent(url.pathname.slice(1));
    const caller = url.searchParams.get('caller') ?? '';
    const fault = this.principals.isDead(caller) ? undefined : this.faults.take(requestId, caller);
    const answer = this.principals.isDead(caller) ? 'dead' : answerTo(request.method, request.headers, fault);
    if (answer === 'killed' && caller !== '') this.principals.kill(caller);
    const contentTypeIsEmpty = request.headers['content-type'] === '';
    this.record({
      requestId,
      body,
      answer,
      contentTypeIsEmpty,
      method: request.method ?? '',
      headers: request.headers as Record<string, string | undefined>,
      ...parsed(body),
      accepted: answer === 200 || answer === 'killed',
      isShortEnough: Buffer.byteLength(body) < LIMIT,
    });
    if (typeof answer === 'number') response.writeHead(answer).end();
    else if (answer !== 'hang') request.socket.destroy();
  }

  private record(delivery: Delivery): void {
    this.deliveries.push(delivery);
    if (!delivery.accepted) return;
    this.accepted.push(delivery);
    this.waiting.shift()?.();
  }
}

function answerTo(method: string | undefined, headers: Exchange['request']['headers'], fault: Fault | undefined): Delivery['answer'] {
  if (connectionError(fault?.kind)) return 'reset';
  if (fault?.kind === 'hang') return fault.kind;
  if (fault?.kind === 'kms' || fault?.kind === 'imageFailure') {
    throw new Error(`a response endpoint cannot act out the fault "${fault.kind}"`);
  }
  if (fault && STATUS[fault.kind] !== undefined) return STATUS[fault.kind]!;
  if (method !== 'PUT') return 403;
  if (headers['content-length'] === undefined) return 501;
  if ((headers['content-type'] ?? '') !== '') return 403;
  return fault?.kind === 'killAfter' ? 'killed' : 200;
}

function parsed(body: string): { json?: Record<string, unknown> } {
  try {
    return { json: JSON.parse(body) as Record<string, unknown> };
  } catch {
    return {};
  }
}
