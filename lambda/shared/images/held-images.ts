import type { ImageDetail } from '@aws-sdk/client-ecr';
import { allImages } from './listing';
import type { HeldImage } from '../../../src/core/images/held-image';
import { INDEX_MEDIA_TYPES } from '../../../src/core/images/media-types';
import { isRepositoryMissing } from '../protocol/errors';
import type { EcrTask } from '../protocol/job';

/** Returns every image of a repository, page by page. A repository that does not exist has none. */
export async function* heldImages(task: EcrTask, repositoryName: string): AsyncGenerator<readonly HeldImage[]> {
  try {
    for await (const page of allImages(task, repositoryName)) yield page.map(toHeldImage);
  } catch (error) {
    if (!isRepositoryMissing(error)) throw error;
  }
}

export function toHeldImage(detail: ImageDetail): HeldImage {
  const {
    imageDigest = '', imageTags = [], imageManifestMediaType = '', imagePushedAt, imageSizeInBytes, lastRecordedPullTime,
    subjectManifestDigest,
  } = detail;
  return {
    digest: imageDigest,
    tags: imageTags,
    isIndex: INDEX_MEDIA_TYPES.includes(imageManifestMediaType),
    subject: subjectManifestDigest,
    pushedAt: imagePushedAt?.getTime(),
    sizeInBytes: imageSizeInBytes,
    lastRecordedPullTime: lastRecordedPullTime?.getTime(),
  };
}
