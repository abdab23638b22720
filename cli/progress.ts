import type { WriteStream } from 'node:tty';

/** Told how many images have been read so far. */
export interface Progress {
  reached(images: number): void;
  /** Also when no more can be read. */
  ended(images: number): void;
}

/** Lines of a log, seldom enough not to fill it. */
const STEP = 10_000;

export function progressOn(stream: Pick<WriteStream, 'isTTY' | 'write'>, subject: string): Progress {
  const text = (images: number) => `read ${images} images of ${subject}`;
  if (stream.isTTY) {
    const rewrite = (line: string) => stream.write(`\r\u001b[K${line}`);
    return { reached: images => rewrite(`${text(images)} …`), ended: images => images > 0 && rewrite(`${text(images)}\n`) };
  }
  let told = 0;
  return {
    reached: images => {
      if (images < told + STEP) return;
      told = images;
      stream.write(`${text(images)} so far\n`);
    },
    ended: images => images > 0 && stream.write(`${text(images)}\n`),
  };
}
