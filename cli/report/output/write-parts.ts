import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { STANDARD_STREAM, writing } from '../../files';

/** Writes a text that comes in parts. A file appears when it is complete, so that a failure leaves the file of an earlier run. */
export async function writeParts(file: string, parts: Iterable<string>): Promise<void> {
  if (file === STANDARD_STREAM) {
    for (const part of parts) if (!process.stdout.write(part)) await new Promise(resolve => process.stdout.once('drain', resolve));
    return;
  }
  // A link stays a link. A device or a pipe, such as /dev/stdout, must not become a file.
  const target = await realpath(file).catch(() => file);
  const isPlain = await stat(target).then(stats => stats.isFile(), () => true);
  const draft = isPlain ? `${target}.tmp` : target;
  await writing(file, async () => {
    try {
      const handle = await open(draft, 'w');
      try {
        for (const part of parts) await handle.appendFile(part);
      } finally {
        await handle.close();
      }
      if (isPlain) await rename(draft, target);
    } catch (error) {
      if (isPlain) await rm(draft, { force: true });
      throw error;
    }
  });
}
