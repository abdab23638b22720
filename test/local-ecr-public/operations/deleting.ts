import { batchDeleteImage as privateBatchDeleteImage } from '../../local-ecr/operations/deleting';
import { onPublicRepository, PublicRequest } from '../operation';

const FAILURE_CODES = ['InvalidImageDigest', 'InvalidImageTag', 'ImageTagDoesNotMatchDigest', 'ImageNotFound', 'MissingDigestAndTag',
  'ImageReferencedByManifestList', 'KmsError'];

/** Like private ECR, which has the same documentation. */
export const batchDeleteImage = onPublicRepository('BatchDeleteImage', (_repository, request) =>
  privateBatchDeleteImage.run(withPublicFailure(request)));

/** A fault must not return a code that the public API does not have. KmsError is the only one that no input causes. */
function withPublicFailure(request: PublicRequest): PublicRequest {
  const { fault } = request;
  if (fault?.kind !== 'imageFailure') return request;
  const { failureCode = 'KmsError' } = fault;
  if (!FAILURE_CODES.includes(failureCode)) throw new Error(`${failureCode} is no failure code of ECR Public`);
  return { ...request, fault: { ...fault, failureCode } };
}
