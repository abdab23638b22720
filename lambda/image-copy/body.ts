import { Received, textOf } from './http';
import { Explained } from '../shared/protocol/errors';

/** The other side answered, and said no. */
export class BlobRefused extends Explained {
  constructor(message: string, readonly status: number) {
    super(message);
  }
}

/** What was asked for from a byte on, whether or not the other side starts there. */
export async function bodyFrom(received: Received, from: number, what: string): Promise<AsyncIterable<Uint8Array>> {
  const { status, body } = received;
  if (status === 206 || (status === 200 && from === 0)) return body;
  if (status === 200) return without(body, from);
  const said = await textOf(received, 300).catch(() => '');
  const shown = said === '' ? '' : `: ${said.slice(0, 300).replace(/\s+/g, ' ')}`;
  throw new BlobRefused(`${what} cannot be read (HTTP status ${status}${shown}) — push the image again, or see who keeps it from being read`, status);
}

async function* without(body: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of body) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
