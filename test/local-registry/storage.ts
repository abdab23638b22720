import { Reply, whole } from './reply';

const SIGNATURE = 'X-Amz-Signature';

/** Where a blob is redirected to. The signature is only looked for. */
export function storagePath(name: string, digest: string): string {
  return `/storage/${name}/${digest}?${SIGNATURE}=local`;
}

/**
 * Signed URLs of S3 allow no second way of authentication (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html).
 * The registry's own storage, on the same origin, does not mind the header that clients then rightly send.
 */
export function storageObstacle({ pathname, searchParams }: URL, authorization: string | undefined, isForeign: boolean): Reply | undefined {
  if (isForeign && authorization !== undefined) return xml(400, 'InvalidArgument', 'Only one auth mechanism allowed');
  return pathname.startsWith('/storage/') && searchParams.has(SIGNATURE) ? undefined : xml(403, 'AccessDenied', 'Access Denied');
}

function xml(status: number, code: string, message: string): Reply {
  return whole(
    status, Buffer.from(`<Error><Code>${code}</Code><Message>${message}</Message></Error>`), { 'content-type': 'application/xml' },
  );
}
