import { createServer, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly body: string;
}

/** Handles a request with an unread body, or returns it so that the body is read. */
export type StreamHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | undefined;

export type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** An HTTP server on 127.0.0.1 that passes on complete requests and stops immediately, including idle and hanging sockets. */
export class LoopbackServer {
  static async start(handle: (exchange: Exchange) => Promise<void>, port = 0, stream: StreamHandler = () =>
    undefined): Promise<LoopbackServer> {
    const listener: Listener = (request, response) => {
      const failed = (error: unknown) => {
        if (!response.headersSent) response.statusCode = 500;
        response.end(`the local server failed: ${error instanceof Error ? error.stack : String(error)}`);
      };
      // A client that disconnects is not an error of the server.
      request.on('error', () => undefined);
      const streamed = stream(request, response);
      if (streamed) {
        streamed.catch(failed);
        return;
      }
      const chunks = new Array<Buffer>();
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        handle({ request, response, body: Buffer.concat(chunks).toString('utf8') }).catch(failed);
      });
    };
    const server = createServer(listener);
    // Otherwise, a socket timeout during a new request would make tests flaky.
    server.keepAliveTimeout = 120_000;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return new LoopbackServer(server, listener);
  }

  readonly url: string;

  private constructor(private readonly server: Server, readonly listener: Listener) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>(resolve => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }
}
