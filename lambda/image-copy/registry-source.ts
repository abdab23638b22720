import { bodyFrom } from './body';
import { bytesOf, discard, Received, textOf } from './http';
import { Credentials, RegistryAuthorization } from './registry-authorization';
import { backoff, Fetching, sendPatiently } from './retry';
import type { ImageSource } from './source';
import { isDigest } from '../../src/core/images/digest';
import { registryUrl } from '../../src/core/images/image-reference';
import type { Descriptor } from '../../src/core/images/manifest';
import { MANIFEST_MEDIA_TYPES } from '../../src/core/images/media-types';
import { Explained } from '../shared/errors';
import { FetchedManifest, sha256 } from '../shared/image-manifest';

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
      const response = await this.get(`/manifests/${tagOrDigest}`, { accept: MANIFEST_MEDIA_TYPES.join(', ') });
      if (response.status === 404) {
        discard(response);
        return undefined;
      }
      if (response.status !== 200) throw await this.refused(response, `the manifest of ${tagOrDigest}`);
      const fetched = await this.read(response).catch((error: unknown) => {
        if (error instanceof Explained || this.task.signal.aborted) throw error;
        return undefined; // the connection broke
      });
      // by a digest the manifest itself is named; by a tag the registry says which it is
      const named = isDigest(tagOrDigest) ? tagOrDigest : header(response, 'docker-content-digest') ?? fetched?.digest;
      if (fetched && fetched.digest === named) return fetched;
      if (attempt === MANIFEST_ATTEMPTS) {
        throw new Explained(`The manifest of ${tagOrDigest} arrives changed from ${this.name}: ${fetched?.digest ?? 'broken off'} in place of ${named}`
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
      const response = await this.get(path, { accept: 'application/vnd.oci.image.index.v1+json' });
      if (response.status === 404) {
        discard(response);
        return this.referrersByTag(digest);
      }
      if (response.status !== 200) throw await this.refused(response, `what refers to ${digest}`);
      digests.push(...digestsIn(await textOf(response)));
      path = this.nextPath(response);
    }
    return digests;
  }

  private async referrersByTag(digest: string): Promise<string[]> {
    const index = await this.tryManifest(digest.replace(':', '-'));
    return index ? digestsIn(index.text) : [];
  }

  /** https://www.rfc-editor.org/rfc/rfc8288, as the specification pages. */
  private nextPath(response: Received): string | undefined {
    const [, next] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(header(response, 'link') ?? '') ?? [];
    if (next === undefined) return undefined;
    const url = new URL(next, `${this.base}/referrers/`);
    const path = `${url.origin}${url.pathname}`;
    return path.startsWith(`${this.base}/`) ? `${path.slice(this.base.length)}${url.search}` : undefined;
  }

  private async read(response: Received): Promise<FetchedManifest> {
    const bytes = await bytesOf(response, LONGEST_MANIFEST);
    if (bytes.length > LONGEST_MANIFEST) throw new Explained(`A manifest of ${this.name} has more than the ${LONGEST_MANIFEST} bytes that ECR takes`);
    return {
      digest: sha256(bytes),
      mediaType: response.headers['content-type'] ?? '',
      text: bytes.toString('utf8'),
    };
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
      if (redirects === MOST_REDIRECTS) throw new Explained(`${this.name} redirects more than ${MOST_REDIRECTS} times, to ${next.host} last`);
      if (url.protocol === 'https:' && next.protocol !== 'https:') throw new Explained(`${this.name} redirects to ${next.host} without TLS, which is not followed`);
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

  private async refused(response: Received, what: string): Promise<Explained> {
    const said = (await textOf(response, 300).catch(() => '')).slice(0, 300);
    return new Explained(`${this.name} does not hand over ${what} (HTTP status ${response.status}: ${said})`
      + ` — ${response.status === 403 ? 'let the user of the credentials pull from it' : 'see what it means, then try again'}`);
  }
}

function header({ headers }: Received, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function digestsIn(index: string): string[] {
  try {
    const { manifests = [] } = JSON.parse(index) as { manifests?: { digest: string }[] };
    return manifests.map(({ digest }) => digest).filter(isDigest);
  } catch {
    return [];
  }
}
