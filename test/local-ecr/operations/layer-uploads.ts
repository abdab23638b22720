/** Layers in parts. Behavior and sources: README.md, "Layers". */
import { AwsError, invalidParameter } from '../aws-error';
import { integer, list, required, requiredText } from '../constraints';
import { refuseKms, refuseWithDisabledKey } from '../kms';
import type { LayerUpload } from '../layer-uploads';
import { EcrRequest, onRepository } from '../operation';
import type { Repository } from '../repository';

const PART_SIZE = 10_485_760;
const MAX_PART = 20_971_520;
const MAX_PARTS = 4_200;
const MAX_LAYER = 52_000 * 1_048_576;
const UPLOAD_ID = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';

export const initiateLayerUpload = onRepository('InitiateLayerUpload', (repository, request) => {
  refuseKey(repository, request);
  return { uploadId: request.layers!.uploads.begin(repository).id, partSize: PART_SIZE };
});

export const uploadLayerPart = onRepository('UploadLayerPart', (repository, request) => {
  const { input } = request;
  const [first, last] = (['partFirstByte', 'partLastByte'] as const)
    .map(at => required(at, integer(at, input[at], 0, Number.MAX_SAFE_INTEGER)));
  const bytes = bytesOf(input.layerPartBlob);
  const upload = uploadOf(repository, request);
  const { size } = upload.writer;
  refuseKey(repository, request);
  if (first !== size) {
    throw invalidPart(upload, `part first byte ${first} is not consecutive to the last byte ${size - 1} of the previous part`);
  }
  if (last - first + 1 !== bytes.length) throw invalidPart(upload, `bytes ${first} to ${last} are not the ${bytes.length} that were sent`);
  if (upload.parts.length >= MAX_PARTS || size + bytes.length > MAX_LAYER) {
    throw new AwsError('LimitExceededException', `A layer has at most ${MAX_PARTS} parts and ${MAX_LAYER} bytes`);
  }
  upload.writer.write(bytes);
  upload.parts.push(bytes.length);
  return { ...identityOf(upload), lastByteReceived: last };
});

export const completeLayerUpload = onRepository('CompleteLayerUpload', (repository, request) => {
  const digests = required('layerDigests', list<unknown>('layerDigests', request.input.layerDigests, 1, 100))
    .map(digest => requiredText('layerDigests', digest, { pattern: '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+' }));
  const { uploads, minimumPartSize } = request.layers!;
  const upload = uploadOf(repository, request);
  const { writer, parts } = upload;
  refuseKey(repository, request);
  if (writer.size === 0) throw new AwsError('EmptyUploadException', `No layer parts were uploaded for the upload with id '${upload.id}'`);
  if (parts.slice(0, -1).some(size => size < minimumPartSize)) {
    if (request.readings.isOther('upload-after-small-part')) uploads.cancel(upload);
    throw new AwsError('LayerPartTooSmallException', `Layer parts must be at least ${minimumPartSize} bytes in size, but for the last one`);
  }
  const layerDigest = writer.digest;
  if (digests.some(digest => digest !== layerDigest)) {
    if (request.readings.isOther('upload-after-invalid-digest')) uploads.cancel(upload);
    throw new AwsError('InvalidLayerException',
      `The layer digest '${digests.join(', ')}' does not match the digest that Amazon ECR calculated, '${layerDigest}'`);
  }
  uploads.finish(upload, request.readings);
  return { ...identityOf(upload), layerDigest };
});

function uploadOf(repository: Repository, { input, layers }: EcrRequest): LayerUpload {
  return layers!.uploads.find(repository, requiredText('uploadId', input.uploadId, { pattern: UPLOAD_ID }));
}

function refuseKey(repository: Repository, request: EcrRequest): void {
  const { kmsKey } = repository.settings.encryption;
  refuseKms(request, kmsKey);
  refuseWithDisabledKey(request, kmsKey);
}

function bytesOf(blob: unknown): Buffer {
  const bytes = Buffer.from(requiredText('layerPartBlob', blob), 'base64');
  if (bytes.length > MAX_PART) throw invalidParameter('layerPartBlob', `Member must have length less than or equal to ${MAX_PART}`);
  return bytes;
}

function invalidPart(upload: LayerUpload, because: string): AwsError {
  const lastValidByteReceived = Math.max(0, upload.writer.size - 1);
  return new AwsError('InvalidLayerPartException',
    `Invalid layer part for the upload with id '${upload.id}': ${because}`, 400, { ...identityOf(upload), lastValidByteReceived });
}

function identityOf({ id, repository }: LayerUpload) {
  return { registryId: repository.settings.account, repositoryName: repository.name, uploadId: id };
}
