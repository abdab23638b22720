/** Imports images from upstream registries when they are pulled. Behavior and sources: README.md, "Pull-through caches". */
import { AwsError } from './aws-error';
import { CacheRule, cacheRuleFor, upstreamNameOf } from './cache-rules';
import { CacheSecrets } from './cache-secrets';
import type { LayerStore } from './layer-store';
import { digestOf, Manifest, MANIFEST_TYPES, parseManifest } from './manifest';
import type { Readings } from './readings';
import type { Registry } from './registry';
import type { ImageId, Repository } from './repository';
import type { RepositoryCreations } from './repository-creations';
import { storeImage } from './store-image';
import { UpstreamError, UpstreamRegistry } from './upstream-registry';

export interface Pull {
  readonly registry: Registry;
  readonly repositoryName: string;
  readonly imageIds: readonly ImageId[];
  readonly now: number;
  /** Whether the caller may do this to the repository, which does not have to exist. */
  permits(action: string): boolean;
}

export interface Validation {
  readonly isValid: boolean;
  readonly failure?: string;
}

interface UpstreamManifest {
  readonly text: string;
  readonly digest: string;
  readonly manifest: Manifest;
  readonly children: readonly UpstreamManifest[];
}

interface Source {
  readonly upstream: UpstreamRegistry;
  readonly upstreamName: string;
  readonly now: number;
}

const DAY = 86_400_000;
const MAX_MANIFEST = 4_194_304;
const MAX_DEPTH = 3;
const UNAUTHENTICATED = 'The authentication to the upstream registry failed. Verify that the credentials provided in the pull through cache'
  + ' rule are correct, and try again.';

export class PullThroughCache {
  readonly secrets = new CacheSecrets();
  /** Addresses of upstream registries by their hosts. */
  readonly upstreams = new Map<string, string>();
  private readonly checks = new WeakMap<Repository, Map<string, number>>();
  private readonly imports = new Map<string, Promise<void>>();
  private readonly validations = new WeakMap<CacheRule, Validation>();

  constructor(
    private readonly creations: RepositoryCreations, private readonly layerStore: LayerStore, private readonly readings: Readings,
  ) {}

  /** Imports the images of a pull. Returns undefined if there is nothing to do. @throws if an image without a copy cannot be read */
  pull(pull: Pull): Promise<void> | undefined {
    const rule = cacheRuleFor(pull.registry.cacheRules, pull.repositoryName);
    const references = rule ? pull.imageIds.flatMap(id => this.referenceToImport(pull, id) ?? []) : [];
    if (!rule || references.length === 0 || !this.isPermitted(pull)) return undefined;
    return (async () => { for (const reference of references) await this.importOnce(rule, pull, reference); })();
  }

  /** Asks the upstream registry, for ValidatePullThroughCacheRule. */
  async validate(rule: CacheRule): Promise<void> {
    try {
      await this.connect(rule).get('/v2/');
      this.validations.set(rule, { isValid: true });
    } catch (error) {
      this.validations.set(rule, { isValid: false, failure: failureOf(error).message });
    }
  }

  validationOf(rule: CacheRule): Validation {
    return this.validations.get(rule)!;
  }

  private referenceToImport({ registry, repositoryName, now }: Pull, { imageDigest, imageTag }: ImageId): string | undefined {
    const repository = registry.repositories.get(repositoryName);
    if (imageDigest !== undefined) {
      return this.readings.isOther('cache-digest-first-pull') && !repository?.image(imageDigest) ? imageDigest : undefined;
    }
    if (imageTag === undefined || repository?.digestOfTag(imageTag) === undefined) return imageTag;
    const checkedAt = this.checks.get(repository)?.get(imageTag) ?? 0;
    return repository.isImmutable(imageTag) || now - checkedAt < DAY ? undefined : imageTag;
  }

  private isPermitted({ registry, repositoryName, permits }: Pull): boolean {
    return permits('ecr:BatchImportUpstreamImage') && (registry.repositories.has(repositoryName) || permits('ecr:CreateRepository'));
  }

  /** Two requests for the same image wait for one import. */
  private async importOnce(rule: CacheRule, pull: Pull, reference: string): Promise<void> {
    const { registry: { account, region }, repositoryName } = pull;
    const key = `${account} ${region} ${repositoryName} ${reference}`;
    const running = this.imports.get(key) ?? this.import(rule, pull, reference).finally(() => this.imports.delete(key));
    this.imports.set(key, running);
    await running;
  }

  /** A copy is kept if the upstream registry fails, and an image that does not exist there is not found here either. */
  private async import(rule: CacheRule, pull: Pull, reference: string): Promise<void> {
    const { registry, repositoryName, now } = pull;
    const upstreamName = upstreamNameOf(rule, repositoryName);
    try {
      const upstream = this.connect(rule);
      const image = await readManifest(upstream, upstreamName, reference);
      const repository = registry.repositories.get(repositoryName)
        ?? this.creations.create(registry, repositoryName, 'PULL_THROUGH_CACHE', now);
      await this.store(repository, image, { upstream, upstreamName, now });
      if (reference === image.digest) return;
      repository.tag(repository.image(image.digest)!, reference);
      const checks = this.checks.get(repository) ?? new Map<string, number>();
      this.checks.set(repository, checks.set(reference, now));
    } catch (error) {
      const isCached = registry.repositories.get(repositoryName)?.digestOfTag(reference) !== undefined;
      if (isCached || (error instanceof UpstreamError && error.problem === 'missing')) return;
      throw failureOf(error);
    }
  }

  private async store(repository: Repository, { text, digest, manifest, children }: UpstreamManifest, from: Source): Promise<void> {
    for (const child of children) await this.store(repository, child, from);
    for (const layer of manifest.layers) {
      if (!repository.layers.has(layer)) await this.copyLayer(repository, layer, from);
    }
    if (!repository.image(digest)) storeImage(repository, { text, digest, manifest, now: from.now });
  }

  private async copyLayer(repository: Repository, digest: string, { upstream, upstreamName }: Source): Promise<void> {
    const { body } = await upstream.get(`/v2/${upstreamName}/blobs/${digest}`);
    const writer = this.layerStore.writer();
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) writer.write(chunk);
    if (writer.digest !== digest) {
      writer.discard();
      throw new UpstreamError('unavailable', `the blob ${digest} is damaged`);
    }
    repository.layers.set(digest, writer.finish());
  }

  private connect({ upstreamUrl, credentialArn }: CacheRule): UpstreamRegistry {
    const url = this.upstreams.get(upstreamUrl);
    if (url === undefined) throw new UpstreamError('unavailable', `the upstream registry ${upstreamUrl} is not known to this test`);
    if (credentialArn === undefined) return new UpstreamRegistry(url);
    const credentials = this.secrets.credentialsOf(credentialArn);
    if (!credentials) throw new UpstreamError('unavailable', 'The secret of the pull through cache rule cannot be read');
    return new UpstreamRegistry(url, credentials);
  }
}

async function readManifest(upstream: UpstreamRegistry, name: string, reference: string, depth = 1): Promise<UpstreamManifest> {
  if (depth > MAX_DEPTH) throw new UpstreamError('unavailable', `an index is nested more than ${MAX_DEPTH} times`);
  const response = await upstream.get(`/v2/${name}/manifests/${reference}`, MANIFEST_TYPES.join(', '));
  const text = await textOf(response);
  const digest = digestOf(text);
  if (reference.includes(':') && reference !== digest) throw new UpstreamError('unavailable', `the manifest ${reference} is damaged`);
  const manifest = parseManifest(text, response.headers.get('content-type') ?? undefined);
  const children = new Array<UpstreamManifest>();
  for (const child of manifest.children) children.push(await readManifest(upstream, name, child, depth + 1));
  return { text, digest, manifest, children };
}

async function textOf({ body }: Response): Promise<string> {
  const chunks = new Array<Uint8Array>();
  let size = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_MANIFEST) throw new UpstreamError('unavailable', `a manifest has more than ${MAX_MANIFEST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function failureOf(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const isUnauthenticated = error instanceof UpstreamError && error.problem === 'unauthenticated';
  return new AwsError('UnableToGetUpstreamImageException', isUnauthenticated ? UNAUTHENTICATED
    : `The image could not be pulled from the upstream registry: ${(error as Error).message}`);
}
