import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import type { Names } from './names';
import { connect, Place, Scope } from './place';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip';

export interface Pushed {
  readonly digest: string;
  readonly size: number;
}

export interface PushedIndex extends Pushed {
  /** The untagged images of the index, in the order of the platforms. */
  readonly children: (Pushed & { readonly platform: string })[];
}

export interface PushImage {
  readonly repository: string;
  /** Tags of the image. Without tags, the image is pushed by digest and is untagged. */
  readonly tags?: readonly string[];
  /** Seed of the content: the same seed results in the same digests. @default - the repository and its tags */
  readonly seed?: string;
  /** @default 'linux/amd64' */
  readonly platform?: string;
}

export interface PushIndex extends Omit<PushImage, 'platform'> {
  /** @default - 'linux/amd64' and 'linux/arm64' */
  readonly platforms?: readonly string[];
}

/** Pushes tiny images through the registry's own protocol: https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#push */
export class Registry {
  static async login(place: Place, scope: Scope = {}): Promise<Registry> {
    const ecr = connect(place, ECRClient, scope);
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    ecr.destroy();
    return new Registry(place.registry(authorizationData![0].proxyEndpoint!), authorizationData![0].authorizationToken!, place.names);
  }

  private constructor(private readonly endpoint: URL, private readonly token: string, private readonly names: Names) {}

  async pushImage(image: PushImage): Promise<Pushed> {
    const [os, architecture] = (image.platform ?? 'linux/amd64').split('/');
    const tar = tarOf('seed', Buffer.from(seedOf(image)));
    // zlib writes the operating system to the tenth byte of a gzip header.
    const layer = gzipSync(tar, { level: 9 });
    layer[9] = 255;
    const config = Buffer.from(JSON.stringify({
      architecture,
      os,
      config: {},
      rootfs: { type: 'layers', diff_ids: [digestOf(tar)] },
      history: [{ created: '2026-01-01T00:00:00Z', created_by: `seed ${seedOf(image)}` }],
    }));
    await this.pushBlob(image.repository, layer);
    await this.pushBlob(image.repository, config);
    return this.pushManifest(image, MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: { mediaType: CONFIG, digest: digestOf(config), size: config.length },
      layers: [{ mediaType: LAYER, digest: digestOf(layer), size: layer.length }],
    });
  }

  async pushIndex(index: PushIndex): Promise<PushedIndex> {
    const children: PushedIndex['children'] = [];
    for (const platform of index.platforms ?? ['linux/amd64', 'linux/arm64']) {
      children.push({
        platform, ...await this.pushImage({ repository: index.repository, seed: `${seedOf(index)} ${platform}`, platform }),
      });
    }
    const pushed = await this.pushManifest(index, INDEX, {
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: children.map(({ platform, digest, size }) => {
        const [os, architecture] = platform.split('/');
        return { mediaType: MANIFEST, digest, size, platform: { os, architecture } };
      }),
    });
    return { ...pushed, children };
  }

  private async pushBlob(repository: string, content: Buffer): Promise<void> {
    const digest = digestOf(content);
    const name = this.names.full(repository);
    const present = await this.send('HEAD', `/v2/${name}/blobs/${digest}`, [200, 404]);
    if (present.status === 200) {
      return;
    }
    const upload = await this.send('POST', `/v2/${name}/blobs/uploads/`, [202]);
    // As docker and skopeo do. The specification allows the content in the PUT request, too, but the documentation of ECR does not say so.
    const sent = await this.send('PATCH', this.locationIn(upload), [202], content, 'application/octet-stream');
    const location = new URL(this.locationIn(sent), this.endpoint);
    location.searchParams.set('digest', digest);
    await this.send('PUT', location.pathname + location.search, [201]);
  }

  private locationIn(response: Response): string {
    const { pathname, search } = new URL(response.headers.get('location')!, this.endpoint);
    return pathname + search;
  }

  private async pushManifest(image: PushImage, mediaType: string, manifest: object): Promise<Pushed> {
    const content = Buffer.from(JSON.stringify(manifest));
    const digest = digestOf(content);
    for (const reference of image.tags?.length ? image.tags : [digest]) {
      const response = await this.send('PUT', `/v2/${this.names.full(image.repository)}/manifests/${reference}`, [201], content, mediaType);
      const stored = response.headers.get('docker-content-digest');
      if (stored !== digest) {
        throw new Error(`${image.repository}:${reference} was stored as ${stored}, not as ${digest}.`);
      }
    }
    return { digest, size: content.length };
  }

  private async send(method: string, path: string, expected: readonly number[], body?: Buffer, contentType?: string): Promise<Response> {
    const url = new URL(path, this.endpoint);
    this.endpoint.searchParams.forEach((value, key) => url.searchParams.set(key, value));
    const response = await fetch(url, {
      method,
      body: body && new Uint8Array(body),
      headers: { authorization: `Basic ${this.token}`, ...contentType && { 'content-type': contentType } },
    });
    if (!expected.includes(response.status)) {
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    }
    return response;
  }
}

function seedOf(image: PushImage): string {
  return image.seed ?? `${image.repository} ${image.tags?.join(' ') ?? ''}`;
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

/** One file in a tar archive (POSIX ustar, https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06). */
function tarOf(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0' + '0000000\0' + '0000000\0', 100);
  header.write(`${content.length.toString(8).padStart(11, '0')}\0` + '00000000000\0', 124);
  header.write(' '.repeat(8) + '0', 148);
  header.write('ustar\0' + '00', 257);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
  const padding = Buffer.alloc((512 - content.length % 512) % 512);
  return Buffer.concat([header, content, padding, Buffer.alloc(1024)]);
}
