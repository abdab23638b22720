/** A forward proxy on 127.0.0.1. Behavior and sources: README.md. */
import { createServer, IncomingMessage, Server } from 'node:http';
import { AddressInfo, connect, createServer as createTcpServer, Server as TcpServer, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from './certificate';

export interface LocalProxyOptions {
  /** Required user name and password. @default - none */
  readonly credentials?: { readonly username: string; readonly password: string };
}

/** A request for a connection, in the order of arrival. */
export interface ProxyRequest {
  /** Host and port. */
  readonly target: string;
  /** 0 without a response. */
  readonly status: number;
}

type Fault = { readonly target: string } & (
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'hang' | 'reset' }
  | { readonly kind: 'cut'; readonly afterBytes: number }
);

/** Opens connections to the hosts that a test makes known, which nobody else can reach by these names. */
export class LocalProxy {
  static async start(options: LocalProxyOptions = {}): Promise<LocalProxy> {
    const proxy = new LocalProxy(options);
    await listen(proxy.server);
    return proxy;
  }

  readonly requests = new Array<ProxyRequest>();
  private readonly server: Server = createServer((_request, response) => {
    response.writeHead(405).end();
  });
  private readonly fronts = new Array<TcpServer>();
  private readonly sockets = new Set<Socket>();
  private readonly routes = new Map<string, number>();
  private readonly refused = new Set<string>();
  private readonly faults = new Array<Fault>();
  private credentials?: LocalProxyOptions['credentials'];

  private constructor({ credentials }: LocalProxyOptions) {
    this.credentials = credentials;
    this.server.on('connection', socket => this.remember(socket));
    this.server.on('connect', (request, socket, first) => this.serve(request, socket as Socket, first));
  }

  get url(): string {
    return `http://${this.host}`;
  }

  get host(): string {
    return `127.0.0.1:${portOf(this.server)}`;
  }

  /** Targets of all connections that were opened. */
  get opened(): string[] {
    return this.requests.filter(({ status }) => status === 200).map(({ target }) => target);
  }

  /** Number of faults that have not occurred. */
  get pending(): number {
    return this.faults.length;
  }

  /** Makes a server on 127.0.0.1 known as a host. */
  route(target: string, url: string): void {
    this.routes.set(target, Number(new URL(url).port));
  }

  /** Makes a server without TLS known as a host with TLS. */
  async routeWithTls(host: string, url: string, { key, cert }: Certificate): Promise<void> {
    const behind = Number(new URL(url).port);
    const front = createTlsServer({ key, cert, ALPNProtocols: ['http/1.1'] }, socket =>
      join(socket, this.remember(connect(behind, '127.0.0.1'))));
    front.on('connection', socket => this.remember(socket));
    front.on('tlsClientError', () => undefined);
    await listen(front);
    this.fronts.push(front);
    this.routes.set(`${host}:443`, portOf(front));
  }

  /** Denies connections to a host. */
  refuse(host: string): void {
    this.refused.add(host);
  }

  changeCredentials(credentials: LocalProxyOptions['credentials']): void {
    this.credentials = credentials;
  }

  answer(times: number, status: number, target: string): void {
    this.add(times, { kind: 'status', status, target });
  }

  hang(times: number, target: string): void {
    this.add(times, { kind: 'hang', target });
  }

  reset(times: number, target: string): void {
    this.add(times, { kind: 'reset', target });
  }

  /** Opens a connection to the target, and closes it after the target has sent this number of bytes. */
  cut(times: number, afterBytes: number, target: string): void {
    this.add(times, { kind: 'cut', afterBytes, target });
  }

  async stop(): Promise<void> {
    const closed = [this.server, ...this.fronts].map(server => new Promise(resolve => server.close(resolve)));
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(closed);
  }

  private add(times: number, fault: Fault): void {
    for (let nth = 0; nth < times; nth++) this.faults.push(fault);
  }

  /** Returns the oldest fault that applies to the target. */
  private take(target: string): Fault | undefined {
    const nth = this.faults.findIndex(fault => fault.target === target);
    return nth === -1 ? undefined : this.faults.splice(nth, 1)[0];
  }

  private remember(socket: Socket): Socket {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    return socket;
  }

  private serve({ url: target = '', headers }: IncomingMessage, client: Socket, first: Buffer): void {
    const respond = (status: number, more = '') => {
      this.requests.push({ target, status });
      // pages of real proxies are long, and name the proxy and the user
      client.end(`HTTP/1.1 ${status} Local\r\n${more}content-length: 6\r\n\r\nsecret`);
    };
    if (!this.isAuthorized(headers['proxy-authorization'])) return respond(407, 'proxy-authenticate: Basic realm="local proxy"\r\n');
    const fault = this.take(target);
    if (fault?.kind === 'status') return respond(fault.status);
    if (fault?.kind === 'hang' || fault?.kind === 'reset') {
      this.requests.push({ target, status: 0 });
      if (fault.kind === 'reset') client.destroy();
      return;
    }
    if (this.refused.has(target.replace(/:\d+$/, ''))) return respond(403);
    const port = this.routes.get(target);
    if (port === undefined) return respond(503);
    this.requests.push({ target, status: 200 });
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    const server = this.remember(connect(port, '127.0.0.1'));
    server.write(first);
    join(client, server);
    if (fault?.kind !== 'cut') return;
    let sent = 0;
    server.on('data', (chunk: Buffer) => {
      sent += chunk.length;
      if (sent > fault.afterBytes) client.destroy();
    });
  }

  private isAuthorized(header: string | undefined): boolean {
    if (!this.credentials) return true;
    const { username, password } = this.credentials;
    return header === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
}

/** A port on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await listen(server);
  const port = portOf(server);
  await new Promise(resolve => server.close(resolve));
  return port;
}

function join(one: Socket, other: Socket): void {
  one.pipe(other).pipe(one);
  one.on('close', () => other.destroy());
  other.on('close', () => one.destroy());
}

function portOf(server: TcpServer): number {
  return (server.address() as AddressInfo).port;
}

async function listen(server: TcpServer): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}
