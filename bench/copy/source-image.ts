import { createHash } from 'node:crypto';
import { MANIFEST_MEDIA_TYPES } from '../../src/core/images/media-types';

export interface SourceImage {
  readonly host: string;
  readonly repositoryName: string;
  readonly tag: string;
  /** Digest of the manifest with the tag. */
  readonly digest: string;
  /** Digests of that manifest and all manifests that it refers to. */
  readonly digests: readonly string[];
  /** Total size of all layers and configurations, each counted once. */
  readonly bytes: number;
}

interface Manifest {
  readonly manifests?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string; readonly size: number };
  readonly layers?: readonly { readonly digest: string; readonly size: number }[];
}

/** Reads the image with a tag from a registry. */
export async function readSource(host: string, repositoryName: string, tag: string): Promise<SourceImage> {
  const digests = new Array<string>();
  const sizes = new Map<string, number>();
  const read = async (reference: string): Promise<string> => {
    const headers = { accept: MANIFEST_MEDIA_TYPES.join(', ') };
    const response = await fetch(`http://${host}/v2/${repositoryName}/manifests/${reference}`, { headers });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.status !== 200) throw new Error(`${reference} of ${repositoryName} is not in the source: HTTP status ${response.status}`);
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    digests.push(digest);
    const { manifests = [], config, layers = [] } = JSON.parse(bytes.toString('utf8')) as Manifest;
    for (const blob of config ? [config, ...layers] : layers) sizes.set(blob.digest, blob.size);
    for (const child of manifests) await read(child.digest);
    return digest;
  };
  const digest = await read(tag);
  return { host, repositoryName, tag, digest, digests, bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}
