/**
 * Images as docker and OCI tools push them: a gzipped tar with one file of noise for each layer, a config with their diff ids, a
 * manifest, an index. The same options give the same bytes.
 */
import { createCipheriv, createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { LayerStore } from './layer-store';
import { digestOf, OCI_INDEX, OCI_MANIFEST, parseManifest } from './manifest';
import type { ImageStatus, Repository } from './repository';
import { storeImage } from './store-image';

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

interface Storage {
  readonly repositoryName: string;
  readonly tags?: readonly string[];
  /** @default - one second after the image before it, from 2026-01-01 */
  readonly pushedAt?: Date;
  /** @default 'ACTIVE' */
  readonly status?: ImageStatus;
  /** Seed of the layers: the same seed results in the same layers. @default - the number of images that were added to the repository */
  readonly seed?: number;
  /** Size of the random data in each layer in bytes. The layer is slightly larger. @default 1000 */
  readonly layerSize?: number;
  /** Number of layers, or their bytes. @default 2 */
  readonly layers?: number | readonly Uint8Array[];
  /** The media types. @default 'oci' */
  readonly format?: 'oci' | 'docker';
}

export interface RealImageOptions extends Storage {
  /** @default - linux/amd64 */
  readonly platform?: Platform;
  /** Digest of the subject, which does not have to exist. */
  readonly subject?: string;
  /** Type of an artifact, whose config is empty. */
  readonly artifactType?: string;
  /** @default - by the format, and whether their bytes are gzipped */
  readonly layerMediaType?: string;
  readonly annotations?: Record<string, string>;
  /** Number of foreign layers, which the manifest contains but the repository does not. @default 0 */
  readonly foreignLayers?: number;
}

export interface RealIndexOptions extends Storage {
  /** Number of images, or their platforms. @default 2 */
  readonly images?: number | readonly Platform[];
  /** Whether there is another index between this one and the images. @default false */
  readonly nested?: boolean;
  /** Whether each image has an attestation, like those of `docker buildx`. @default false */
  readonly attestations?: boolean;
  readonly subject?: string;
  readonly annotations?: Record<string, string>;
}

export interface RealImage {
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
  readonly platform: Platform;
  readonly configDigest: string;
  /** The layers in order, without foreign layers. */
  readonly layerDigests: readonly string[];
}

export interface RealIndex {
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
  /** The images in order, including attestations. */
  readonly images: readonly RealImage[];
  /** The digest of the index between, if there is one. */
  readonly inner?: string;
}

interface MediaTypes {
  readonly manifest: string;
  readonly index: string;
  readonly config: string;
  readonly layer: string;
  readonly gzippedLayer: string;
  readonly foreignLayer: string;
}

interface Blob {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

const PLATFORMS: readonly Platform[] = [
  { os: 'linux', architecture: 'amd64' }, { os: 'linux', architecture: 'arm64', variant: 'v8' },
  { os: 'linux', architecture: 'arm', variant: 'v7' },
  { os: 'linux', architecture: 's390x' }, { os: 'linux', architecture: 'ppc64le' }, { os: 'linux', architecture: 'riscv64' },
];
const EPOCH = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const EMPTY = 'application/vnd.oci.empty.v1+json';
const MEDIA_TYPES: Record<'oci' | 'docker', MediaTypes> = {
  oci: {
    manifest: OCI_MANIFEST,
    index: OCI_INDEX,
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar',
    gzippedLayer: 'application/vnd.oci.image.layer.v1.tar+gzip',
    foreignLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  },
  docker: {
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar',
    gzippedLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    foreignLayer: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
  },
};

export function addRealImage(repository: Repository, store: LayerStore, options: RealImageOptions): RealImage {
  const types = MEDIA_TYPES[options.format ?? 'oci'];
  const { platform = PLATFORMS[0], subject, artifactType, annotations } = options;
  const seed = options.seed ?? repository.seeded.images + 1;
  const layers = blobsOf(options, types, seed);
  const config: Blob = artifactType === undefined
    ? { mediaType: types.config, bytes: Buffer.from(configText(layers, platform)) }
    : { mediaType: EMPTY, bytes: Buffer.from('{}') };
  const foreign = Array.from({ length: options.foreignLayers ?? 0 }, (_, n) => ({
    mediaType: types.foreignLayer, digest: digestOf(`foreign ${n}`), size: 1000, urls: [`https://example.com/foreign/${n}`],
  }));
  const described = [config, ...layers].map(blob => keep(repository, store, blob));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: types.manifest,
    artifactType,
    config: described[0],
    layers: [...foreign, ...described.slice(1)],
    subject: subject === undefined ? undefined : descriptorOf(repository, subject),
    annotations,
  });
  const digest = add(repository, manifest, options);
  const [configDigest, ...layerDigests] = described.map(each => each.digest);
  return { digest, manifest, mediaType: types.manifest, platform, configDigest, layerDigests };
}

export function addRealIndex(repository: Repository, store: LayerStore, options: RealIndexOptions): RealIndex {
  const types = MEDIA_TYPES[options.format ?? 'oci'];
  const { images: wanted = 2, attestations = false, nested = false, subject, annotations, tags, ...rest } = options;
  const platforms = typeof wanted === 'number' ? Array.from({ length: wanted }, (_, n) => PLATFORMS[n % PLATFORMS.length]) : wanted;
  const seed = options.seed ?? repository.seeded.images + 1;
  const images = platforms.flatMap((platform, n) => {
    const own = { ...rest, seed: seed + n / 1000 };
    const image = addRealImage(repository, store, { ...own, platform });
    return attestations ? [image, addRealImage(repository, store, { ...own, ...attestationOf(image) })] : [image];
  });
  const entries = images.map(image => ({ ...descriptorOf(repository, image.digest), platform: image.platform, ...referenceOf(image) }));
  const indexOver = (manifests: readonly object[], own: object) =>
    JSON.stringify({ schemaVersion: 2, mediaType: types.index, manifests, ...own });
  const inner = nested ? add(repository, indexOver(entries, {}), rest) : undefined;
  const manifest = indexOver(inner === undefined ? entries : [descriptorOf(repository, inner)], {
    subject: subject === undefined ? undefined : descriptorOf(repository, subject), annotations,
  });
  return {
    digest: add(repository, manifest, { ...rest, tags }), manifest, mediaType: types.index, images, ...inner === undefined ? {} : { inner },
  };
}

function blobsOf({ layers = 2, layerSize = 1000, layerMediaType }: RealImageOptions, types: MediaTypes, seed: number): Blob[] {
  const contents = typeof layers === 'number'
    ? Array.from({ length: layers }, (_, n) => gzipSync(tarOf(noise(`${seed} ${n}`, layerSize)), { level: 0 })) : layers;
  return contents.map(bytes => ({ bytes, mediaType: layerMediaType ?? (isGzipped(bytes) ? types.gzippedLayer : types.layer) }));
}

function configText(layers: readonly Blob[], platform: Platform): string {
  return JSON.stringify({
    created: new Date(EPOCH).toISOString(),
    ...platform,
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ bytes }) => digestOfBytes(isGzipped(bytes) ? gunzipSync(bytes) : bytes)) },
    history: layers.map((_, n) => ({ created: new Date(EPOCH).toISOString(), created_by: `layer ${n}` })),
  });
}

function keep(repository: Repository, store: LayerStore, { mediaType, bytes }: Blob) {
  const digest = digestOfBytes(bytes);
  if (!repository.layers.has(digest)) repository.layers.set(digest, store.add(bytes));
  return { mediaType, digest, size: bytes.length };
}

function add(
  repository: Repository, text: string, { tags = [], pushedAt, status = 'ACTIVE' }: Pick<Storage, 'tags' | 'pushedAt' | 'status'>,
): string {
  const ordinal = repository.seeded.images += 1;
  const digest = digestOf(text);
  const now = pushedAt?.getTime() ?? EPOCH + ordinal * 1000;
  const image = repository.image(digest) ?? storeImage(repository, { text, digest, now, manifest: parseManifest(text, undefined) });
  if (status !== 'ACTIVE') Object.assign(image, { status, lastArchivedAt: now + DAY });
  for (const tag of tags) repository.tag(image, tag);
  return digest;
}

/** Creates a descriptor of a manifest, which does not have to exist. */
function descriptorOf(repository: Repository, digest: string) {
  const image = repository.image(digest);
  return { mediaType: image?.mediaType ?? OCI_MANIFEST, digest, size: image ? Buffer.byteLength(image.manifest()) : 400 };
}

const ATTESTED = 'vnd.docker.reference.digest';

function attestationOf({ digest }: RealImage): Partial<RealImageOptions> {
  return {
    platform: { os: 'unknown', architecture: 'unknown' },
    layers: [Buffer.from(JSON.stringify({ _type: 'https://in-toto.io/Statement/v0.1', subject: digest }))],
    layerMediaType: 'application/vnd.in-toto+json',
    annotations: { [ATTESTED]: digest },
  };
}

function referenceOf({ manifest }: RealImage): { annotations?: Record<string, string> } {
  const { annotations = {} } = JSON.parse(manifest) as { annotations?: Record<string, string> };
  const attested = annotations[ATTESTED];
  return attested === undefined ? {} : { annotations: { 'vnd.docker.reference.type': 'attestation-manifest', [ATTESTED]: attested } };
}

/** Creates bytes that cannot be compressed. */
function noise(seed: string, size: number): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

/** One file named `noise` (POSIX ustar). */
function tarOf(content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  const write = (at: number, text: string) => header.write(text, at, 'latin1');
  const octal = (at: number, digits: number, value: number) => write(at, value.toString(8).padStart(digits, '0'));
  write(0, 'noise');
  octal(100, 7, 0o644);
  octal(108, 7, 0);
  octal(116, 7, 0);
  octal(124, 11, content.length);
  octal(136, 11, EPOCH / 1000);
  // The checksum is computed with spaces in its own field.
  write(148, '        0');
  write(257, 'ustar\u000000');
  octal(148, 6, header.reduce((sum, byte) => sum + byte, 0));
  write(154, '\u0000 ');
  return Buffer.concat([header, content, Buffer.alloc(1024 + (512 - content.length % 512) % 512)]);
}

function isGzipped(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function digestOfBytes(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
