import { batchDeleteImage as privateBatchDeleteImage } from '../../local-ecr/operations/deleting';
import { onPublicRepository, PublicRequest } from '../operation';

const FAILURE_CODES = ['InvalidImageDigest', 'InvalidImageTag', 'ImageTagDoesNotMatchDigest', 'ImageNotFound', 'MissingDigestAndTag',
  'ImageReferencedByManifestList', 'KmsError'];

/** As private ECR does it, documented in the same words. */
export const batchDeleteImage = onPublicRepository('BatchDeleteImage', (_repository, request) =>
  privateBatchDeleteImage.run(withPublicFailure(request)));

/** A fault must not answer a code that the public API does not know. KmsError is the one that no input brings about. */
function withPublicFailure(request: PublicRequest): PublicRequest {
  const { fault } = request;
  if (fault?.kind !== 'imageFailure') return request;
  const { failureCode = 'KmsError' } = fault;
  if (!FAILURE_CODES.includes(failureCode)) throw new Error(`${failureCode} is no failure code of ECR Public`);
  return { ...request, fault: { ...fault, failureCode } };
}
