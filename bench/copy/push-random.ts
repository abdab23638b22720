import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { OCI } from '../../test/local-registry/media-types';

export interface RandomImage {
  /** With more than one platform, an index is created. */
  readonly platforms: readonly string[];
  /** Sizes of the layers that differ for each platform. */
  readonly layers: readonly number[];
  /** Sizes of the layers that all platforms share. */
  readonly shared: readonly number[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Pushes an image of random bytes, with only one layer at a time in memory. */
export async function pushRandom(
  host: string, repositoryName: string, tag: string, { platforms, layers, shared }: RandomImage,
): Promise<void> {
  const base = `http://${host}/v2/${repositoryName}`;
  const sharedLayers = await pushLayers(base, shared);
  const images = new Array<Descriptor & { readonly platform: object }>();
  for (const name of platforms) {
    const [os, architecture] = name.split('/');
    const all = [...sharedLayers, ...await pushLayers(base, layers)];
    const config = { os, architecture, config: {}, rootfs: { type: 'layers', diff_ids: all.map(({ diffId }) => diffId) } };
    const manifest = {
      schemaVersion: 2,
      mediaType: OCI.manifest,
      config: await pushBlob(base, Buffer.from(JSON.stringify(config)), OCI.config),
      layers: all.map(({ layer }) => layer),
    };
    const pushed = await pushManifest(base, manifest, platforms.length === 1 ? tag : undefined);
    images.push({ ...pushed, platform: { os, architecture } });
  }
  const index = { schemaVersion: 2, mediaType: OCI.index, manifests: images };
  if (platforms.length > 1) await pushManifest(base, index, tag);
}

/** Creates a gzip file without compression, because skopeo compresses uncompressed layers, which changes the image. */
async function pushLayers(base: string, sizes: readonly number[]): Promise<{ readonly layer: Descriptor; readonly diffId: string }[]> {
  const pushed = new Array<{ layer: Descriptor; diffId: string }>();
  for (const size of sizes) {
    const bytes = randomBytes(size);
    pushed.push({ layer: await pushBlob(base, gzipSync(bytes, { level: 0 }), OCI.layer), diffId: digestOf(bytes) });
  }
  return pushed;
}

async function pushBlob(base: string, bytes: Buffer, mediaType: string): Promise<Descriptor> {
  const begun = await expectStatus(202, `${base}/blobs/uploads/`, { method: 'POST' });
  const at = new URL(begun.headers.get('location')!, base);
  const digest = digestOf(bytes);
  at.searchParams.set('digest', digest);
  await expectStatus(201, at, { method: 'PUT', body: new Uint8Array(bytes), headers: { 'content-type': 'application/octet-stream' } });
  return { mediaType, digest, size: bytes.length };
}

async function pushManifest(base: string, manifest: { readonly mediaType: string }, tag?: string): Promise<Descriptor> {
  const { mediaType } = manifest;
  const body = Buffer.from(JSON.stringify(manifest));
  const digest = digestOf(body);
  const headers = { 'content-type': mediaType };
  await expectStatus(201, `${base}/manifests/${tag ?? digest}`, { method: 'PUT', body: new Uint8Array(body), headers });
  return { mediaType, digest, size: body.length };
}

async function expectStatus(status: number, url: string | URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  const said = await response.text();
  if (response.status !== status) throw new Error(`${init.method} ${String(url)}: HTTP status ${response.status}, ${said}`);
  return response;
}
