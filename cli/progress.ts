import type { WriteStream } from 'node:tty';

/** Told how many images have been read so far. */
export interface Progress {
  report(images: number): void;
  /** Also when no more can be read. */
  finish(images: number): void;
}

/** Lines of a log, seldom enough not to fill it. */
const STEP = 10_000;

export function createProgress(stream: Pick<WriteStream, 'isTTY' | 'write'>, subject: string): Progress {
  const text = (images: number) => `read ${images} images of ${subject}`;
  if (stream.isTTY) {
    const rewrite = (line: string) => stream.write(`\r\u001b[K${line}`);
    return { report: images => rewrite(`${text(images)} …`), finish: images => images > 0 && rewrite(`${text(images)}\n`) };
  }
  let lastReport = 0;
  return {
    report: images => {
      if (images < lastReport + STEP) return;
      lastReport = images;
      stream.write(`${text(images)} so far\n`);
    },
    finish: images => images > 0 && stream.write(`${text(images)}\n`),
  };
}
