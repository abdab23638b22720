import { list } from '../constraints';
import { absent, ImageFailure, injected, lookUp, readBatch } from '../image-ids';
import { isIndex } from '../manifest';
import { EcrRequest, onRepository } from '../operation';
import type { Readings } from '../readings';
import type { ImageId, Repository, StoredImage } from '../repository';

export const batchGetImage = onRepository('BatchGetImage', (repository, request) => {
  const ids = readBatch(request.input);
  const accepted = list<string>('acceptedMediaTypes', request.input.acceptedMediaTypes, 1, 100);
  const { account, name } = repository.settings;
  const images = new Array<object>();
  const failures = new Array<ImageFailure>();
  for (const id of ids) {
    const found = lookUp(repository, id);
    const isWanted = 'image' in found && isAccepted(found.image, accepted, request.readings);
    const failure = 'failureCode' in found ? found : isWanted ? obstacle(repository, request, id, found.image) : absent(id);
    if (failure) failures.push(failure);
    if (failure || !('image' in found)) continue;
    const { image } = found;
    Object.assign(image, { lastRecordedPullTime: request.now() });
    images.push({
      registryId: account,
      repositoryName: name,
      imageId: { imageDigest: image.digest, ...id.imageTag === undefined ? {} : { imageTag: id.imageTag } },
      imageManifest: image.manifest(),
      imageManifestMediaType: image.mediaType,
    });
  }
  return { images, failures };
});

function obstacle(repository: Repository, request: EcrRequest, imageId: ImageId, image: StoredImage): ImageFailure | undefined {
  const { kmsKey } = repository.settings.encryption;
  if (image.status !== 'ACTIVE') return absent(imageId);
  if (kmsKey !== undefined && request.disabledKeys.has(kmsKey)) {
    return { imageId, failureCode: 'KmsError', failureReason: `${kmsKey} is disabled.` };
  }
  return injected(repository, request, imageId, image.digest);
}

function isAccepted({ mediaType }: StoredImage, accepted: readonly string[] | undefined, readings: Readings): boolean {
  if (accepted) return accepted.includes(mediaType);
  return !isIndex(mediaType) || readings.isOther('index-needs-media-type');
}
