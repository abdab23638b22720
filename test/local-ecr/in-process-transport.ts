import { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buildQueryString, HttpRequest, HttpResponse } from '@smithy/core/protocols';
import type { Listener } from './loopback-server';

export interface InProcessTransportOptions {
  /**
   * Milliseconds until a request without a response fails, like `requestTimeout` with `throwOnRequestTimeout` of the SDK. @default - never
   */
  readonly requestTimeout?: number;
}

interface HandlerOptions {
  readonly abortSignal?: { readonly aborted: boolean; addEventListener?: unknown };
}

/**
 * A `requestHandler` of an SDK client without a socket. It passes the serialized and signed request to the listener of the HTTP server of a
 * fake. Serialization, signing, middleware, and retries are those of the SDK.
 *
 * It simulates a destroyed socket, a timeout, and an aborted request with the errors of the SDK's NodeHttpHandler.
 * in-process-transport.test.ts compares both. A reply must be complete, because streamed bodies need a socket.
 */
export class InProcessTransport {
  readonly metadata = { handlerProtocol: 'http/1.1' };

  constructor(private readonly listener: () => Listener, private readonly options: InProcessTransportOptions = {}) {}

  handle(request: HttpRequest, { abortSignal }: HandlerOptions = {}): Promise<{ response: HttpResponse }> {
    return new Promise((resolve, reject) => {
      const signal = abortSignal as AbortSignal | undefined;
      if (signal?.aborted) {
        reject(abortError(signal));
        return;
      }
      const socket = new Socket();
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      const fail = (error: Error) => {
        settle();
        reject(error);
        socket.destroy();
      };
      const onAbort = () => fail(abortError(signal!));
      const { requestTimeout } = this.options;
      const timer = requestTimeout === undefined ? undefined : setTimeout(() => fail(timeoutError(requestTimeout)), requestTimeout);
      signal?.addEventListener('abort', onAbort);
      let broken: Error | undefined;
      socket.once('error', error => { broken = Object.assign(error, { name: 'TimeoutError' }); });
      socket.once('close', () => fail(broken ?? hangUpError()));
      const incoming = incomingOf(request, socket);
      this.listener()(incoming, new WholeResponse(incoming, response => {
        settle();
        // Respond after the turn of the fake, as over a socket.
        setImmediate(() => resolve({ response }));
      }));
      sendBody(request.body, incoming);
    });
  }

  /** The SDK calls these methods. They have no effect. */
  updateHttpClientConfig(): void {}
  httpHandlerConfigs(): object {
    return {};
  }
  destroy(): void {}
}

function incomingOf({ method, path, query, headers }: HttpRequest, socket: Socket): IncomingMessage {
  const incoming = new IncomingMessage(socket);
  const queryString = buildQueryString(query);
  incoming.method = method;
  incoming.url = queryString ? `${path}?${queryString}` : path;
  incoming.headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])) as IncomingHttpHeaders;
  return incoming;
}

function sendBody(body: HttpRequest['body'], incoming: IncomingMessage): void {
  const end = () => {
    incoming.complete = true; // otherwise its end would close the socket, as one that breaks off
    incoming.push(null);
  };
  if (body instanceof Readable) {
    body.on('data', (chunk: Buffer) => incoming.push(chunk));
    body.on('end', end);
    body.on('error', error => incoming.destroy(error));
    return;
  }
  if (body !== undefined && body !== '') incoming.push(typeof body === 'string' ? Buffer.from(body) : body);
  end();
}

/** The part of ServerResponse that the fakes use for a complete reply. */
class WholeResponse extends ServerResponse {
  constructor(request: IncomingMessage, private readonly done: (response: HttpResponse) => void) {
    super(request);
  }

  override writeHead(statusCode: number, headers?: unknown): this {
    this.statusCode = statusCode;
    for (const [name, value] of Object.entries(headers as Record<string, string> ?? {})) this.setHeader(name, value);
    return this;
  }

  override write(): boolean {
    throw new Error('a streamed reply needs a socket');
  }

  override end(body?: unknown): this {
    const bytes = Buffer.from(body as string ?? '');
    const headers = Object.fromEntries(Object.entries(this.getHeaders()).map(([name, value]) => [name, String(value)]));
    this.done(new HttpResponse({ statusCode: this.statusCode, headers, body: Readable.from(bytes.length > 0 ? [bytes] : []) }));
    return this;
  }
}

/** What a client of `node:http` sees when the server destroys the socket before it answers; the SDK gives it the name. */
function hangUpError(): Error {
  return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
}

function timeoutError(milliseconds: number): Error {
  const message = `@smithy/node-http-handler - [ERROR] a request has exceeded the configured ${milliseconds} ms requestTimeout.`;
  return Object.assign(new Error(message), { name: 'TimeoutError', code: 'ETIMEDOUT' });
}

function abortError({ reason }: AbortSignal): Error {
  return Object.assign(new Error(reason && !(reason instanceof Error) ? String(reason) : 'Request aborted'), {
    name: 'AbortError', ...reason instanceof Error ? { cause: reason } : {},
  });
}
