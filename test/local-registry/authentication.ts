/** Authentication of pulls. Behavior and sources: README.md. */
import { json, refusal, Reply } from './reply';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface AuthenticationOptions {
  /** @default 'none' */
  readonly authentication?: 'none' | 'basic' | 'token';
  /** Accepted credentials. @default - none */
  readonly credentials?: Credentials;
  /**
   * What the token server gives to who shows no credentials. A powerless token is what Docker Hub gives for private repositories: one that
   * allows nothing.
   *
   * @default 'refused'
   */
  readonly anonymous?: 'refused' | 'allowed' | 'powerless';
  /** Member of the response that contains the token. @default 'token' */
  readonly tokenMember?: 'token' | 'access_token';
  /** @default 300 */
  readonly tokenSeconds?: number;
  /** Number of requests that a token is valid for. @default - any number */
  readonly tokenUses?: number;
}

interface Token {
  readonly repositories: ReadonlySet<string>;
  readonly expires: number;
  uses: number;
}

const SERVICE = 'local-registry';

export class Authentication {
  private credentials?: Credentials;
  private readonly tokens = new Map<string, Token>();
  private issued = 0;

  constructor(private readonly options: AuthenticationOptions, private readonly now: () => Date) {
    this.credentials = options.credentials;
  }

  forgetTokens(): void {
    this.tokens.clear();
  }

  forgetCredentials(): void {
    this.credentials = undefined;
    this.forgetTokens();
  }

  /** Returns the reason why a request is denied, if it is. `repository` is undefined for `/v2/`. */
  obstacle(authorization: string | undefined, repository: string | undefined, realm: string): Reply | undefined {
    const { authentication = 'none' } = this.options;
    if (authentication === 'none') return undefined;
    if (authentication === 'basic') return this.areRight(authorization) ? undefined : unauthorized('Basic realm="local registry"');
    const error = this.tokenError(authorization, repository);
    if (error === undefined) return undefined;
    const scope = repository === undefined ? '' : `,scope="repository:${repository}:pull"`;
    return unauthorized(`Bearer realm="${realm}",service="${SERVICE}"${scope}${error === '' ? '' : `,error="${error}"`}`);
  }

  /** Returns the response of the token server. */
  grant(authorization: string | undefined, query: URLSearchParams): Reply {
    if (this.options.authentication !== 'token') return refusal(404, 'UNSUPPORTED', 'there are no tokens here');
    if (query.get('service') !== SERVICE) return refusal(400, 'UNSUPPORTED', 'the service is not known');
    const { anonymous = 'refused', tokenMember = 'token', tokenSeconds = 300, tokenUses = Infinity } = this.options;
    const isAnonymous = authorization === undefined;
    if (isAnonymous ? anonymous === 'refused' : !this.areRight(authorization)) return unauthorized('Basic realm="local registry"');
    const name = `token-${this.issued += 1}`;
    const scopes = isAnonymous && anonymous === 'powerless' ? [] : query.getAll('scope').flatMap(scope => scope.split(' '));
    const repositories = scopes.flatMap(scope => /^repository:(.+):(?:.*,)?pull(?:,.*)?$/.exec(scope)?.[1] ?? []);
    this.tokens.set(name, { repositories: new Set(repositories), expires: this.now().getTime() + tokenSeconds * 1000, uses: tokenUses });
    return json(200, { [tokenMember]: name, expires_in: tokenSeconds });
  }

  /** Uses the token. Returns undefined if it is valid, and an empty text if there is none. */
  private tokenError(authorization: string | undefined, repository: string | undefined): string | undefined {
    const name = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    if (name === undefined) return '';
    const token = this.tokens.get(name);
    if (!token || token.uses <= 0 || token.expires <= this.now().getTime()) return 'invalid_token';
    if (repository !== undefined && !token.repositories.has(repository)) return 'insufficient_scope';
    token.uses -= 1;
    return undefined;
  }

  private areRight(authorization: string | undefined): boolean {
    const given = Buffer.from(/^Basic (.+)$/i.exec(authorization ?? '')?.[1] ?? '', 'base64').toString('utf8');
    return this.credentials !== undefined && given === `${this.credentials.username}:${this.credentials.password}`;
  }
}

function unauthorized(challenge: string): Reply {
  return refusal(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': challenge });
}
