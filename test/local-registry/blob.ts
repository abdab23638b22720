import { createCipheriv, createHash } from 'node:crypto';

/** The bytes of a layer or a config, stored or generated while they are read. */
export interface Blob {
  readonly digest: string;
  readonly size: number;
  /** Reads the bytes between two offsets in chunks. */
  read(from: number, until: number): Iterable<Buffer>;
}

const PIECE = Buffer.alloc(64 * 1024);
const CIPHER_BLOCK = 16;
/** Cached for all registries of a process, because hashing half a gigabyte takes seconds. */
const digests = new Map<string, string>();

export function heldBlob(bytes: Buffer): Blob {
  return { digest: digestOf([bytes]), size: bytes.length, read: (from, until) => [bytes.subarray(from, until)] };
}

/**
 * Random like a compressed layer, equal for the same seed and size, and not stored, because a cipher in counter mode can start anywhere.
 */
export function generatedBlob(seed: string, size: number): Blob {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  const read = (from: number, until: number) => keyStream(key, from, until);
  const name = `${seed} ${size}`;
  const digest = digests.get(name) ?? digestOf(read(0, size));
  digests.set(name, digest);
  return { digest, size, read };
}

export function digestOf(pieces: Iterable<Buffer>): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

function* keyStream(key: Buffer, from: number, until: number): Iterable<Buffer> {
  const counter = Buffer.alloc(CIPHER_BLOCK);
  counter.writeUIntBE(Math.floor(from / CIPHER_BLOCK), CIPHER_BLOCK - 6, 6);
  const cipher = createCipheriv('aes-128-ctr', key, counter);
  cipher.update(PIECE.subarray(0, from % CIPHER_BLOCK));
  for (let at = from; at < until; at += PIECE.length) yield cipher.update(PIECE.subarray(0, Math.min(PIECE.length, until - at)));
}
