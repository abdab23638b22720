import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The parts of a PNG that are read: signature, the IHDR chunk, and something after it. */
export function png(width: number, height = width, rest: Buffer = Buffer.alloc(0)): Buffer {
  const ihdr = Buffer.alloc(17);
  ihdr.write('IHDR');
  ihdr.writeUInt32BE(width, 4);
  ihdr.writeUInt32BE(height, 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]), ihdr, rest]);
}

/** Writes each picture to its own file. */
export function logoFile(bytes: Buffer): string {
  const path = join(mkdtempSync(join(tmpdir(), 'logo-')), 'logo.png');
  writeFileSync(path, bytes);
  return path;
}
