import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

// 1980-01-01, the first date in a zip file, so that the same directory results in the same bytes.
const DOS_DATE = 0x21;
const UTF8_NAMES = 0x800;
const DEFLATE = 8;
// Format 2.0, created on Unix, so that the file modes are Unix modes.
const MADE_BY = Buffer.from([20, 3]);

/** Creates a zip file of a directory for Lambda. Format: APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16. */
export function zipDirectory(directory: string): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  const files = filesOf(directory);
  for (const file of files) {
    const content = readFileSync(join(directory, file));
    const packed = deflateRawSync(content);
    const name = Buffer.from(file);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(UTF8_NAMES, 2);
    shared.writeUInt16LE(DEFLATE, 4);
    shared.writeUInt16LE(0, 6);
    shared.writeUInt16LE(DOS_DATE, 8);
    shared.writeUInt32LE(crc32(content), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(content.length, 18);
    shared.writeUInt16LE(name.length, 22);
    local.push(Buffer.from('PK\x03\x04', 'latin1'), shared, name, packed);

    const entry = Buffer.alloc(14);
    entry.writeUInt16LE(statSync(join(directory, file)).mode % 0x10000, 8);
    entry.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02', 'latin1'), MADE_BY, shared, entry, name);
    offset += 4 + shared.length + name.length + packed.length;
  }
  const directorySize = central.reduce((sum, part) => sum + part.length, 0);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directorySize, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, ...central, Buffer.from('PK\x05\x06', 'latin1'), end]);
}

function filesOf(directory: string, prefix = ''): string[] {
  return readdirSync(join(directory, prefix), { withFileTypes: true })
    .sort((a, b) => a.name < b.name ? -1 : 1)
    .flatMap(entry => {
      const name = posix.join(prefix, entry.name);
      return entry.isDirectory() ? filesOf(directory, name) : [name];
    });
}
