import { ImageFailure, injected, lookUp, readBatch } from '../image-ids';
import { EcrRequest, onRepository } from '../operation';
import type { ImageId, Repository, StoredImage } from '../repository';

export const batchDeleteImage = onRepository('BatchDeleteImage', (repository, request) => {
  const ids = readBatch(request.input);
  const deleted = new Array<ImageId>();
  const failures = new Array<ImageFailure>();
  const parents = request.readings.isOther('references-at-start') ? undefined : parentsAtStart(repository, ids);
  for (const id of ids) {
    const outcome = remove(repository, request, id, parents);
    if (Array.isArray(outcome)) deleted.push(...outcome);
    else failures.push(outcome);
  }
  return { imageIds: deleted, failures };
});

function parentsAtStart(repository: Repository, ids: readonly ImageId[]): Map<string, string[]> {
  const digests = ids.map(id => id.imageDigest ?? repository.digestOfTag(id.imageTag ?? ''));
  return new Map(digests.flatMap(digest => digest === undefined ? [] : [[digest, repository.parentsOf(digest)]]));
}

/**
 * Returns the rows of deleted images: one for each tag of a digest.
 *
 * @param parents the indexes that list the images. @default - those that still exist
 */
function remove(
  repository: Repository, request: EcrRequest, id: ImageId, parents: ReadonlyMap<string, string[]> | undefined,
): ImageId[] | ImageFailure {
  const found = lookUp(repository, id);
  if ('failureCode' in found) return found;
  const { image } = found;
  const { imageTag } = id;
  const failure = injected(repository, request, id, image.digest);
  if (failure) return failure;
  if (imageTag !== undefined && image.tags.length > 1) {
    repository.untag(imageTag);
    request.replication?.untagged(repository, image.digest, imageTag);
    return [{ imageDigest: image.digest, imageTag }];
  }
  const referencing = parents ? parents.get(image.digest) ?? [] : repository.parentsOf(image.digest);
  if (referencing.length > 0) {
    return {
      imageId: id,
      failureCode: 'ImageReferencedByManifestList',
      failureReason: `Requested image referenced by manifest list: [${referencing.join(', ')}]`,
    };
  }
  removeImage(repository, request, image);
  return rows(image);
}

function removeImage(repository: Repository, request: EcrRequest, image: StoredImage): void {
  const { digest } = image;
  repository.remove(image);
  request.replication?.deleted(repository, digest);
  if (request.readings.isOther('push-after-delete-new-time')) repository.formerPushes.set(digest, image.pushedAt);
  if (request.readings.isOther('referrers-survive-subject')) {
    for (const referrer of repository.referrersOf(digest)) removeImage(repository, request, referrer);
  }
}

function rows({ digest: imageDigest, tags }: StoredImage): ImageId[] {
  return tags.length === 0 ? [{ imageDigest }] : tags.map(imageTag => ({ imageDigest, imageTag }));
}
