import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import { backoff } from '../shared/protocol/backoff';
import { UserError } from '../shared/protocol/errors';
import type { Task } from '../shared/protocol/job';

/** Broken connections in a row, without a byte between them. */
const BREAKS = 6;

/** Contents that do not match their digest or size. */
export class CorruptContents extends Error {}

/**
 * The contents of a blob, chunk by chunk. After a broken connection they continue at the byte where it broke. ECR computes their digest
 * over what it received before the layer exists: to compute it here too would find nothing more, and takes longer than everything else.
 *
 * @throws CorruptContents when they are longer than the size of the blob
 */
export async function* contents(task: Task, source: ImageSource, blob: Descriptor): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of chunksWithResume(task, source, blob)) {
    read += chunk.length;
    if (read > blob.size) throw new CorruptContents(`it has more than ${blob.size} bytes`);
    yield chunk;
  }
}

/**
 * The same in parts of one size.
 *
 * @param partSize bytes of a part, whose buffer is used again two parts later
 */
export async function* parts(task: Task, source: ImageSource, blob: Descriptor, partSize: number): AsyncGenerator<Buffer> {
  const size = Math.min(partSize, blob.size);
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(blob.size > partSize ? size : 0)];
  let length = 0;
  for await (const chunk of contents(task, source, blob)) {
    for (let at = 0; at < chunk.length;) {
      if (length === buffers[0].length) { // a full part is yielded when more follows
        yield buffers[0];
        buffers.reverse();
        length = 0;
      }
      const count = Math.min(chunk.length - at, buffers[0].length - length);
      buffers[0].set(chunk.subarray(at, at + count), length);
      length += count;
      at += count;
    }
  }
  yield buffers[0].subarray(0, length);
}

async function* chunksWithResume(task: Task, source: ImageSource, blob: Descriptor): AsyncGenerator<Uint8Array> {
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
      if (error instanceof UserError || task.signal.aborted) throw error;
      if (++breaks === BREAKS) {
        throw new UserError(`The layer ${blob.digest} of ${source.name} cannot be read to its end: ${(error as Error).message},`
          + ` ${BREAKS} times in a row at byte ${at} — see that the registry is up, then try again`);
      }
      await task.clock.sleep(backoff(breaks));
    }
  }
}
