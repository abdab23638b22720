import { HttpResponse, textOf } from './http';
import { UserError } from '../shared/protocol/errors';

/** The server responded, but did not send the blob. */
export class BlobRefusal extends UserError {
  constructor(message: string, readonly status: number) {
    super(message);
  }
}

/** Returns the body from the given byte on, even if the server sends it from its beginning. */
export async function bodyFrom(response: HttpResponse, from: number, what: string): Promise<AsyncIterable<Uint8Array>> {
  const { status, body } = response;
  if (status === 206 || (status === 200 && from === 0)) return body;
  if (status === 200) return skip(body, from);
  const text = await textOf(response, 300).catch(() => '');
  const reason = text === '' ? '' : `: ${text.slice(0, 300).replace(/\s+/g, ' ')}`;
  throw new BlobRefusal(`${what} cannot be read (HTTP status ${status}${reason}).`
    + ' Push the image again, or check the permissions to read it.', status);
}

async function* skip(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let remaining = count;
  for await (const chunk of body) {
    if (remaining < chunk.length) yield remaining === 0 ? chunk : chunk.subarray(remaining);
    remaining = Math.max(0, remaining - chunk.length);
  }
}
