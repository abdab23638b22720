import { createHash } from 'node:crypto';
import { invalidParameter } from './aws-error';

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
/** Layers that are fetched from another host and not pushed (OCI image spec, "Non-distributable layers"). */
const FOREIGN = /^application\/vnd\.(docker\.image\.rootfs\.foreign|oci\.image\.layer\.nondistributable)\./;
/** "Amazon ECR supports" these (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html). */
export const MANIFEST_TYPES = [
  'application/vnd.docker.distribution.manifest.v1+json', 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  'application/vnd.docker.distribution.manifest.v2+json', 'application/vnd.docker.distribution.manifest.list.v2+json',
  OCI_MANIFEST, OCI_INDEX,
];
const INDEX_TYPES = [OCI_INDEX, 'application/vnd.docker.distribution.manifest.list.v2+json'];

export interface Manifest {
  readonly mediaType: string;
  readonly children: readonly string[];
  /** The layers that a registry must hold, including the config. */
  readonly layers: readonly string[];
  readonly subject?: string;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
  /** Total size of the layers and the config of a single manifest. 0 for an index, whose size is the size of its largest child. */
  readonly size: number;
}

interface Descriptor {
  readonly mediaType?: string;
  readonly digest?: string;
  readonly size?: number;
}

export function isIndex(mediaType: string): boolean {
  return INDEX_TYPES.includes(mediaType);
}

export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** `declaredMediaType` is needed where the manifest names none; without either, ECR answers "Invalid JSON syntax" (aws/aws-sdk#193). */
export function parseManifest(text: string, declaredMediaType: string | undefined): Manifest {
  let parsed: Record<string, unknown>;
  try {
    parsed = JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw invalidParameter('ImageManifest', 'Invalid JSON syntax');
  }
  const own = typeof parsed?.mediaType === 'string' ? parsed.mediaType : undefined;
  const mediaType = own ?? declaredMediaType;
  if (mediaType === undefined) throw invalidParameter('ImageManifest', 'Invalid JSON syntax');
  if (own !== undefined && declaredMediaType !== undefined && own !== declaredMediaType) {
    throw invalidParameter('ImageManifestMediaType', `the manifest has the media type ${own}`);
  }
  const config = parsed.config as Descriptor | undefined;
  const layers = (parsed.layers ?? []) as Descriptor[];
  const subject = (parsed.subject as Descriptor | undefined)?.digest;
  const artifactType = typeof parsed.artifactType === 'string' ? parsed.artifactType : config?.mediaType;
  return {
    mediaType,
    children: isIndex(mediaType) ? ((parsed.manifests ?? []) as Descriptor[]).map(child => String(child.digest)) : [],
    layers: isIndex(mediaType) ? [] : digestsToHold([...config ? [config] : [], ...layers]),
    size: isIndex(mediaType) ? 0 : layers.reduce((sum, layer) => sum + (layer.size ?? 0), config?.size ?? 0),
    ...subject === undefined ? {} : { subject },
    ...artifactType === undefined ? {} : { artifactType },
    ...parsed.annotations === undefined ? {} : { annotations: parsed.annotations as Record<string, string> },
  };
}

function digestsToHold(descriptors: readonly Descriptor[]): string[] {
  return [...new Set(descriptors.flatMap(({ digest, mediaType = '' }) => digest === undefined || FOREIGN.test(mediaType) ? [] : [digest]))];
}
