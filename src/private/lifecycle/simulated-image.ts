import type { SimulatedImage } from '../../core/lifecycle/simulate';
import { throwProblems } from '../problems';
import { DATE, PropertyType, TEXT } from '../property-types';

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
  const check = (field: keyof ImageDescription, type: PropertyType) => {
    throwProblems('LifecyclePolicy.simulate', type.problemsOf(`images[${index}].${field}`, image?.[field]));
  };
  const time = (field: 'imagePushedAt' | 'lastRecordedPullTime' | 'lastArchivedAt' | 'lastActivatedAt'): number | undefined => {
    const value = image[field];
    if (value === undefined || value === null) return undefined;
    check(field, DATE);
    return value.getTime();
  };
  check('imageDigest', TEXT);
  check('imagePushedAt', DATE);
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
