import { createHash } from 'node:crypto';
import { digestOf, OCI_INDEX, OCI_MANIFEST } from './manifest';
import type { ImageStatus, Repository, StoredImage } from './repository';

/**
 * - `flat`: single images.
 * - `multiArch`: an index, its image and its attestation, as `docker buildx` pushes them: 3 images, the children untagged.
 * - `nested`: an index over an index over two images: 4 images.
 * - `sharedChild`: two indexes over one common image and one of their own each: 5 images.
 * - `referrers`: an image with two artifacts that name it as their subject: 3 images.
 * What does not fill a group becomes flat images.
 */
export type SeedKind = 'flat' | 'multiArch' | 'nested' | 'sharedChild' | 'referrers';

export interface SeedImages {
  /** Number of all manifests, including children. */
  readonly images: number;
  readonly kind: SeedKind;
  /** Number of archived images: the oldest, with an index before its children. @default 0 */
  readonly archived?: number;
  /** Number of the newest tagged images that are left untagged. @default 0 */
  readonly untagged?: number;
  /** `v1`, `v2`, ... and for more than one `v1-2`, `v1-3`, ... @default 1 */
  readonly tagsPerImage?: number;
}

export interface NewImage {
  readonly tags?: readonly string[];
  /** Digests of the children. An image with children is an OCI index. */
  readonly children?: readonly string[];
  readonly subject?: string;
  readonly artifactType?: string;
  readonly annotations?: Record<string, string>;
  readonly status?: ImageStatus;
  /** @default - one second after the image before it, from 2026-01-01 */
  readonly pushedAt?: Date;
  /** @default - a day after the push for an image that is not ACTIVE */
  readonly lastArchivedAt?: Date;
  /** Time at which it was restored. @default - never */
  readonly lastActivatedAt?: Date;
  /** @default - never; pulls through BatchGetImage are not recorded */
  readonly lastRecordedPullTime?: Date;
}

const EPOCH = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const SIZE = 10_000_000;

/** Deterministic: the digests depend only on the calls and the repository name. Manifests match their digests. */
export function addImage(repository: Repository, image: NewImage): StoredImage {
  const ordinal = repository.seeded.images += 1;
  const { children = [], subject, artifactType, annotations, status = 'ACTIVE' } = image;
  const absent = children.filter(child => !repository.image(child));
  if (absent.length > 0) throw new Error(`no such child in ${repository.name}: ${absent.join(', ')}`);
  const manifest = () => text(repository.name, ordinal, { children, subject, artifactType, annotations });
  const pushedAt = image.pushedAt?.getTime() ?? EPOCH + ordinal * 1000;
  const archivedAt = image.lastArchivedAt?.getTime() ?? (status === 'ACTIVE' ? undefined : pushedAt + DAY);
  const stored: StoredImage = {
    digest: digestOf(manifest()),
    mediaType: children.length > 0 ? OCI_INDEX : OCI_MANIFEST,
    artifactType: artifactType ?? (children.length > 0 ? undefined : 'application/vnd.oci.image.config.v1+json'),
    annotations,
    children,
    subject,
    manifest,
    pushedAt,
    status,
    size: children.length > 0 ? Math.max(...children.map(child => repository.image(child)!.size)) : SIZE + ordinal % 1000,
    tags: [],
    ...archivedAt === undefined ? {} : { lastArchivedAt: archivedAt },
    ...image.lastActivatedAt ? { lastActivatedAt: image.lastActivatedAt.getTime() } : {},
    ...image.lastRecordedPullTime ? { lastRecordedPullTime: image.lastRecordedPullTime.getTime() } : {},
  };
  repository.add(stored);
  for (const tag of image.tags ?? []) repository.tag(stored, tag);
  return stored;
}

export function seedImages(repository: Repository, options: SeedImages): void {
  const first = repository.seeded.images;
  const named = new Array<StoredImage>();
  // For archiving, an index is before its children.
  const outermostFirst = new Array<StoredImage>();
  while (repository.seeded.images - first < options.images) {
    const room = options.images - (repository.seeded.images - first);
    const group = build(repository, options.kind, room);
    named.push(...group.named);
    outermostFirst.push(...group.images.reverse());
  }
  named.slice(0, named.length - (options.untagged ?? 0)).forEach(image => {
    const tag = `v${repository.seeded.tagged += 1}`;
    repository.tag(image, tag);
    for (let more = 2; more <= (options.tagsPerImage ?? 1); more += 1) repository.tag(image, `${tag}-${more}`);
  });
  outermostFirst.slice(0, options.archived ?? 0).forEach(image =>
    Object.assign(image, { status: 'ARCHIVED', lastArchivedAt: image.pushedAt + DAY }));
}

/** `images` are in push order, with children first. */
interface Group {
  readonly images: StoredImage[];
  readonly named: readonly StoredImage[];
}

function build(repository: Repository, kind: SeedKind, room: number): Group {
  const add = (image: NewImage = {}) => addImage(repository, image);
  const indexOver = (...images: StoredImage[]) => add({ children: images.map(image => image.digest) });
  if (kind === 'multiArch' && room >= 3) {
    const [image, attestation] = [add(), add()];
    const index = indexOver(image, attestation);
    return { images: [image, attestation, index], named: [index] };
  }
  if (kind === 'nested' && room >= 4) {
    const [one, other] = [add(), add()];
    const inner = indexOver(one, other);
    const outer = indexOver(inner);
    return { images: [one, other, inner, outer], named: [outer] };
  }
  if (kind === 'sharedChild' && room >= 5) {
    const [common, one, other] = [add(), add(), add()];
    const [first, second] = [indexOver(common, one), indexOver(common, other)];
    return { images: [common, one, other, first, second], named: [first, second] };
  }
  if (kind === 'referrers' && room >= 3) {
    const image = add();
    const signature = add({ subject: image.digest, artifactType: 'application/vnd.dev.cosign.artifact.sig.v1+json' });
    const sbom = add({ subject: image.digest, artifactType: 'application/spdx+json' });
    return { images: [sbom, signature, image], named: [image] };
  }
  const image = add();
  return { images: [image], named: [image] };
}

function text(salt: string, ordinal: number, { children = [], subject, artifactType, annotations }: NewImage): string {
  const prefix = saltPrefix(salt);
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: children.length > 0 ? OCI_INDEX : OCI_MANIFEST,
    ...children.length > 0 ? { manifests: children.map(digest => ({ mediaType: OCI_MANIFEST, digest, size: 400 })) } : {
      config: {
        mediaType: 'application/vnd.oci.image.config.v1+json',
        digest: `sha256:${prefix}${ordinal.toString(16).padStart(32, '0')}`,
        size: 700,
      },
      layers: [{
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: `sha256:${prefix}${'f'.repeat(32)}`,
        size: SIZE + ordinal % 1000 - 700,
      }],
    },
    artifactType,
    subject: subject === undefined ? undefined : { mediaType: OCI_MANIFEST, digest: subject, size: 400 },
    annotations: children.length > 0 ? { ...annotations, ordinal: String(ordinal) } : annotations,
  });
}

const prefixes = new Map<string, string>();

function saltPrefix(salt: string): string {
  const prefix = prefixes.get(salt) ?? createHash('sha256').update(salt).digest('hex').slice(0, 32);
  prefixes.set(salt, prefix);
  return prefix;
}
