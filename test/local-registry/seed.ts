import { Blob, generatedBlob, heldBlob } from './blob';
import { Content, Descriptor, indexOver } from './content';
import { DOCKER, OCI } from './media-types';

export interface SeedImage {
  readonly name: string;
  readonly tag?: string;
  /**
   * Sizes, or the bytes themselves. Layers of one size at one place of the images of a platform are the same blob.
   *
   * @default [1000, 2000]
   */
  readonly layers?: readonly (number | Buffer)[];
  /** @default 'linux/amd64' */
  readonly platform?: string;
  /** Media types of Docker instead of OCI. @default false */
  readonly docker?: boolean;
  /** The digest of the manifest that this one refers to; it need not exist. */
  readonly subject?: string;
  /** Type of an artifact, which has the empty config and its own layers. */
  readonly artifactType?: string;
}

export interface SeedIndex extends Pick<SeedImage, 'name' | 'tag' | 'layers' | 'docker'> {
  readonly platforms: readonly string[];
  /** One more manifest for each platform, as `docker buildx` pushes them. @default false */
  readonly attestations?: boolean;
  /** An index over the index. @default false */
  readonly nested?: boolean;
}

export interface SeededImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  /** Digests of blobs. */
  readonly config: string;
  readonly layers: readonly string[];
}

export interface SeededIndex {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  /** Digests of manifests as the index lists them: those of the platforms, then the attestations; of a nested one the inner index. */
  readonly children: readonly string[];
  /** Of the platforms. */
  readonly images: readonly SeededImage[];
  readonly attestations: readonly SeededImage[];
}

const ATTESTATION = 'application/vnd.in-toto+json';
const SIGNATURE = 'application/vnd.dev.cosign.simplesigning.v1+json';
/** Only its shape matters: nothing here verifies signatures. */
const SIGNATURE_BYTES = Buffer.from('signed').toString('base64');

/** Deterministic: the same calls result in the same digests. */
export function addImage(content: Content, { tag, platform = 'linux/amd64', docker = false, ...image }: SeedImage): SeededImage {
  const types = docker ? DOCKER : OCI;
  const { artifactType, subject, layers = [1000, 2000] } = image;
  const ordinal = content.added += 1;
  const seed = `${content.name} ${artifactType === undefined ? platform : ordinal}`;
  const parts = layers.map((layer, at) => content.addBlob(blobOf(layer, `${seed} ${at}`), types.layer));
  const config = artifactType === undefined
    ? content.addBlob(configOf(platform, ordinal, parts), types.config)
    : content.addBlob(heldBlob(Buffer.from('{}')), OCI.empty);
  return store(content, { tag, mediaType: types.manifest, artifactType, subject, config, layers: parts });
}

export function addIndex(
  content: Content, { tag, platforms, layers, docker = false, attestations = false, nested = false }: SeedIndex,
): SeededIndex {
  const { name } = content;
  const mediaType = (docker ? DOCKER : OCI).index;
  const images = platforms.map(platform => addImage(content, { name, platform, docker, ...layers ? { layers } : {} }));
  const attested = attestations ? images.map(({ digest }) => addAttestation(content, digest)) : [];
  const manifests = [
    ...images.map((image, at) => descriptorOf(image, platforms[at])),
    // https://docs.docker.com/build/metadata/attestations/attestation-storage/
    ...attested.map((image, at) => ({
      ...descriptorOf(image, 'unknown/unknown'),
      annotations: { 'vnd.docker.reference.digest': images[at].digest, 'vnd.docker.reference.type': 'attestation-manifest' },
    })),
  ];
  const children = nested ? [content.addManifest(indexOver(manifests, mediaType))] : manifests;
  const index = content.addManifest(indexOver(children, mediaType), tag);
  return { ...index, children: children.map(({ digest }) => digest), images, attestations: attested };
}

/** Under the tag that cosign makes of the digest (https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md). */
export function addCosignSignature(content: Content, digest: string): SeededImage {
  const critical = { identity: {}, image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature' };
  const payload = heldBlob(Buffer.from(JSON.stringify({ critical })));
  const layer = content.addBlob(payload, SIGNATURE, { 'dev.cosignproject.cosign/signature': SIGNATURE_BYTES });
  const config = content.addBlob(configOf('/', 0, [layer]), OCI.config);
  return store(content, { tag: `${digest.replace(':', '-')}.sig`, mediaType: OCI.manifest, config, layers: [layer] });
}

function addAttestation(content: Content, digest: string): SeededImage {
  const statement = JSON.stringify({
    _type: 'https://in-toto.io/Statement/v0.1', subject: [{ digest: { sha256: digest.slice('sha256:'.length) } }],
  });
  const layer = content.addBlob(heldBlob(Buffer.from(statement)), ATTESTATION, {
    'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v0.2',
  });
  const config = content.addBlob(configOf('unknown/unknown', 0, [layer]), OCI.config);
  return store(content, { mediaType: OCI.manifest, config, layers: [layer] });
}

interface Parts {
  readonly tag?: string;
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly subject?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

function store(content: Content, { tag, mediaType, artifactType, subject, config, layers }: Parts): SeededImage {
  const refersTo = content.manifest(subject ?? '');
  const manifest = {
    schemaVersion: 2,
    mediaType,
    artifactType,
    config,
    layers,
    subject: subject === undefined ? undefined
      : { mediaType: refersTo?.mediaType ?? OCI.manifest, digest: subject, size: refersTo?.bytes.length ?? 400 },
  };
  const descriptor = content.addManifest(manifest, tag);
  if (subject !== undefined) content.addReferrer(subject, { ...descriptor, artifactType: artifactType ?? config.mediaType });
  return { ...descriptor, config: config.digest, layers: layers.map(({ digest }) => digest) };
}

function configOf(platform: string, ordinal: number, layers: readonly Descriptor[]): Blob {
  return heldBlob(Buffer.from(JSON.stringify({
    ...platformOf(platform),
    config: {},
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: [{ created_by: `image ${ordinal}` }],
  })));
}

function blobOf(layer: number | Buffer, seed: string): Blob {
  return typeof layer === 'number' ? generatedBlob(seed, layer) : heldBlob(layer);
}

function descriptorOf({ mediaType, digest, size }: SeededImage, platform: string): Descriptor {
  return { mediaType, digest, size, platform: platformOf(platform) };
}

function platformOf(platform: string): { os: string; architecture: string; variant?: string } {
  const [os, architecture, variant] = platform.split('/');
  return { os, architecture, ...variant === undefined ? {} : { variant } };
}
