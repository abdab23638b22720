/** The presigned URLs of GetDownloadUrlForLayer and the responses of Amazon S3. Behavior and sources: README.md. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StoredLayer } from './layer-store';
import type { Readings } from './readings';

export interface LayerDownload {
  readonly digest: string;
  /** Offset of the first requested byte. */
  readonly from: number;
  /** Number of sent bytes. The client may have stopped reading before. */
  readonly bytes: number;
}

interface Offer {
  readonly layer: StoredLayer;
  readonly expiresAt: number;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly isPartial: boolean;
}

const PATH = '/layers/';
const LIFETIME = 3_600;
const SHORT_LIFETIME = 300;
const BLOCK = 1_048_576;

export class LayerDownloads {
  /** Every download that was started, oldest first. */
  log = new Array<LayerDownload>();
  private readonly offers = new Map<string, Offer>();
  private corruptions = 0;
  private cuts = { times: 0, afterBytes: 0 };

  constructor(private readonly now: () => number, private readonly readings: Readings) {}

  offer(layer: StoredLayer, endpoint: string): string {
    const signature = randomBytes(32).toString('hex');
    const lifetime = this.readings.isOther('download-url-hour') ? SHORT_LIFETIME : LIFETIME;
    this.offers.set(signature, { layer, expiresAt: this.now() + 1_000 * lifetime });
    return `${endpoint}${PATH}${layer.digest}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=${lifetime}`
      + `&X-Amz-Signature=${signature}`;
  }

  corrupt(times: number): void {
    this.corruptions = times;
  }

  cut(times: number, afterBytes: number): void {
    this.cuts = { times, afterBytes };
  }

  isMeant({ url = '' }: IncomingMessage): boolean {
    return url.startsWith(PATH);
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refuse = (status: number, code: string, message: string, headers: Record<string, string> = {}) => {
      const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
      response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body);
    };
    const url = new URL(request.url ?? '/', 'http://localhost');
    const offer = this.offers.get(url.searchParams.get('X-Amz-Signature') ?? '');
    if (request.headers.authorization !== undefined) {
      return refuse(400, 'InvalidArgument', 'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, '
        + 'Signature query string parameter or the Authorization header should be specified');
    }
    if (!offer || request.method !== 'GET' || url.pathname !== `${PATH}${offer.layer.digest}`) {
      return refuse(403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match the signature you provided.');
    }
    if (this.now() >= offer.expiresAt) return refuse(403, 'AccessDenied', 'Request has expired');
    const { digest, size, bytes, path } = offer.layer;
    if (!bytes && path === undefined) return refuse(404, 'NoSuchKey', 'The specified key does not exist.');
    const range = rangeOf(request.headers.range, size);
    if (!range) return refuse(416, 'InvalidRange', 'The requested range is not satisfiable', { 'content-range': `bytes */${size}` });
    const { from, to, isPartial } = range;
    const length = to - from;
    const sent = this.takeCut(length);
    this.log.push({ digest, from, bytes: sent });
    response.writeHead(isPartial ? 206 : 200, {
      'accept-ranges': 'bytes',
      'content-type': 'application/octet-stream',
      'content-length': length,
      'etag': `"${digest.slice('sha256:'.length, 'sha256:'.length + 32)}"`,
      ...isPartial ? { 'content-range': `bytes ${from}-${to - 1}/${size}` } : {},
    });
    response.flushHeaders();
    const damage = this.takeCorruption(length) ? [flippingOneByte()] : [];
    // A client that stops reading causes no error.
    if (sent > 0) await pipeline([contentsOf(offer.layer, from, from + sent), ...damage, response], { end: false }).catch(() => undefined);
    if (sent < length) request.socket.destroySoon();
    else response.end();
  }

  /** Returns how many bytes to send. A cut applies only to a download that is long enough. */
  private takeCut(length: number): number {
    if (this.cuts.times <= 0 || length <= this.cuts.afterBytes) return length;
    this.cuts.times -= 1;
    return this.cuts.afterBytes;
  }

  private takeCorruption(length: number): boolean {
    if (this.corruptions <= 0 || length === 0) return false;
    this.corruptions -= 1;
    return true;
  }
}

/** Returns the complete range for an unsupported header, or undefined beyond the end. */
function rangeOf(header: string | undefined, size: number): Range | undefined {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined) return { from: 0, to: size, isPartial: false };
  const from = Number(first);
  const to = last === '' ? size : Math.min(size, Number(last) + 1);
  return from < to ? { from, to, isPartial: true } : undefined;
}

function contentsOf({ bytes, path }: StoredLayer, from: number, to: number): NodeJS.ReadableStream {
  if (bytes) return Readable.from([Buffer.from(bytes.subarray(from, to))]); // a copy, of which a byte may be changed on the way
  return createReadStream(path!, { start: from, end: to - 1, highWaterMark: BLOCK });
}

function flippingOneByte(): Transform {
  let isDone = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (!isDone) chunk[0] = 255 - chunk[0];
      isDone = true;
      done(null, chunk);
    },
  });
}
