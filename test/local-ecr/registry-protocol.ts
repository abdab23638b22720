/**
 * The registry that docker and OCI tools speak to, on the server of the API. Every request comes down to operations of the API, with
 * their checks, permissions, faults and rate limits; see registry-manifests.ts and registry-blobs.ts. Behavior and sources: README.md.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from './aws-error';
import type { Fault } from './faults';
import type { Input, LocalService, ServiceRequest } from './local-service';
import type { EcrRequest } from './operation';
import { blobRoutes } from './registry-blobs';
import { manifestRoutes } from './registry-manifests';
import type { IssuedPassword } from './registry-passwords';
import { errorReply, RegistryReply } from './registry-reply';
import type { RegistryRoute, RegistryVisit } from './registry-routes';

export interface RegistryCall {
  readonly method: string;
  /** The path without the query. */
  readonly path: string;
  /** 0 without a response. */
  readonly status: number;
  /** The query including the question mark, if there is one. */
  readonly query?: string;
}

export interface RegistryHost {
  readonly service: Pick<LocalService, 'faults' | 'principals' | 'latencyMs' | 'readings'>;
  login(authorization: string | undefined): IssuedPassword | undefined;
  now(): number;
  refuse(request: ServiceRequest, fault: Fault | undefined): void;
  admit(request: ServiceRequest): { readonly request: EcrRequest; run(): object };
  importUpstream(request: ServiceRequest): Promise<void> | undefined;
  log(call: RegistryCall): void;
}

/** The route with which clients check their login. */
const base: RegistryRoute = { methods: ['GET', 'HEAD'], path: /^\/v2\/?()()$/, operation: '/v2/', handle: () => ({ status: 200 }) };
const ROUTES = [base, ...manifestRoutes, ...blobRoutes];

export class RegistryProtocol {
  constructor(private readonly host: RegistryHost) {}

  isMeant({ url = '' }: IncomingMessage): boolean {
    return /^\/v2([/?]|$)/.test(url);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
    const answer = ({ status, headers, body }: RegistryReply) => {
      this.log(request, url, status);
      response.writeHead(status, { 'docker-distribution-api-version': 'registry/2.0', ...headers });
      response.end(request.method === 'HEAD' ? undefined : body);
    };
    const hangUp = () => {
      this.log(request, url, 0);
      request.socket.destroy();
    };
    const { service: { principals, faults, latencyMs } } = this.host;
    const login = this.host.login(request.headers.authorization);
    if (!login) return answer(challenge(url));
    const { accessKeyId, region } = login;
    if (principals.isDead(accessKeyId)) return hangUp();
    if (latencyMs > 0) await new Promise(resolve => setTimeout(resolve, latencyMs));
    const [route, groups] = routeOf(request, url);
    const fault = faults.take(route.operation, accessKeyId, region);
    if (fault?.kind === 'reset') return hangUp();
    if (fault?.kind === 'hang') return this.log(request, url, 0);
    const reply = await this.replyTo(request, url, { login, route, groups, fault });
    if (fault?.kind === 'killAfter') principals.kill(accessKeyId);
    // Alternatively, the client has disconnected.
    if (principals.isDead(accessKeyId) || request.socket.destroyed) hangUp();
    else answer(reply);
  }

  private async replyTo(request: IncomingMessage, url: URL, { login, route, groups, fault }: {
    login: IssuedPassword; route: RegistryRoute; groups: readonly string[]; fault: Fault | undefined;
  }): Promise<RegistryReply> {
    const { accessKeyId, region, expiresAt } = login;
    const [repositoryName, reference = ''] = groups;
    const asCaller = (operation: string, input: Input) => ({
      operation, accessKeyId, region, input: { repositoryName, ...input }, ...fault && operation === route.operation ? { fault } : {},
    });
    const admit = (operation: string, input: Input) => this.host.admit(asCaller(operation, input));
    const visit: RegistryVisit = {
      repositoryName,
      reference,
      url,
      request,
      perform: (operation, input) => admit(operation, input).run(),
      importUpstream: (operation, input) => this.host.importUpstream(asCaller(operation, input)),
      admit: (operation, input = {}) => admit(operation, input).request,
      locationOf: path => `${url.origin}${path}`,
    };
    try {
      if (this.host.now() >= expiresAt) {
        throw new AwsError('AccessDeniedException', 'Your authorization token has expired. Reauthenticate and try again.');
      }
      this.host.refuse({ operation: route.operation, accessKeyId, region, input: {} }, fault);
      return await route.handle(visit);
    } catch (error) {
      return errorReply(error instanceof AwsError ? error
        : new AwsError('LocalServiceDefect', error instanceof Error ? error.stack ?? '' : String(error)), this.host.service.readings);
    }
  }

  private log({ method = '' }: IncomingMessage, { pathname, search }: URL, status: number): void {
    this.host.log({ method, path: pathname, status, ...search === '' ? {} : { query: search } });
  }
}

function routeOf(request: IncomingMessage, { pathname }: URL): [route: RegistryRoute, groups: string[]] {
  for (const route of ROUTES) {
    const [, ...groups] = route.methods.includes(request.method ?? '') ? route.path.exec(pathname) ?? [] : [];
    if (groups.length > 0) return [route, groups.map(decodeURIComponent)];
  }
  const unsupported = () => { throw new AwsError('Unsupported', 'The operation is unsupported.'); };
  return [{ methods: [], path: /^/, operation: '', handle: unsupported }, ['']];
}

/** The challenge of ECR with the address of this server. */
function challenge({ origin }: URL): RegistryReply {
  return {
    status: 401,
    headers: { 'www-authenticate': `Basic realm="${origin}/",service="ecr.amazonaws.com"`, 'content-type': 'text/plain; charset=utf-8' },
    body: 'Not Authorized\n',
  };
}
