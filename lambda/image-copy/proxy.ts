import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { ForwardProxy, isReachedDirectly, parseProxyUrl, proxyUrlProblems } from '../../src/core/images/forward-proxy';
import { UserError } from '../shared/protocol/errors';
import type { Agents } from '../shared/protocol/job';

/** Milliseconds in which the proxy must open a connection. The SDK's own timeout is longer, because its error does not name the proxy. */
export const PROXY_TIMEOUT = 10_000;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** Value of the header `Proxy-Authorization`. */
export interface ProxyAuthorization {
  read(): Promise<string>;
}

export interface ProxySettings {
  readonly url: string;
  /** Hosts and domains that are reached directly. */
  readonly exceptions: readonly string[];
  readonly authorization?: ProxyAuthorization;
}

/** The proxy denied a connection, so that another attempt fails too. */
export class ProxyRefusal extends UserError {}

/** The proxy cannot be reached or cannot open a connection now. The SDK retries errors with such a code. */
class ProxyFailure extends UserError {
  constructor(message: string, readonly code: string, options?: ErrorOptions) {
    super(message, options);
  }
}

interface Target {
  readonly hostname: string;
  readonly port: number;
}

/** What `http.Agent` passes when it needs a connection. Its type in Node.js lacks the members for TLS. */
type ConnectionOptions = http.ClientRequestArgs & { readonly socket?: Duplex };
type Connected = (error: Error | null, socket?: Duplex) => void;
type Connect = (options: ConnectionOptions, connected: Connected) => Duplex | undefined;

/**
 * Returns agents whose connections are opened by a proxy (https://www.rfc-editor.org/rfc/rfc9110#CONNECT). The proxy sees the host and the
 * port, and encrypted bytes. The proxy support of Node.js is not used, because it is in active development, takes the password only as part
 * of a URL, and some versions include that URL in errors.
 */
export function proxyAgents({ url, exceptions, authorization }: ProxySettings): Agents {
  const proxy = parseProxyUrl(url);
  const tunnels = new Tunnels(proxy, url, authorization);
  const through = <A extends http.Agent>(agent: A, defaultPort: number, secure: (socket: Duplex, options: ConnectionOptions) => Duplex) => {
    // https://nodejs.org/api/http.html#agentcreateconnectionoptions-callback
    const extensible = agent as unknown as { createConnection: Connect };
    const connectDirectly = extensible.createConnection.bind(agent);
    extensible.createConnection = (options, connected) => {
      const target = { hostname: options.host ?? 'localhost', port: Number(options.port ?? defaultPort) };
      if (isReachedDirectly(target.hostname, target.port, exceptions)) return connectDirectly(options, connected);
      tunnels.open(target).then(socket => connected(null, secure(socket, options)), (error: Error) => connected(error));
      return undefined;
    };
    return agent;
  };
  const secureAgent = new https.Agent({ keepAlive: true });
  const handshake = (secureAgent as unknown as { createConnection: Connect }).createConnection.bind(secureAgent);
  return {
    'http:': through(new http.Agent({ keepAlive: true }), HTTP_PORT, socket => socket),
    'https:': through(secureAgent, HTTPS_PORT, (socket, options) => handshake({ ...options, socket }, () => undefined)!),
  };
}

/** Connections that a proxy opens. */
class Tunnels {
  private header?: Promise<string>;

  constructor(
    private readonly proxy: ForwardProxy | undefined, private readonly url: string, private readonly authorization?: ProxyAuthorization,
  ) {}

  async open(target: Target): Promise<Duplex> {
    const { proxy, authorization } = this;
    // a value that is known only at deployment
    if (!proxy) throw new ProxyRefusal(`${proxyUrlProblems(this.url).join('. ')}. Correct the property, then deploy again.`);
    if (!authorization) return connect(proxy, target);
    const header = await this.readHeader(authorization);
    try {
      return await connect(proxy, target, header);
    } catch (error) {
      if (!(error instanceof RejectedCredentials)) throw error;
      this.header = undefined; // the secret may have been rotated since it was read
      const newHeader = await this.readHeader(authorization);
      if (newHeader === header) throw error;
      return connect(proxy, target, newHeader);
    }
  }

  private readHeader(authorization: ProxyAuthorization): Promise<string> {
    return this.header ??= authorization.read().catch((error: unknown) => {
      this.header = undefined;
      // reading the secret has waited already, so that another attempt fails too
      throw error instanceof UserError ? new ProxyRefusal(error.message, { cause: error })
        : new ProxyRefusal('The secret of \'proxySecret\' cannot be read. Check that the role of the function may read it, and that AWS'
          + ` Secrets Manager can be reached without the proxy, then try again.\n${(error as Error).message}`, { cause: error });
    });
  }
}

class RejectedCredentials extends ProxyRefusal {}

/** Requests a connection, whose bytes the proxy forwards unchanged. */
function connect(proxy: ForwardProxy, target: Target, authorization?: string): Promise<Duplex> {
  const to = `${target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname}:${target.port}`;
  const name = `The proxy ${proxy.hostname}:${proxy.port}`;
  return new Promise((resolve, reject) => {
    const request = http.request({
      ...proxy,
      method: 'CONNECT',
      path: to,
      headers: { host: to, ...authorization === undefined ? {} : { 'proxy-authorization': authorization } },
      agent: false,
    });
    const fail = (cause: NodeJS.ErrnoException) => reject(new ProxyFailure(`${name} cannot be reached (${cause.message}).`
      + ' Check \'proxyUrl\', that the proxy is available, and that the subnets and security groups of the copy function allow the'
      + ' connection, then try again.', cause.code ?? 'ECONNRESET', { cause }));
    const timer = setTimeout(() => {
      request.destroy(Object.assign(new Error(`no response to the request for ${to} within ${PROXY_TIMEOUT / 1_000} seconds`), {
        code: 'ETIMEDOUT',
      }));
    }, PROXY_TIMEOUT);
    request.once('connect', ({ statusCode = 0 }: http.IncomingMessage, socket: Duplex, first: Buffer) => {
      clearTimeout(timer);
      if (statusCode >= 200 && statusCode < 300) {
        if (first.length > 0) socket.unshift(first);
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(refusal(name, to, statusCode, authorization !== undefined));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(error);
    });
    request.end();
  });
}

/** The body of the response is not read, because anybody could have written it. */
function refusal(name: string, to: string, status: number, hasCredentials: boolean): UserError {
  if (status === 407) {
    return new RejectedCredentials(hasCredentials
      ? `${name} rejected the user name or the password of 'proxySecret'. Correct the secret, then try again.`
      : `${name} requires a user name and a password. Specify 'proxySecret', and deploy again.`);
  }
  if (status === 429 || status >= 500) {
    return new ProxyFailure(`${name} cannot connect to ${to} (HTTP status ${status}). Check that the host exists and that the proxy can`
      + ' reach it, then try again.', 'ECONNREFUSED');
  }
  return new ProxyRefusal(`${name} does not allow connections to ${to} (HTTP status ${status}). Allow the host there, or add it to`
    + ' \'noProxy\' if the function can reach it directly, then try again.');
}
