import { LONGEST_TOKEN } from './bounds';
import type { HttpResponse } from './http';
import { readWhole, RequestTask, sendPatiently } from './retry';
import { isLinkedHost, isOwnHost } from '../../src/core/images/image-reference';
import { UserError } from '../shared/protocol/errors';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

const ATTEMPTS = 3;

/** Header with which a registry requires authorization: `Bearer realm="…",service="…",scope="…"`, or `Basic`. */
interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Authorization for a registry that requires it.
 * https://distribution.github.io/distribution/spec/auth/token/
 */
export class RegistryAuthorization {
  /** The header to send until the registry rejects it. */
  private header?: string;

  /**
   * @param registry URL of the registry
   * @param header header that needs no challenge: the token of ECR Public
   */
  constructor(
    private readonly task: RequestTask, private readonly registry: URL, private readonly repositoryName: string,
    private readonly credentials?: Credentials, header?: string,
  ) {
    this.header = header;
  }

  get headers(): Record<string, string> {
    return this.header === undefined ? {} : { authorization: this.header };
  }

  /** @returns whether there is another header to try than the rejected one */
  async answer(refusal: HttpResponse): Promise<boolean> {
    const challenge = parseChallenge(refusal.headers['www-authenticate'] ?? '');
    const header = await this.headerFor(challenge);
    if (header === undefined) return false;
    this.header = header;
    return true;
  }

  private async headerFor({ scheme, parameters }: Challenge): Promise<string | undefined> {
    if (scheme === 'basic') return this.credentials && basicHeader(this.credentials);
    const realm = parameters.get('realm');
    if (scheme !== 'bearer' || realm === undefined) return undefined;
    const url = new URL(realm);
    requireTrust(url, this.registry);
    const service = parameters.get('service');
    if (service !== undefined) url.searchParams.set('service', service);
    url.searchParams.set('scope', parameters.get('scope') ?? `repository:${this.repositoryName}:pull`);
    const headers: Record<string, string> = this.credentials ? { authorization: basicHeader(this.credentials) } : {};
    for (let attempt = 1; ; attempt++) {
      const { response: { status }, bytes } = await readWhole(this.task, () => sendPatiently(this.task, url, { headers }), LONGEST_TOKEN);
      if (status === 401 || status === 403) return undefined;
      const token = status === 200 ? tokenIn(bytes.toString('utf8')) : undefined;
      if (token !== undefined) return `Bearer ${token}`;
      if (status !== 200 || attempt === ATTEMPTS) {
        throw new UserError(`${url.host} returned no token (HTTP status ${status}). Check that the registry is available, then try again.`);
      }
    }
  }
}

function tokenIn(text: string): string | undefined {
  try {
    const { token, access_token: accessToken } = JSON.parse(text) as { token?: string; access_token?: string };
    return token ?? accessToken;
  } catch {
    return undefined;
  }
}

/** Credentials are sent only encrypted, and not to loopback or link-local addresses, unless the registry has such an address. */
function requireTrust({ protocol, hostname, host }: URL, registry: URL): void {
  if (isOwnHost(registry.hostname) && isOwnHost(hostname)) return;
  if (protocol === 'https:' && (!isLinkedHost(hostname) || hostname === registry.hostname)) return;
  throw new UserError(`The registry requests credentials for a token at ${protocol}//${host}, where they could be intercepted.`
    + ' The address must use https, and must not be a local address of this function.');
}

export function basicHeader({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Returns the challenge with tokens if there are several. https://www.rfc-editor.org/rfc/rfc9110#name-www-authenticate */
function parseChallenge(header: string): Challenge {
  const [, bearer] = /\bbearer\s+((?:[a-z_]+="[^"]*"\s*,?\s*)+)/i.exec(header) ?? [];
  if (bearer === undefined) return { scheme: /\bbasic\b/i.test(header) ? 'basic' : '', parameters: new Map() };
  const parameters = [...bearer.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, name, value]) => [name.toLowerCase(), value] as const);
  return { scheme: 'bearer', parameters: new Map(parameters) };
}
