import { bodyFrom } from './body';
import { discard, Received } from './http';
import { Credentials, RegistryAuthorization } from './registry-authorization';
import { backoff, Fetching, sendPatiently, whole } from './retry';
import type { ImageSource } from './source';
import { isDigest } from '../../src/core/images/digest';
import { registryUrl } from '../../src/core/images/image-reference';
import type { Descriptor } from '../../src/core/images/manifest';
import { MANIFEST_MEDIA_TYPES } from '../../src/core/images/media-types';
import { FetchedManifest, sha256 } from '../shared/images/manifest';
import { Explained } from '../shared/protocol/errors';

const MOST_REDIRECTS = 5;
/** As ECR takes them. https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html */
const LONGEST_MANIFEST = 4_194_304;
const MANIFEST_ATTEMPTS = 3;

export interface RegistryPlace {
  readonly registry: string;
  readonly repositoryName: string;
  readonly credentials?: Credentials;
  /** A header that is known beforehand. */
  readonly authorization?: string;
}

/**
 * A repository of any registry.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export class RegistrySource implements ImageSource {
  readonly name: string;
  private readonly base: string;
  private readonly authorization: RegistryAuthorization;
  private readonly hasCredentials: boolean;

  constructor(private readonly task: Fetching, { registry, repositoryName, credentials, authorization }: RegistryPlace) {
    this.name = `${registry}/${repositoryName}`;
    this.base = `${registryUrl(registry)}/v2/${repositoryName}`;
    this.authorization = new RegistryAuthorization(task, repositoryName, credentials, authorization);
    this.hasCredentials = credentials !== undefined || authorization !== undefined;
  }

  async manifest(tagOrDigest: string): Promise<FetchedManifest> {
    const found = await this.tryManifest(tagOrDigest);
    if (found) return found;
    throw new Explained(`There is no image ${tagOrDigest} in ${this.name} — push it, or correct its name, and deploy again`);
  }

  async tryManifest(tagOrDigest: string): Promise<FetchedManifest | undefined> {
    for (let attempt = 1; ; attempt++) {
      const { received, bytes } = await this.document(`/manifests/${tagOrDigest}`, MANIFEST_MEDIA_TYPES.join(', '), LONGEST_MANIFEST);
      if (received.status === 404) return undefined;
      if (received.status !== 200) throw this.refused(received, bytes, `the manifest of ${tagOrDigest}`);
      if (bytes.length > LONGEST_MANIFEST) {
        throw new Explained(`A manifest of ${this.name} has more than the ${LONGEST_MANIFEST} bytes that ECR takes — push a smaller one`);
      }
      const fetched = { digest: sha256(bytes), mediaType: received.headers['content-type'] ?? '', text: bytes.toString('utf8') };
      // by a digest the manifest itself is named; by a tag the registry says which it is
      const named = isDigest(tagOrDigest) ? tagOrDigest : header(received, 'docker-content-digest') ?? fetched.digest;
      if (fetched.digest === named) return fetched;
      if (attempt === MANIFEST_ATTEMPTS) {
        throw new Explained(`The manifest of ${tagOrDigest} arrives changed from ${this.name}: ${fetched.digest} in place of ${named}`
          + ' — see what lies between, then try again');
      }
      await this.task.clock.sleep(backoff(attempt));
    }
  }

  async blob({ digest }: Descriptor, from: number): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.get(`/blobs/${digest}`, from === 0 ? {} : { range: `bytes=${from}-` });
    return bodyFrom(response, from, `the layer ${digest} of ${this.name}`);
  }

  /** Where a registry does not know the question, what points to an image is in an index with a tag made of its digest. */
  async referrers(digest: string): Promise<string[]> {
    const digests = new Array<string>();
    let path: string | undefined = `/referrers/${digest}`;
    while (path !== undefined) {
      const { received, bytes } = await this.document(path, 'application/vnd.oci.image.index.v1+json');
      const found = received.status === 200 ? digestsIn(bytes.toString('utf8')) : undefined;
      if (received.status === 404 || (received.status === 200 && !found)) return this.referrersByTag(digest); // it does not know the question
      if (!found) throw this.refused(received, bytes, `what refers to ${digest}`);
      digests.push(...found);
      path = this.nextPath(received);
    }
    return digests;
  }

  private document(path: string, accept: string, longest?: number): ReturnType<typeof whole> {
    return whole(this.task, () => this.get(path, { accept }), longest);
  }

  private async referrersByTag(digest: string): Promise<string[]> {
    const index = await this.tryManifest(digest.replace(':', '-'));
    return index ? digestsIn(index.text) ?? [] : [];
  }

  /** https://www.rfc-editor.org/rfc/rfc8288, as the specification pages. */
  private nextPath(response: Received): string | undefined {
    const [, next] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(header(response, 'link') ?? '') ?? [];
    if (next === undefined) return undefined;
    const url = new URL(next, `${this.base}/referrers/`);
    const path = `${url.origin}${url.pathname}`;
    return path.startsWith(`${this.base}/`) ? `${path.slice(this.base.length)}${url.search}` : undefined;
  }

  /** Another try with what the registry asks for, where it asks for something. */
  private async get(path: string, headers: Record<string, string>): Promise<Received> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.follow(new URL(`${this.base}${path}`), { ...headers, ...this.authorization.headers });
      if (response.status !== 401) return response;
      discard(response);
      if (attempt === 3 || !await this.authorization.answer(response)) throw this.unauthorized();
    }
  }

  /** Layers are often kept elsewhere. Whoever they are fetched from there must not see who is asking. */
  private async follow(start: URL, headers: Record<string, string>): Promise<Received> {
    let url = start;
    let sent = headers;
    for (let redirects = 0; ; redirects++) {
      const response = await sendPatiently(this.task, url, { headers: sent });
      const { location } = response.headers;
      if (response.status < 300 || response.status > 399 || location === undefined) return response;
      discard(response);
      const next = new URL(location, url);
      if (redirects === MOST_REDIRECTS) throw new Explained(`${this.name} redirects more than ${MOST_REDIRECTS} times, to ${next.host} last — see how it is set up`);
      if (url.protocol === 'https:' && next.protocol !== 'https:') throw new Explained(`${this.name} redirects to ${next.host} without TLS, which is not followed — it must be an https address`);
      if (next.origin !== url.origin) {
        const { authorization: _, ...others } = sent;
        sent = others;
      }
      url = next;
    }
  }

  private unauthorized(): Explained {
    return new Explained(this.hasCredentials
      ? `${this.name} refuses the credentials, or they may not pull from it — correct the secret, or let its user pull, and deploy again`
      : `${this.name} wants credentials, or does not exist — give 'credentials' (a secret with 'username' and 'password'), or correct the name`);
  }

  private refused({ status }: Received, bytes: Buffer, what: string): Explained {
    const said = bytes.toString('utf8').slice(0, 300).replace(/\s+/g, ' ');
    return new Explained(`${this.name} does not hand over ${what} (HTTP status ${status}: ${said})`
      + ` — ${status === 403 ? 'let the user of the credentials pull from it' : 'see what it means, then try again'}`);
  }
}

function header({ headers }: Received, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Undefined when it is no index. */
function digestsIn(index: string): string[] | undefined {
  try {
    const { manifests } = JSON.parse(index) as { manifests?: { digest: string }[] };
    return Array.isArray(manifests) ? manifests.map(({ digest }) => digest).filter(isDigest) : undefined;
  } catch {
    return undefined;
  }
}
