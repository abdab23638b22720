import { AwsError, invalidParameter } from '../aws-error';
import { oneOf, required } from '../constraints';
import { requireImage } from '../image-ids';
import { onRepository } from '../operation';
import type { ImageId } from '../repository';

/** STANDARD sets an archived image to ACTIVATING, until `LocalEcr.finishRestores` is called. */
export const updateImageStorageClass = onRepository('UpdateImageStorageClass', (repository, { input, now }) => {
  if (typeof input.imageId !== 'object' || input.imageId === null) throw invalidParameter('imageId', 'Member must not be null');
  const imageId = input.imageId as ImageId;
  const target = required('targetStorageClass', oneOf('targetStorageClass', input.targetStorageClass, ['STANDARD', 'ARCHIVE']));
  const image = requireImage(repository, imageId);
  if (target === 'STANDARD' && image.status === 'ARCHIVED') Object.assign(image, { status: 'ACTIVATING' });
  if (target === 'ARCHIVE' && image.status !== 'ARCHIVED') {
    const holding = repository.parentsOf(image.digest).filter(parent => repository.image(parent)!.status !== 'ARCHIVED');
    if (holding.length > 0 || image.status === 'ACTIVATING') {
      throw new AwsError('ImageStorageClassUpdateNotSupportedException', 'The requested image storage class update is not supported.');
    }
    Object.assign(image, { status: 'ARCHIVED', lastArchivedAt: now() });
  }
  return {
    registryId: repository.settings.account,
    repositoryName: repository.name,
    imageId: { imageDigest: image.digest, ...imageId.imageTag === undefined ? {} : { imageTag: imageId.imageTag } },
    imageStatus: image.status,
  };
});
