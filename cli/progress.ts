import type { WriteStream } from 'node:tty';

/** Reports how many images have been read. */
export interface Progress {
  report(images: number): void;
  /** Called at the end, even after an error. */
  finish(images: number): void;
}

/** Number of images between two lines in a log. */
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
