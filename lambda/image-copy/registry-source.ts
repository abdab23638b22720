import { bodyFrom } from './body';
import { LONGEST_MANIFEST, MOST_MANIFESTS, MOST_PAGES } from './bounds';
import { discard, HttpResponse } from './http';
import { Credentials, RegistryAuthorization } from './registry-authorization';
import { readWhole, RequestTask, sendPatiently } from './retry';
import type { ImageSource } from './source';
import { isDigest } from '../../src/core/images/digest';
import { isLinkedHost, registryUrl } from '../../src/core/images/image-reference';
import type { Descriptor } from '../../src/core/images/manifest';
import { MANIFEST_MEDIA_TYPES } from '../../src/core/images/media-types';
import { FetchedManifest, sha256 } from '../shared/images/manifest';
import { backoff } from '../shared/protocol/backoff';
import { UserError } from '../shared/protocol/errors';

const MOST_REDIRECTS = 5;
const MANIFEST_ATTEMPTS = 3;

export interface RegistryLocation {
  readonly registry: string;
  readonly repositoryName: string;
  readonly credentials?: Credentials;
  /** Header that needs no challenge. */
  readonly authorization?: string;
}

/**
 * A repository in any registry.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export class RegistrySource implements ImageSource {
  readonly name: string;
  readonly remedy = '. Push it or correct its name, and deploy again.';
  private readonly base: string;
  private readonly authorization: RegistryAuthorization;
  private readonly hasCredentials: boolean;

  constructor(private readonly task: RequestTask, { registry, repositoryName, credentials, authorization }: RegistryLocation) {
    this.name = `${registry}/${repositoryName}`;
    this.base = `${registryUrl(registry)}/v2/${repositoryName}`;
    this.authorization = new RegistryAuthorization(task, new URL(this.base), repositoryName, credentials, authorization);
    this.hasCredentials = credentials !== undefined || authorization !== undefined;
  }

  async manifest(tagOrDigest: string): Promise<FetchedManifest | undefined> {
    for (let attempt = 1; ; attempt++) {
      const { response, bytes } = await this.readDocument(`/manifests/${tagOrDigest}`, MANIFEST_MEDIA_TYPES.join(', '));
      if (response.status === 404) return undefined;
      if (response.status !== 200) throw this.refusalError(response, bytes, `the manifest of ${tagOrDigest}`);
      const fetched = { digest: sha256(bytes), mediaType: response.headers['content-type'] ?? '', text: bytes.toString('utf8') };
      // a digest identifies the manifest; for a tag, the registry returns the digest
      const expectedDigest = isDigest(tagOrDigest) ? tagOrDigest : header(response, 'docker-content-digest') ?? fetched.digest;
      if (fetched.digest === expectedDigest) return fetched;
      if (attempt === MANIFEST_ATTEMPTS) {
        throw new UserError(`The manifest of ${tagOrDigest} was changed in transit from ${this.name}:`
          + ` its digest is ${fetched.digest}, not ${expectedDigest}. Check any proxies in between, then try again.`);
      }
      await this.task.clock.sleep(backoff(attempt));
    }
  }

  async blob({ digest }: Descriptor, from: number): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.get(`/blobs/${digest}`, from === 0 ? {} : { range: `bytes=${from}-` });
    return bodyFrom(response, from, `the layer ${digest} of ${this.name}`);
  }

  /** A registry without the referrers API has an index of the referrers, whose tag contains the digest. */
  async referrers(digest: string): Promise<string[]> {
    const digests = new Array<string>();
    let path: string | undefined = `/referrers/${digest}`;
    for (let pages = 0; path !== undefined; pages++) {
      if (pages === MOST_PAGES || digests.length > MOST_MANIFESTS) {
        throw new UserError(`${this.name} lists more than ${pages === MOST_PAGES ? `${MOST_PAGES} pages of` : MOST_MANIFESTS}`
          + ` referrers of ${digest}. Remove some of them, or omit 'referrers'.`);
      }
      const { response, bytes } = await this.readDocument(path, 'application/vnd.oci.image.index.v1+json');
      const page = response.status === 200 ? digestsIn(bytes.toString('utf8')) : undefined;
      if (response.status === 404 || (response.status === 200 && !page)) return this.referrersByTag(digest); // no referrers API
      if (!page) throw this.refusalError(response, bytes, `the referrers of ${digest}`);
      digests.push(...page);
      path = this.nextPath(response);
    }
    return digests;
  }

  private readDocument(path: string, accept: string): ReturnType<typeof readWhole> {
    return readWhole(this.task, () => this.get(path, { accept }), LONGEST_MANIFEST);
  }

  private async referrersByTag(digest: string): Promise<string[]> {
    const index = await this.manifest(digest.replace(':', '-'));
    return index ? digestsIn(index.text) ?? [] : [];
  }

  /** https://www.rfc-editor.org/rfc/rfc8288, which the specification uses for pages. */
  private nextPath(response: HttpResponse): string | undefined {
    const [, next] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(header(response, 'link') ?? '') ?? [];
    if (next === undefined) return undefined;
    const url = new URL(next, `${this.base}/referrers/`);
    const path = `${url.origin}${url.pathname}`;
    return path.startsWith(`${this.base}/`) ? `${path.slice(this.base.length)}${url.search}` : undefined;
  }

  /** Sends the request again with the authorization that the registry requires. */
  private async get(path: string, headers: Record<string, string>): Promise<HttpResponse> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.follow(new URL(`${this.base}${path}`), { ...headers, ...this.authorization.headers });
      if (response.status !== 401) return response;
      discard(response);
      // the target of a redirect gets no credentials, so that its 401 is not a challenge of the registry
      const isRegistry = response.host === new URL(this.base).host;
      if (attempt === 3 || !isRegistry || !await this.authorization.answer(response)) throw this.unauthorizedError();
    }
  }

  /** Layers are often stored on another host, which must not receive the authorization. */
  private async follow(start: URL, headers: Record<string, string>): Promise<HttpResponse> {
    let url = start;
    let ownHeaders = headers;
    for (let redirects = 0; ; redirects++) {
      const response = await sendPatiently(this.task, url, { headers: ownHeaders });
      const { location } = response.headers;
      if (response.status < 300 || response.status > 399 || location === undefined) return response;
      discard(response);
      const next = new URL(location, url);
      if (redirects === MOST_REDIRECTS) {
        throw new UserError(`${this.name} redirects more than ${MOST_REDIRECTS} times, last to ${next.host}. Check its configuration.`);
      }
      if (url.protocol === 'https:' && next.protocol !== 'https:') {
        throw new UserError(`${this.name} redirects to ${next.host} without TLS, which is not followed. It must be an https address.`);
      }
      if (isLinkedHost(next.hostname) && !isLinkedHost(start.hostname)) {
        throw new UserError(`${this.name} redirects to ${next.host}, a local address of this function, which is not followed.`
          + ' Check its configuration.');
      }
      if (next.origin !== url.origin) {
        const { authorization: _, ...others } = ownHeaders;
        ownHeaders = others;
      }
      url = next;
    }
  }

  private unauthorizedError(): UserError {
    return new UserError(this.hasCredentials
      ? `${this.name} rejected the credentials, or they do not allow pulls.`
        + ' Correct the secret, or allow its user to pull, and deploy again.'
      : `${this.name} requires credentials, or does not exist.`
        + ' Specify \'credentials\' (a secret with \'username\' and \'password\'), or correct the name.');
  }

  private refusalError({ status }: HttpResponse, bytes: Buffer, what: string): UserError {
    const reason = bytes.toString('utf8').slice(0, 300).replace(/\s+/g, ' ');
    return new UserError(`${this.name} did not return ${what} (HTTP status ${status}: ${reason}).`
      + ` ${status === 403 ? 'Allow the user of the credentials to pull from it' : 'Fix the cause, then try again'}.`);
  }
}

function header({ headers }: HttpResponse, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Returns undefined if the text is not an index. */
function digestsIn(index: string): string[] | undefined {
  try {
    const { manifests } = JSON.parse(index) as { manifests?: { digest: string }[] };
    return Array.isArray(manifests) ? manifests.map(({ digest }) => digest).filter(isDigest) : undefined;
  } catch {
    return undefined;
  }
}
