import { isIndex, Manifest } from './manifest';
import type { Repository, StoredImage } from './repository';

export interface Pushed {
  readonly text: string;
  readonly digest: string;
  readonly manifest: Manifest;
  readonly now: number;
}

export function storeImage(repository: Repository, { text, digest, manifest, now }: Pushed): StoredImage {
  const sizes = manifest.children.map(child => repository.image(child)!.size);
  const image: StoredImage = {
    ...manifest,
    digest,
    size: isIndex(manifest.mediaType) ? Math.max(0, ...sizes) : manifest.size,
    pushedAt: repository.formerPushes.get(digest) ?? now,
    manifest: () => text,
    tags: [],
    status: 'ACTIVE',
  };
  repository.add(image);
  return image;
}
