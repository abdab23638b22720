import type { Blob } from './blob';
import { refusal, Reply } from './reply';

/** Supports `Range: bytes=N-` and `bytes=N-M`. For other ranges, returns everything, as RFC 9110 (section 14.2) allows. */
export function blobReply(blob: Blob, range: string | undefined, ranges: boolean): Reply {
  const { size, digest } = blob;
  const headers = {
    'content-type': 'application/octet-stream', 'docker-content-digest': digest, ...ranges ? { 'accept-ranges': 'bytes' } : {},
  };
  const [, first, last] = ranges ? /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [] : [];
  if (first === undefined) return { status: 200, headers: { ...headers, 'content-length': String(size) }, body: blob.read(0, size) };
  const from = Number(first);
  if (from >= size) return refusal(416, 'SIZE_INVALID', 'the range is not satisfiable', { 'content-range': `bytes */${size}` });
  const until = last === '' ? size : Math.min(size, Number(last) + 1);
  return {
    status: 206,
    headers: { ...headers, 'content-length': String(until - from), 'content-range': `bytes ${from}-${until - 1}/${size}` },
    body: blob.read(from, until),
  };
}
