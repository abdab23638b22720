import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/**
 * Writes an image of several platforms into a directory, as `docker buildx build --output type=oci` does.
 * https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function writeLayout(directory: string, platforms: readonly string[], layerSizes: readonly number[]): void {
  const blobs = join(directory, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const keep = (mediaType: string, bytes: Buffer) => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const document = (mediaType: string, value: object) => keep(mediaType, Buffer.from(JSON.stringify(value)));
  const manifests = platforms.map(platform => {
    const [os, architecture] = platform.split('/');
    const layers = layerSizes.map(size => keep('application/vnd.oci.image.layer.v1.tar+gzip', gzipSync(randomBytes(size), { level: 1 })));
    const config = document('application/vnd.oci.image.config.v1+json', {
      os, architecture, rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    });
    return { ...document(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config, layers }), platform: { os, architecture } };
  });
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = document(mediaType, { schemaVersion: 2, mediaType, manifests });
  writeFileSync(join(directory, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }));
  writeFileSync(join(directory, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
}
