import { backoff } from './retry';
import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import { Explained } from '../shared/protocol/errors';
import type { Task } from '../shared/protocol/job';

/** Broken connections in a row, without a byte between them. */
const BREAKS = 6;

/** What arrived is not what its digest or its size says. */
export class Corrupted extends Error {}

/**
 * The contents of a blob, chunk by chunk. A connection that breaks is taken up again at the byte where it broke. Their digest is computed by ECR, over what reached it, before it has the layer: to compute it here too would
 * find nothing more, and takes longer than everything else.
 *
 * @throws Corrupted when they are longer than they should be
 */
export async function* contents(task: Task, source: ImageSource, blob: Descriptor): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of resumed(task, source, blob)) {
    read += chunk.length;
    if (read > blob.size) throw new Corrupted(`it has more than ${blob.size} bytes`);
    yield chunk;
  }
}

/**
 * The same in parts of one size.
 *
 * @param partSize the buffer that is handed over is used again two parts later
 */
export async function* parts(task: Task, source: ImageSource, blob: Descriptor, partSize: number): AsyncGenerator<Buffer> {
  const size = Math.min(partSize, blob.size);
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(blob.size > partSize ? size : 0)];
  let filled = 0;
  for await (const chunk of contents(task, source, blob)) {
    for (let at = 0; at < chunk.length;) {
      if (filled === buffers[0].length) { // a full part is handed over when more follows
        yield buffers[0];
        buffers.reverse();
        filled = 0;
      }
      const taken = Math.min(chunk.length - at, buffers[0].length - filled);
      buffers[0].set(chunk.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
    }
  }
  yield buffers[0].subarray(0, filled);
}

async function* resumed(task: Task, source: ImageSource, blob: Descriptor): AsyncGenerator<Uint8Array> {
  let at = 0;
  let breaks = 0;
  while (at < blob.size) {
    try {
      for await (const chunk of await source.blob(blob, at)) {
        task.signal.throwIfAborted();
        at += chunk.length;
        breaks = 0;
        yield chunk;
      }
      if (at >= blob.size) return;
      throw new Error('the connection ended too early');
    } catch (error) {
      if (error instanceof Explained || task.signal.aborted) throw error;
      if (++breaks === BREAKS) {
        throw new Explained(`The layer ${blob.digest} of ${source.name} cannot be read to its end: ${(error as Error).message}, ${BREAKS} times in a row at byte ${at}`
          + ' — see that the registry is up, then try again');
      }
      await task.clock.sleep(backoff(breaks));
    }
  }
}
