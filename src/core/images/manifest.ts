import { isDigest } from './digest';
import { INDEX_MEDIA_TYPES, MANIFEST_MEDIA_TYPES, NON_DISTRIBUTABLE } from './media-types';

/** https://github.com/opencontainers/image-spec/blob/main/descriptor.md */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: DescribedPlatform;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface DescribedPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** References of an image to its parts. */
export interface Manifest {
  readonly mediaType: string;
  /** Images of an index. */
  readonly children: readonly Descriptor[];
  /** Configuration and layers that the registry stores, without duplicates. */
  readonly blobs: readonly Descriptor[];
}

/** A manifest that cannot be copied unchanged. */
export class ManifestProblem extends Error {}

/**
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md,
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md, and manifests of schema 2 of Docker, which have the same members
 *
 * @param declaredMediaType the media type that the registry answered with
 * @throws ManifestProblem when it is of another kind, or not well formed
 */
export function parseManifest(text: string, declaredMediaType?: string): Manifest {
  const manifest = parseObject(text);
  const mediaType = typeof manifest.mediaType === 'string' ? manifest.mediaType : declaredMediaType?.split(';')[0].trim() ?? '';
  if (manifest.schemaVersion === 1) throw new ManifestProblem('the manifest has Docker\'s schema 1, which ECR does not support');
  if (!MANIFEST_MEDIA_TYPES.includes(mediaType)) {
    throw new ManifestProblem(`the manifest has the media type '${mediaType}', which is not that of an image`);
  }
  if (INDEX_MEDIA_TYPES.includes(mediaType)) return { mediaType, children: parseDescriptors(manifest.manifests, 'manifests'), blobs: [] };
  const blobs = [...parseDescriptors([manifest.config], 'config'), ...parseDescriptors(manifest.layers ?? [], 'layers')];
  const distributableBlobs = blobs.filter(blob => !NON_DISTRIBUTABLE.test(blob.mediaType));
  return { mediaType, children: [], blobs: [...new Map(distributableBlobs.map(blob => [blob.digest, blob])).values()] };
}

export function isIndex(mediaType: string): boolean {
  return INDEX_MEDIA_TYPES.includes(mediaType);
}

/** Returns the index with fewer images. The result is always the same, byte by byte. */
export function indexOf(text: string, digests: ReadonlySet<string>): string {
  const index = parseObject(text);
  const manifests = (index.manifests as { digest: string }[]).filter(({ digest }) => digests.has(digest));
  return JSON.stringify({ ...index, manifests });
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ManifestProblem('the manifest is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ManifestProblem('the manifest is not a JSON object');
  return value as Record<string, unknown>;
}

function parseDescriptors(value: unknown, member: string): Descriptor[] {
  if (!Array.isArray(value)) throw new ManifestProblem(`the manifest has no '${member}'`);
  return value.map((item: Partial<Descriptor> | undefined) => {
    const { mediaType = '', digest = '', size } = item ?? {};
    if (typeof digest !== 'string' || !isDigest(digest)) {
      throw new ManifestProblem(`the manifest refers to something without a SHA-256 digest in '${member}'`);
    }
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
      throw new ManifestProblem(`the manifest has no size for ${digest}`);
    }
    return { ...item, mediaType: String(mediaType), digest, size };
  });
}
