import { open, rename, rm } from 'node:fs/promises';
import { Failure } from '../../failure';
import { STANDARD_STREAM, writeFailureReason } from '../../files';

/** Writes a text that comes in parts. A file appears when it is complete, so that a failure leaves the file of an earlier run. */
export async function writeParts(file: string, parts: Iterable<string>): Promise<void> {
  if (file === STANDARD_STREAM) {
    for (const part of parts) if (!process.stdout.write(part)) await new Promise(resolve => process.stdout.once('drain', resolve));
    return;
  }
  const draft = `${file}.tmp`;
  try {
    const handle = await open(draft, 'w');
    try {
      for (const part of parts) await handle.appendFile(part);
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw new Failure([`cannot write ${file}: ${writeFailureReason(error)}`]);
  }
}
