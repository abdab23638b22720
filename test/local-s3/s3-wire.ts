import type { IncomingHttpHeaders } from 'node:http';
import { decodeChunks } from './aws-chunked';
import { xml } from './xml';
import { AwsError } from '../local-ecr/aws-error';
import type { Input, RequestLine, Wire } from '../local-ecr/local-service';

/** Names and status codes of common errors in S3 (API reference, "Error responses"). */
const CODES: Record<string, { readonly code: string; readonly status: number }> = {
  AccessDeniedException: { code: 'AccessDenied', status: 403 },
  ThrottlingException: { code: 'SlowDown', status: 503 },
  ServerException: { code: 'InternalError', status: 500 },
  MissingAuthenticationTokenException: { code: 'AccessDenied', status: 403 },
  InvalidSignatureException: { code: 'SignatureDoesNotMatch', status: 403 },
};

/** Headers that become members of the input. */
const MEMBERS: Record<string, string> = {
  'content-type': 'ContentType',
  'if-match': 'IfMatch',
  'if-none-match': 'IfNoneMatch',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
};

/** Headers without an effect. */
const PASSED_OVER = /^x-amz-(date|content-sha256|security-token|user-agent|sdk-.*|checksum-.*|trailer|decoded-content-length)$/;

/** REST XML, path-style: the bucket is the first segment of the path. */
export const s3Wire: Wire = {
  signingName: 's3',
  read: (headers, body, line) => route(headers, body, line),
  success: (operation, output, requestId) => operation === 'ListObjectsV2'
    ? { status: 200, headers: headersOf(requestId, 'application/xml'), body: xml('ListBucketResult', output) }
    : replyWith(output as ObjectReply, requestId),
  failure: (error, requestId) => {
    const { code, status } = CODES[error.code] ?? error;
    const body = xml('Error', { Code: code, Message: error.message, ...error.members, RequestId: requestId });
    return { status, headers: headersOf(requestId, 'application/xml'), body };
  },
};

/** Response of an operation on one object: headers and, for GetObject, a body. DeleteObject has no ETag. */
export interface ObjectReply {
  readonly etag?: string;
  readonly contentType?: string;
  readonly body?: string;
}

function replyWith({ etag, contentType, body = '' }: ObjectReply, requestId: string) {
  if (etag === undefined) return { status: 204, headers: headersOf(requestId), body };
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  return { status: 200, headers: { ...headersOf(requestId, contentType), etag, ...length }, body };
}

function headersOf(requestId: string, contentType?: string): Record<string, string> {
  return { 'x-amz-request-id': requestId, ...contentType === undefined ? {} : { 'content-type': contentType } };
}

function route(headers: IncomingHttpHeaders, body: string, { method, url }: RequestLine): { operation: string; input: Input } {
  const [bucket, ...segments] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  const key = segments.join('/');
  const { 'x-id': _operation, ...query } = Object.fromEntries(url.searchParams);
  const unknown = Object.keys(headers).filter(name => name.startsWith('x-amz-') && !(name in MEMBERS) && !PASSED_OVER.test(name));
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')} is not modelled`);
  const given = Object.entries(MEMBERS).filter(([name]) => headers[name] !== undefined).map(([name, member]) => [member, headers[name]]);
  const input: Input = { Bucket: bucket, ...key === '' ? {} : { Key: key }, ...Object.fromEntries(given) as Input };
  const isBare = Object.keys(query).length === 0;
  if (method === 'PUT' && key !== '' && isBare) return { operation: 'PutObject', input: { ...input, Body: payload(headers, body) } };
  if (method === 'DELETE' && key !== '' && isBare) return { operation: 'DeleteObject', input };
  if (method === 'GET' && key !== '' && isBare) return { operation: 'GetObject', input };
  if (method === 'GET' && key === '' && query['list-type'] === '2') return { operation: 'ListObjectsV2', input: { ...input, ...query } };
  throw new AwsError('NotImplemented', `${method} ${url.pathname}${url.search} is not implemented`, 501);
}

function payload(headers: IncomingHttpHeaders, body: string): string {
  const isChunked = String(headers['content-encoding'] ?? '').split(/, ?/).includes('aws-chunked');
  return isChunked ? decodeChunks(body) : body;
}
