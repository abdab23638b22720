import type { ImageSource } from './source';
import type { Descriptor } from '../../src/core/images/manifest';
import { backoff } from '../shared/protocol/backoff';
import { UserError } from '../shared/protocol/errors';
import type { Task } from '../shared/protocol/job';

/** Number of broken connections in a row without a received byte. */
const BREAKS = 6;

/** Contents that do not match their digest or size. */
export class CorruptContents extends Error {}

/**
 * Returns the contents of a blob, chunk by chunk. After a broken connection, continues at the byte where it broke. Does not compute the
 * digest, because that would take longer than everything else. ECR computes it from the bytes that it received before it creates the layer.
 *
 * @throws CorruptContents if the contents are longer than the size of the blob
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
 * Returns the contents of a blob in parts of equal size.
 *
 * @param partSize size of a part in bytes. The buffer of a part is used again two parts later
 */
export async function* parts(task: Task, source: ImageSource, blob: Descriptor, partSize: number): AsyncGenerator<Buffer> {
  const size = Math.min(partSize, blob.size);
  const buffers = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(blob.size > partSize ? size : 0)];
  let length = 0;
  for await (const chunk of contents(task, source, blob)) {
    for (let at = 0; at < chunk.length;) {
      if (length === buffers[0].length) { // a full part is yielded only when more bytes follow
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
        throw new UserError(`The layer ${blob.digest} of ${source.name} cannot be downloaded completely: ${(error as Error).message},`
          + ` ${BREAKS} times in a row at byte ${at}. Check that the registry is available, then try again.`);
      }
      await task.clock.sleep(backoff(breaks));
    }
  }
}
