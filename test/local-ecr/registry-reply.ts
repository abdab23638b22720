/** Responses of the registry, and its errors for errors of the API. Behavior and sources: README.md. */
import type { AwsError } from './aws-error';
import type { Readings } from './readings';

export interface RegistryReply {
  readonly status: number;
  readonly headers?: Record<string, string | number>;
  readonly body?: string;
}

const CODES: Record<string, readonly [status: number, code: string]> = {
  RepositoryNotFoundException: [404, 'NAME_UNKNOWN'],
  ImageNotFound: [404, 'MANIFEST_UNKNOWN'],
  ImageNotFoundException: [404, 'MANIFEST_UNKNOWN'],
  BlobUnknown: [404, 'BLOB_UNKNOWN'],
  LayerInaccessibleException: [404, 'BLOB_UNKNOWN'],
  LayersNotFoundException: [404, 'MANIFEST_BLOB_UNKNOWN'],
  ReferencedImagesNotFoundException: [404, 'MANIFEST_BLOB_UNKNOWN'],
  UploadNotFoundException: [404, 'BLOB_UPLOAD_UNKNOWN'],
  InvalidLayerPartException: [416, 'BLOB_UPLOAD_INVALID'],
  EmptyUploadException: [400, 'BLOB_UPLOAD_INVALID'],
  LayerPartTooSmallException: [400, 'BLOB_UPLOAD_INVALID'],
  InvalidLayerException: [400, 'DIGEST_INVALID'],
  ImageDigestDoesNotMatchException: [400, 'DIGEST_INVALID'],
  ImageTagAlreadyExistsException: [400, 'TAG_INVALID'],
  InvalidParameterException: [400, 'MANIFEST_INVALID'],
  ValidationException: [400, 'MANIFEST_INVALID'],
  UnableToGetUpstreamImageException: [403, 'DENIED'],
  KmsException: [403, 'DENIED'],
  KmsError: [403, 'DENIED'],
  LimitExceededException: [403, 'DENIED'],
  AccessDeniedException: [403, 'DENIED'],
  ThrottlingException: [429, 'TOOMANYREQUESTS'],
  ServerException: [500, 'UNKNOWN'],
  Unsupported: [405, 'UNSUPPORTED'],
};

export function errorReply({ code, message }: AwsError, readings: Readings): RegistryReply {
  const isOtherCode = code === 'InvalidLayerException' && readings.isOther('registry-digest-invalid');
  const [status, name] = isOtherCode ? [400, 'BLOB_UPLOAD_INVALID'] : CODES[code] ?? [500, 'UNKNOWN'];
  return {
    status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify({ errors: [{ code: name, message }] }),
  };
}
