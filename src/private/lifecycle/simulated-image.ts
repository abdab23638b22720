import type { SimulatedImage } from '../../core/lifecycle/simulate';

/** `LifecycleImage`, without the public interface. */
interface ImageDescription {
  readonly imageDigest: string;
  readonly imageTags?: string[];
  readonly imagePushedAt: Date;
  readonly imageStatus?: string;
  readonly lastRecordedPullTime?: Date;
  readonly lastArchivedAt?: Date;
  readonly lastActivatedAt?: Date;
  readonly manifests?: string[];
  readonly subjectManifestDigest?: string;
}

export function simulatedImage(image: ImageDescription, index: number): SimulatedImage {
  const time = (field: 'imagePushedAt' | 'lastRecordedPullTime' | 'lastArchivedAt' | 'lastActivatedAt'): number | undefined => {
    const milliseconds = image[field]?.getTime();
    if (Number.isNaN(milliseconds)) throw new Error(`images[${index}]: '${field}' must be a time, got: Invalid Date`);
    return milliseconds;
  };
  return {
    digest: image.imageDigest,
    tags: image.imageTags ?? [],
    storageClass: (image.imageStatus ?? 'ACTIVE') === 'ACTIVE' ? 'standard' : 'archive',
    pushedAt: time('imagePushedAt') as number,
    lastRecordedPullTime: time('lastRecordedPullTime'),
    lastArchivedAt: time('lastArchivedAt'),
    lastActivatedAt: time('lastActivatedAt'),
    manifests: image.manifests,
    subject: image.subjectManifestDigest,
  };
}
