/** A client that reads from an upstream registry (https://github.com/opencontainers/distribution-spec/blob/main/spec.md). */

export interface UpstreamCredentials {
  readonly username: string;
  readonly accessToken: string;
}

export type UpstreamProblem = 'missing' | 'unauthenticated' | 'unavailable';

export class UpstreamError extends Error {
  constructor(readonly problem: UpstreamProblem, message: string) {
    super(message);
  }
}

/** A registry that does not respond must not block the requests of a test forever. */
const TIMEOUT = 10_000;

export class UpstreamRegistry {
  private authorization?: string;

  constructor(private readonly url: string, private readonly credentials?: UpstreamCredentials) {}

  /** Requests a path, after authentication if the registry requires it. @throws UpstreamError for every response but a success */
  async get(path: string, accept?: string): Promise<Response> {
    let response = await this.request(path, accept);
    if (response.status === 401) {
      this.authorization = await this.authenticate(response.headers.get('www-authenticate') ?? '');
      response = await this.request(path, accept);
    }
    if (response.ok) return response;
    const problem = response.status === 404 ? 'missing' : [401, 403].includes(response.status) ? 'unauthenticated' : 'unavailable';
    throw new UpstreamError(problem, `the upstream registry responded with the status ${response.status} to ${path}`);
  }

  private async request(path: string, accept?: string): Promise<Response> {
    const { authorization } = this;
    const headers = { ...accept === undefined ? {} : { accept }, ...authorization === undefined ? {} : { authorization } };
    return send(new URL(path, this.url), headers);
  }

  /** Returns an Authorization header for a challenge (https://distribution.github.io/distribution/spec/auth/token/). */
  private async authenticate(challenge: string): Promise<string> {
    const { credentials } = this;
    const basic = credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.accessToken}`).toString('base64')}`;
    const parameters = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
    if (/^basic /i.test(challenge) && basic) return basic;
    if (!/^bearer /i.test(challenge)) throw new UpstreamError('unauthenticated', 'the upstream registry requires credentials');
    const { realm, service, scope } = parameters;
    const url = new URL(realm);
    if (service !== undefined) url.searchParams.set('service', service);
    if (scope !== undefined) url.searchParams.set('scope', scope);
    const response = await send(url, basic === undefined ? {} : { authorization: basic });
    if (!response.ok) throw new UpstreamError('unauthenticated', `the token server responded with the status ${response.status}`);
    const { token, access_token: other } = await response.json() as { token?: string; access_token?: string };
    return `Bearer ${token ?? other}`;
  }
}

async function send(url: URL, headers: Record<string, string>): Promise<Response> {
  try {
    return await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT) });
  } catch (error) {
    throw new UpstreamError('unavailable', `the upstream registry does not respond: ${(error as Error).message}`);
  }
}
