import { AwsError, invalidParameter } from './aws-error';
import { requireKmsRepository } from './kms';
import { EcrRequest, imageNotFound } from './operation';
import type { ImageId, Repository, StoredImage } from './repository';

const DIGEST = '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+';
const TAG = '[a-zA-Z0-9_][a-zA-Z0-9-._]{0,299}';

export interface ImageFailure {
  readonly imageId: ImageId;
  readonly failureCode: string;
  readonly failureReason: string;
}

export function isTag(tag: string): boolean {
  return new RegExp(`^${TAG}$`).test(tag);
}

/** For operations that fail completely for an invalid or missing id. */
export function requireImage(repository: Repository, imageId: ImageId): StoredImage {
  const invalid = malformed(imageId);
  if (invalid) throw invalidParameter('imageIds', invalid.failureReason);
  const found = lookUp(repository, imageId);
  if ('failureCode' in found) throw imageNotFound(repository, imageId);
  return found.image;
}

/** For operations that return `failures` in a 200 response. */
export function malformed(imageId: ImageId): ImageFailure | undefined {
  const fail = (failureCode: string, failureReason: string) => ({ imageId, failureCode, failureReason });
  const { imageDigest, imageTag } = imageId;
  if (imageDigest === undefined && imageTag === undefined) {
    return fail('MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null');
  }
  if (imageDigest !== undefined && !/^sha256:[a-f0-9]{64}$/.test(imageDigest)) {
    return fail('InvalidImageDigest', `Invalid request parameters: image digest should satisfy the regex '${DIGEST}'`);
  }
  if (imageTag !== undefined && !isTag(imageTag)) {
    return fail('InvalidImageTag', `Invalid request parameters: image tag should satisfy the regex '${TAG}'`);
  }
  return undefined;
}

export function absent(imageId: ImageId): ImageFailure {
  return { imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' };
}

/** Returns the image of an id, or the reason why it does not exist. */
export function lookUp(repository: Repository, imageId: ImageId): { image: StoredImage } | ImageFailure {
  const invalid = malformed(imageId);
  if (invalid) return invalid;
  const { imageDigest, imageTag } = imageId;
  const image = repository.image(imageDigest ?? repository.digestOfTag(imageTag!) ?? '');
  if (!image) return absent(imageId);
  if (imageTag !== undefined && !image.tags.includes(imageTag)) {
    return { imageId, failureCode: 'ImageTagDoesNotMatchDigest', failureReason: 'Requested image tag does not match the image digest' };
  }
  return { image };
}

/** Applies the faults `kms` and `imageFailure` to one image of a batch. */
export function injected(repository: Repository, { fault }: EcrRequest, imageId: ImageId, digest: string): ImageFailure | undefined {
  if (fault?.kind === 'kms') {
    requireKmsRepository(repository.settings.encryption.kmsKey);
    return { imageId, failureCode: 'KmsError', failureReason: 'KMS error' };
  }
  if (fault?.kind !== 'imageFailure' || (fault.imageDigest !== undefined && fault.imageDigest !== digest)) return undefined;
  const failureCode = fault.failureCode ?? 'ImageInaccessible';
  return { imageId, failureCode, failureReason: `Injected: ${failureCode}` };
}

/** Requires 1 to 100 ids. */
export function readBatch(input: EcrRequest['input']): ImageId[] {
  const { imageIds } = input;
  if (!Array.isArray(imageIds) || imageIds.length < 1 || imageIds.length > 100) {
    throw new AwsError('InvalidParameterException',
      "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length between 1 and 100, inclusive'");
  }
  return imageIds as ImageId[];
}
