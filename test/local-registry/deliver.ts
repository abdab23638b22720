import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Reply } from './reply';

/** Sends a body as fast as the client reads. Destroys the connection after `cutAfter` bytes. */
export async function deliver(
  response: ServerResponse, { status, headers, body }: Reply, isHead: boolean, cutAfter = Infinity,
  onChunk: (length: number) => void = () => undefined,
): Promise<void> {
  response.writeHead(status, headers).flushHeaders();
  if (isHead) {
    response.end();
    return;
  }
  try {
    await pipeline(Readable.from(firstOf(body, cutAfter, onChunk)), response, { end: cutAfter === Infinity });
    if (cutAfter !== Infinity) response.socket?.destroySoon();
  } catch {
    // A client that disconnects is not an error.
  }
}

function* firstOf(pieces: Iterable<Buffer>, size: number, onChunk: (length: number) => void): Iterable<Buffer> {
  let left = size;
  for (const piece of pieces) {
    onChunk(piece.length);
    yield piece.subarray(0, left);
    left -= piece.length;
    if (left <= 0) return;
  }
}
