/**
 * The payload of a body that the SDK sent with `Content-Encoding: aws-chunked`: chunks of a hexadecimal length, then trailers such as a
 * checksum. Signatures and checksums are not verified. Source:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export function decodeChunks(body: string): string {
  const bytes = Buffer.from(body);
  const chunks = new Array<Buffer>();
  for (let at = 0; ;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    const length = /^([0-9a-f]+)(?:;chunk-signature=[0-9a-f]+)?$/i.exec(bytes.subarray(at, lineEnd).toString())?.[1];
    if (lineEnd < 0 || length === undefined) throw new Error('not an aws-chunked body');
    if (Number.parseInt(length, 16) === 0) return Buffer.concat(chunks).toString('utf8');
    const start = lineEnd + 2;
    const end = start + Number.parseInt(length, 16);
    chunks.push(bytes.subarray(start, end));
    at = end + 2;
  }
}
