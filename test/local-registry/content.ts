import { Blob, digestOf } from './blob';
import { OCI } from './media-types';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

export interface StoredManifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** One repository. */
export class Content {
  readonly blobs = new Map<string, Blob>();
  readonly manifests = new Map<string, StoredManifest>();
  readonly tags = new Map<string, string>();
  /** Number of added images, so that each is different. */
  added = 0;
  private readonly referrers = new Map<string, Descriptor[]>();

  /** `referrersTags`: referrers are kept as clients do it that meet a registry without the referrers API. */
  constructor(readonly name: string, private readonly referrersTags: boolean) {}

  manifest(reference: string): StoredManifest | undefined {
    return this.manifests.get(this.tags.get(reference) ?? reference);
  }

  referrersOf(digest: string): readonly Descriptor[] {
    return this.referrers.get(digest) ?? [];
  }

  addBlob(blob: Blob, mediaType: string, annotations?: Record<string, string>): Descriptor {
    this.blobs.set(blob.digest, blob);
    return { mediaType, digest: blob.digest, size: blob.size, ...annotations ? { annotations } : {} };
  }

  addManifest(manifest: { readonly mediaType: string }, tag?: string): Descriptor {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const { mediaType } = manifest;
    const digest = digestOf([bytes]);
    this.manifests.set(digest, { mediaType, digest, bytes });
    if (tag !== undefined) this.tags.set(tag, digest);
    return { mediaType, digest, size: bytes.length };
  }

  addReferrer(subject: string, referrer: Descriptor): void {
    const manifests = [...this.referrersOf(subject), referrer];
    this.referrers.set(subject, manifests);
    // https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema
    if (this.referrersTags) this.addManifest(indexOver(manifests), subject.replace(':', '-'));
  }
}

export function indexOver(manifests: readonly Descriptor[], mediaType: string = OCI.index): { readonly mediaType: string } {
  return Object.assign({ schemaVersion: 2, mediaType }, { manifests });
}
