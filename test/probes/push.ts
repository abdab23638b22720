import { createHash } from 'node:crypto';
import {
  BatchCheckLayerAvailabilityCommand, CompleteLayerUploadCommand, InitiateLayerUploadCommand, PutImageCommand, UploadLayerPartCommand,
} from '@aws-sdk/client-ecr';
import type { ECRClient } from '@aws-sdk/client-ecr';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

interface PushOptions {
  readonly tag?: string;
  /** Images with different seeds are different. @default 1 */
  readonly seed?: number;
  /** Digest of the image to which this one refers. */
  readonly subject?: PushedImage;
}

export interface PushedImage {
  readonly digest: string;
  readonly manifest: string;
  readonly mediaType: string;
}

function digestOf(bytes: Uint8Array | string): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function upload(ecr: ECRClient, repositoryName: string, bytes: Uint8Array): Promise<void> {
  const layerDigests = [digestOf(bytes)];
  const { layers = [] } = await ecr.send(new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }));
  if (layers[0]?.layerAvailability === 'AVAILABLE') return;
  const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
  await ecr.send(new UploadLayerPartCommand({
    repositoryName, uploadId, partFirstByte: 0, partLastByte: bytes.length - 1, layerPartBlob: bytes,
  }));
  await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }));
}

/** Pushes an image of about two kilobytes, through the API. */
export async function push(ecr: ECRClient, repositoryName: string, { tag, seed = 1, subject }: PushOptions = {}): Promise<PushedImage> {
  const layer = Buffer.alloc(1_024, `layer ${seed} `);
  const config = Buffer.from(JSON.stringify({
    architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
  }));
  for (const bytes of [layer, config]) await upload(ecr, repositoryName, bytes);
  const descriptor = (mediaType: string, bytes: Uint8Array) => ({ mediaType, digest: digestOf(bytes), size: bytes.length });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: descriptor(CONFIG, config),
    layers: [descriptor(LAYER, layer)],
    ...subject && { subject: { mediaType: subject.mediaType, digest: subject.digest, size: Buffer.byteLength(subject.manifest) } },
  });
  return put(ecr, repositoryName, manifest, MANIFEST, tag);
}

/** Pushes an index of images that are in the repository. */
export async function pushIndex(
  ecr: ECRClient, repositoryName: string, images: readonly PushedImage[], tag?: string,
): Promise<PushedImage> {
  const manifests = images.map(({ digest, manifest, mediaType }, index) => ({
    mediaType, digest, size: Buffer.byteLength(manifest), platform: { os: 'linux', architecture: ['amd64', 'arm64'][index % 2] },
  }));
  return put(ecr, repositoryName, JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests }), INDEX, tag);
}

/** Puts a manifest, which can be in the repository already, with a tag. */
export async function put(
  ecr: ECRClient, repositoryName: string, manifest: string, mediaType: string, tag?: string,
): Promise<PushedImage> {
  const { image } = await ecr.send(new PutImageCommand({
    repositoryName, imageManifest: manifest, imageManifestMediaType: mediaType, imageTag: tag,
  }));
  return { digest: image?.imageId?.imageDigest ?? digestOf(manifest), manifest, mediaType };
}
