/**
 * A local container registry to pull from, with what a client that copies must cope with. It is not AWS. Behavior and sources: README.md.
 */
import { Authentication, AuthenticationOptions } from './authentication';
import { blobReply } from './blob-reply';
import { Content } from './content';
import { deliver } from './deliver';
import { referrersReply, tagsReply } from './discovery';
import {
  ANY, BLOBS, INSTEAD, insteadOf, MANIFESTS, OF_ANSWERS, OF_HEADERS, RegistryFault, RegistryFaults, spoilt,
} from './registry-faults';
import { json, refusal, Reply, whole } from './reply';
import { routeOf } from './route';
import { addCosignSignature, addImage, addIndex, SeededImage, SeededIndex, SeedImage, SeedIndex } from './seed';
import { storageObstacle, storagePath } from './storage';
import { Exchange, LoopbackServer } from '../local-ecr/loopback-server';

export type { SeededImage, SeededIndex, SeedImage, SeedIndex };

export interface LocalRegistryOptions extends AuthenticationOptions {
  /** Whether ranges of blobs are supported. Otherwise, a range returns everything. @default true */
  readonly ranges?: boolean;
  /** Redirects of blobs. `absolute`: to another origin. `relative`: to another path of this origin. @default 'none' */
  readonly redirects?: 'none' | 'absolute' | 'relative';
  /** `unfiltered` is an API without support for the filter, which omits a header to show this. @default 'api' */
  readonly referrers?: 'api' | 'unfiltered' | 'absent';
  /** Of tags and referrers. @default 100 */
  readonly pageSize?: number;
  /** Address in the realm of tokens, under which a proxy makes the registry known. @default - the address on 127.0.0.1 */
  readonly publicUrl?: string;
  /** @default - the real time */
  readonly now?: () => Date;
}

export interface RegistryRequest {
  readonly method: string;
  /** `/storage/...` is the target of redirects for blobs. */
  readonly path: string;
  readonly query?: string;
  /** 0 without a response. */
  readonly status: number;
  readonly authorization: 'none' | 'basic' | 'bearer';
  readonly range?: string;
}

export class LocalRegistry {
  static async start(options: LocalRegistryOptions = {}): Promise<LocalRegistry> {
    const registry = new LocalRegistry(options);
    registry.server = await LoopbackServer.start(exchange => registry.serve(exchange, false));
    registry.storage = await LoopbackServer.start(exchange => registry.serve(exchange, true));
    return registry;
  }

  requests = new Array<RegistryRequest>();
  /** Largest number of bytes of a body that the client read. */
  longestBody = 0;
  private readonly faults = new RegistryFaults();
  private readonly authentication: Authentication;
  private readonly contents = new Map<string, Content>();
  private readonly absent = new Set<string>();
  private server!: LoopbackServer;
  private storage!: LoopbackServer;

  private constructor(private readonly options: LocalRegistryOptions) {
    this.authentication = new Authentication(options, options.now ?? (() => new Date()));
  }

  get url(): string {
    return this.server.url;
  }

  get host(): string {
    return new URL(this.url).host;
  }

  /** Target of redirects for blobs. */
  get storageUrl(): string {
    return this.storage.url;
  }

  /** Faults that have not occurred as often as requested. If a test ends with such faults, it did not test what it claims. */
  get pending(): RegistryFault[] {
    return this.faults.pending;
  }

  async stop(): Promise<void> {
    await Promise.all([this.server.stop(), this.storage.stop()]);
  }

  addImage(image: SeedImage): SeededImage {
    return addImage(this.content(image.name), image);
  }

  addIndex(index: SeedIndex): SeededIndex {
    return addIndex(this.content(index.name), index);
  }

  addCosignSignature({ name, digest }: { readonly name: string; readonly digest: string }): SeededImage {
    return addCosignSignature(this.content(name), digest);
  }

  /** Moves a tag to a manifest. */
  tag(name: string, tag: string, digest: string): void {
    this.content(name).tags.set(tag, digest);
  }

  /** Removes a manifest or a blob, even if others refer to it. */
  missing(digest: string): void {
    this.absent.add(digest);
  }

  /** Revokes all tokens. New tokens can be requested. */
  forgetTokens(): void {
    this.authentication.forgetTokens();
  }

  /** Revokes the credentials and all tokens. */
  forgetCredentials(): void {
    this.authentication.forgetCredentials();
  }

  /** `retryAfter` in seconds or as a date. @default - the answer does not say */
  answerTooMany(times: number, retryAfter?: number | Date, of = ANY): void {
    this.faults.add({ kind: 'tooMany', ...retryAfter === undefined ? {} : { retryAfter } }, times, of);
  }

  answerError(times: number, status: number, of = ANY): void {
    this.faults.add({ kind: 'error', status }, times, of);
  }

  hang(times: number, of = ANY): void {
    this.faults.add({ kind: 'hang' }, times, of);
  }

  reset(times: number, of = ANY): void {
    this.faults.add({ kind: 'reset' }, times, of);
  }

  /** Destroys the connection after this number of bytes of a blob. */
  cut(times: number, afterBytes: number, of = BLOBS): void {
    this.faults.add({ kind: 'cut', afterBytes }, times, of);
  }

  /** Changes one byte of a blob. */
  corrupt(times: number, of = BLOBS): void {
    this.faults.add({ kind: 'corrupt' }, times, of);
  }

  /** Changes one digit of a digest in the manifest. */
  corruptManifest(times: number, of = MANIFESTS): void {
    this.faults.add({ kind: 'corruptManifest' }, times, of);
  }

  wrongDigestHeader(times: number, of = MANIFESTS): void {
    this.faults.add({ kind: 'wrongDigestHeader' }, times, of);
  }

  /** Sends a body of a gibibyte without a length, which exhausts the memory of a client that reads it completely. */
  flood(times: number, of = ANY, status = 200, headers: Record<string, string> = { 'content-type': 'application/json' }): void {
    this.faults.add({ kind: 'flood', status, headers }, times, of);
  }

  private content(name: string): Content {
    const content = this.contents.get(name) ?? new Content(name, this.options.referrers === 'absent');
    this.contents.set(name, content);
    return content;
  }

  private async serve({ request, response }: Exchange, isStorage: boolean): Promise<void> {
    const { method = '', headers } = request;
    const { authorization, range } = headers;
    const url = new URL(request.url ?? '/', this.url);
    const path = url.pathname;
    const log = (status: number) => this.requests.push({
      method,
      path,
      ...url.search === '' ? {} : { query: url.search.slice(1) },
      status,
      authorization: schemeOf(authorization),
      ...range === undefined ? {} : { range },
    });
    const obstacle = this.obstacle(url, authorization, isStorage);
    const fault = obstacle ? undefined : this.faults.take(INSTEAD, path);
    if (fault?.kind === 'hang' || fault?.kind === 'reset') {
      log(0);
      if (fault.kind === 'reset') request.socket.destroy();
      return;
    }
    const reply = obstacle ?? (fault && insteadOf(fault)) ?? this.reply(method, url, { accept: headers.accept, authorization, range });
    const isHead = method === 'HEAD';
    const spoiling = reply.status < 300 ? this.faults.take(isHead ? OF_HEADERS : OF_ANSWERS, path) : undefined;
    log(reply.status);
    let sent = 0;
    await deliver(response, spoilt(reply, spoiling), isHead, spoiling?.kind === 'cut' ? spoiling.afterBytes : undefined, length => {
      sent += length;
      this.longestBody = Math.max(this.longestBody, sent);
    });
  }

  private obstacle(url: URL, authorization: string | undefined, isStorage: boolean): Reply | undefined {
    const { pathname } = url;
    if (isStorage || pathname.startsWith('/storage/')) return storageObstacle(url, authorization, isStorage);
    const realm = `${this.options.publicUrl ?? this.url}/token`;
    return pathname === '/token' ? undefined : this.authentication.obstacle(authorization, routeOf(pathname).name, realm);
  }

  private reply(
    method: string, url: URL, headers: { readonly accept?: string; readonly authorization?: string; readonly range?: string },
  ): Reply {
    if (method !== 'GET' && method !== 'HEAD') return refusal(405, 'UNSUPPORTED', 'only pulling is known here');
    const { ranges = true, referrers = 'api', pageSize = 100 } = this.options;
    if (url.pathname === '/token') return this.authentication.grant(headers.authorization, url.searchParams);
    if (url.pathname === '/v2/') return json(200, {});
    const { name, part, reference } = routeOf(url.pathname);
    if (part === 'referrers' && referrers !== 'absent') {
      return referrersReply(this.contents.get(name ?? ''), reference, url, { pageSize, filters: referrers === 'api' });
    }
    const content = this.contents.get(name ?? '');
    if (!content) return refusal(404, 'NAME_UNKNOWN', 'repository name not known to registry');
    if (part === 'tags') return tagsReply(content, url, pageSize);
    if (part === 'manifests') return this.manifestReply(content, reference, headers.accept);
    const blob = this.absent.has(reference) ? undefined : content.blobs.get(reference);
    if (!blob) return refusal(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
    const location = part === 'blobs' ? this.redirection(content, reference) : undefined;
    return location === undefined ? blobReply(blob, headers.range, ranges) : whole(307, Buffer.alloc(0), { location });
  }

  private manifestReply(content: Content, reference: string, accept = ''): Reply {
    const manifest = content.manifest(reference);
    const accepted = accept.split(',').map(type => type.split(';')[0].trim());
    if (!manifest || this.absent.has(manifest.digest) || !accepted.includes(manifest.mediaType)) {
      return refusal(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    }
    return whole(200, manifest.bytes, { 'content-type': manifest.mediaType, 'docker-content-digest': manifest.digest });
  }

  private redirection({ name }: Content, digest: string): string | undefined {
    const { redirects = 'none' } = this.options;
    if (redirects === 'none') return undefined;
    const path = storagePath(name, digest);
    return redirects === 'absolute' ? `${this.storage.url}${path}` : path;
  }
}

function schemeOf(authorization: string | undefined): 'none' | 'basic' | 'bearer' {
  if (authorization === undefined) return 'none';
  return /^basic /i.test(authorization) ? 'basic' : 'bearer';
}
